"""A landing folder to break: small code lists, one file of canonical headings, and a home for raw files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import ingest
from ingest.canonical import MAPPABLE

NOW = datetime(2021, 7, 1, 9, 30)
TOP = """force = "Example Force"
scope = "domestic abuse"
population = "officers"
vocabulary = "mps"
synthetic = true
"""
SEEDS = {
    "seed_outcome_labels.csv": """vocabulary,label,regime,action_path,sanction,validity,rule,source
mps,no case to answer,2012,no_action,,valid,,test
mps,management action,2012,informal,,valid,,test
mps,reflective practice,2020,informal,,valid,,test
mps,written warning,2012,formal,written_warning,valid,,test
other_force,sustained,none,formal,not_known,valid,,test
""",
    "seed_value_labels.csv": """vocabulary,column_name,label,code,valid_from,valid_to,source
any,sex,Male,male,1900-01-01,,test
any,sex,Female,female,1900-01-01,,test
mps,case_type,conduct matter,conduct,1900-01-01,,test
""",
    "seed_allegation_types.csv": """vocabulary,label,code,name,valid_from,valid_to,source
mps,A,A,Serious non-sexual assault,1900-01-01,2020-01-31,test
mps,C,C,Other assault,1900-01-01,2020-01-31,test
""",
}
GOOD = {
    "case_ref": "C1",
    "case_type": "conduct matter",
    "allegation_ref": "A1",
    "officer_key": "P1",
    "sex": "Male",
    "recorded_date": "2017-03-04",
    "allegation_type": "C",
    "result": "no case to answer",
}


@dataclass(frozen=True)
class Room:
    """A landing folder, its code lists and a home."""

    base: Path
    messages: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.base / "landing"

    @property
    def raw(self) -> Path:
        return self.base / "home" / "raw"

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    @staticmethod
    def good(many: int = 3, **changed: str) -> list[dict[str, str]]:
        """Rows that nothing is wrong with, unless `changed` makes it so."""
        return [
            GOOD | {"allegation_ref": f"A{n}", "officer_key": f"P{n}"} | changed for n in range(1, many + 1)
        ]

    @staticmethod
    def text(rows: Iterable[Mapping[str, str]], delimiter: str = ",", line_end: str = "\n") -> str:
        """A file with canonical headings."""
        out = io.StringIO()
        writer = csv.DictWriter(out, MAPPABLE, delimiter=delimiter, lineterminator=line_end)
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()

    def rows(self, *rows: Mapping[str, str], name: str = "a.csv") -> Path:
        return self.write(name, self.text(rows))

    def entry(self, *lines: str, **keys: str) -> str:
        """A source entry: keys as TOML text over the plain one, and further lines."""
        values = {"file": '"a.csv"', "years": '"2017"', "as_at": "2021-06-30"} | keys
        return "\n".join(["", "[[source]]", *(f"{k} = {v}" for k, v in values.items()), *lines, ""])

    def sources(self, *entries: str, top: str = TOP) -> None:
        self.write("sources.toml", top + "".join(entries or (self.entry(),)))

    def landing(self, **environ: str) -> ingest.Landing:
        return ingest.read_landing(self.folder, environ)

    def code_lists(self) -> ingest.CodeLists:
        return ingest.CodeLists.read(self.base / "seeds")

    def load(self, years: Iterable[int] | None = None, now: datetime = NOW) -> ingest.LoadReport:
        wanted = None if years is None else tuple(years)
        report = ingest.load(self.landing(), self.code_lists(), self.raw, wanted, now, self.messages.append)
        assert all(file.balanced for file in report.files)
        return report

    def accept(self) -> ingest.LoadReport:
        report = self.load()
        ingest.accept(report, self.raw)
        return report

    def check(self, raw: bool = True) -> tuple[ingest.Finding, ...]:
        return ingest.check(self.landing(), self.code_lists(), self.raw if raw else None)

    def refused(self) -> tuple[ingest.Finding, ...]:
        """The findings of a landing folder that cannot be loaded; nothing of it may be."""
        before = self.bytes()
        with pytest.raises(ingest.LandingError) as caught:
            self.load()
        assert {name: data for name, data in self.bytes().items() if not name.endswith("empty.parquet")} == {
            name: data for name, data in before.items() if not name.endswith("empty.parquet")
        }
        assert not (self.raw / ".staging").exists()
        for finding in caught.value.findings:
            assert finding.file
            assert finding.message
            assert finding.remedy
        return caught.value.findings

    def incoming(self, report: ingest.LoadReport) -> list[dict[str, object]]:
        """Rows of the loaded Parquet files in the order of the sources."""
        return [
            row
            for file in report.files
            for path in ingest.written(file, self.raw)
            for row in pq.ParquetFile(path).read().to_pylist()
        ]

    def quarantine(self) -> list[dict[str, object]]:
        files = sorted((self.raw / "quarantine").glob("*.parquet"))
        return [row for path in files for row in pq.ParquetFile(path).read().to_pylist()]

    def bytes(self) -> dict[str, bytes]:
        """Every file under raw, with its bytes."""
        found = sorted(path for path in self.raw.rglob("*") if path.is_file())
        return {str(path.relative_to(self.raw)): path.read_bytes() for path in found}


@pytest.fixture
def room(tmp_path: Path) -> Room:
    made = Room(tmp_path)
    made.folder.mkdir()
    (tmp_path / "seeds").mkdir()
    for name, text in SEEDS.items():
        (tmp_path / "seeds" / name).write_text(text)
    made.sources()
    made.rows(*made.good())
    return made
