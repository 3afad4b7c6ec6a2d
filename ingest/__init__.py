"""How a file becomes rows: sources.toml, readers by format, quarantine, and the way to raw/accepted."""

from ingest.accept import accept, gate_frames, written
from ingest.between import between_files, held_by
from ingest.check import check
from ingest.codelists import CodeLists
from ingest.findings import Finding, LandingError
from ingest.landing import Landing, SourceEntry, read_landing
from ingest.load import load
from ingest.reports import FileReport, LoadReport

__all__ = [
    "CodeLists",
    "FileReport",
    "Finding",
    "Landing",
    "LandingError",
    "LoadReport",
    "SourceEntry",
    "accept",
    "between_files",
    "check",
    "gate_frames",
    "held_by",
    "load",
    "read_landing",
    "written",
]
