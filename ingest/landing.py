"""A landing folder: `sources.toml`, read strictly, and the files that it names."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from ingest import dates, keys
from ingest.canonical import MAPPABLE
from ingest.findings import Finding, LandingError, error
from ingest.keys import Years, read_keys

FILE_NAME = "sources.toml"


@dataclass(frozen=True)
class FileSpec:
    """How one file (or one sheet of it) is read."""

    file: str
    sheet: str | None
    encoding: str | None
    delimiter: str
    quote: str
    header_row: int | None
    furniture: tuple[str, ...]
    sha256: str | None
    rows: int | None
    max_bytes: int | None


@dataclass(frozen=True)
class Join:
    """A lookup file: `on` maps a heading of the source to a heading of the lookup."""

    read: FileSpec
    on: Mapping[str, str]
    expect: str
    on_number: bool
    columns: tuple[str, ...]


@dataclass(frozen=True)
class SourceEntry:
    """One `[[source]]`: one file or sheet, the years it covers, and how its columns are meant."""

    read: FileSpec
    years: Years
    as_at: date
    year_from: str
    year_pattern: str | None
    year_heading: str | None
    date_formats: tuple[str, ...]
    missing: tuple[str, ...]
    placeholders: tuple[str, ...]
    duplicates: str
    same_key: str
    out_of_date: str
    several_outcomes: str
    allegation_ref: str | tuple[str, ...] | None
    reference: str | None
    max_quarantined: int
    columns: Mapping[str, str]
    constants: Mapping[str, str]
    wide: Mapping[str, str]
    only: Mapping[str, tuple[str, ...]]
    joins: tuple[Join, ...] = field(default=())

    @property
    def name(self) -> str:
        """File and sheet as shown to a person."""
        return self.read.file if self.read.sheet is None else f"{self.read.file} [{self.read.sheet}]"

    @property
    def source_key(self) -> str:
        """Slug of file and sheet, and 8 hex digits of file, sheet, years and as-at date."""
        stem = Path(self.read.file).name.split(".")[0]
        slug = re.sub(r"[^a-z0-9]+", "-", f"{stem} {self.read.sheet or ''}".casefold()).strip("-") or "file"
        identity = "\x1f".join(
            [self.read.file, self.read.sheet or "", str(self.years), self.as_at.isoformat()]
        )
        return f"{slug}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"

    def canonical_json(self) -> str:
        """Every key of the entry, to tell whether it changed."""
        return json.dumps(asdict(self), sort_keys=True, default=str, ensure_ascii=False)


@dataclass(frozen=True)
class Landing:
    """A force's files: `root` is where they lie, `folder` where sources.toml lies."""

    force: str
    scope: str
    population: str
    vocabulary: str
    synthetic: bool
    folder: Path
    root: Path
    sources: tuple[SourceEntry, ...]
    bands: Mapping[str, tuple[tuple[int, int], ...]]

    @property
    def years(self) -> tuple[int, ...]:
        """Every year that an entry covers, ascending."""
        return tuple(sorted({year for entry in self.sources for year in entry.years.listed()}))


def read_landing(folder: Path, environ: Mapping[str, str]) -> Landing:
    """Read `sources.toml` of a landing folder.

    Raises:
        LandingError: with every fault of the file at once; the files themselves are not opened.
    """
    document = _document(folder)
    top, findings = read_keys(document, keys.TOP, "top level", FILE_NAME)
    publish, faults = read_keys(_mapping(top["publish"]), keys.PUBLISH, "[publish]", FILE_NAME)
    root, root_faults = _root(folder, str(top["root"]), environ)
    sources, source_faults = _sources(_items(top["source"]))
    findings = [*findings, *faults, *root_faults, *source_faults]
    if top["source"] == ():
        findings.append(error("no_source", FILE_NAME, "no [[source]] entry", "add one for each file"))
    if findings:
        raise LandingError(findings)
    named = {name: top[name] for name in ("force", "scope", "population", "vocabulary", "synthetic")}
    return Landing(**_any(named), folder=folder, root=root, sources=sources, bands=_any(publish["bands"]))


def _any(value: object) -> Any:  # noqa: ANN401 - values were checked key by key in read_keys
    return value


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _items(value: object) -> tuple[Mapping[str, object], ...]:
    return value if isinstance(value, tuple) else ()


def _document(folder: Path) -> dict[str, object]:
    if not folder.is_dir():
        raise LandingError(
            [error("no_landing", str(folder), "no such landing folder", "name a folder with --landing")]
        )
    path = folder / FILE_NAME
    if not path.is_file():
        raise LandingError(
            [
                error(
                    "no_sources",
                    FILE_NAME,
                    f"the landing folder {folder} has no {FILE_NAME}",
                    "write one; see docs/sources.md",
                )
            ]
        )
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise LandingError(
            [error("bad_toml", FILE_NAME, f"not readable as TOML: {fault}", "correct the line")]
        ) from None


def _root(folder: Path, root: str, environ: Mapping[str, str]) -> tuple[Path, list[Finding]]:
    if not root.startswith("env:"):
        return (folder / root).resolve(), []
    variable, _, below = root.removeprefix("env:").partition("/")
    value = environ.get(variable, "")
    if not value:
        message = f"root needs the environment variable {variable}, which is not set"
        return folder, [
            error("root_unset", FILE_NAME, message, f"set {variable} to the folder that holds the data")
        ]
    return (Path(value) / below).resolve(), []


def _sources(tables: tuple[Mapping[str, object], ...]) -> tuple[tuple[SourceEntry, ...], list[Finding]]:
    findings: list[Finding] = []
    entries: list[SourceEntry] = []
    for number, table in enumerate(tables, 1):
        entry, faults = _entry(table, f"[[source]] {number}")
        findings += faults
        if entry is not None:
            entries.append(entry)
    return tuple(entries), findings + _twice(entries)


def _entry(table: Mapping[str, object], where: str) -> tuple[SourceEntry | None, list[Finding]]:
    label = f"{where} ({table['file']})" if isinstance(table.get("file"), str) else where
    values, findings = read_keys(table, keys.SOURCE, label, FILE_NAME)
    joins: list[Join] = []
    for number, join in enumerate(_items(values.pop("join")), 1):
        joined, faults = _join(join, f"{label} [[source.join]] {number}")
        joins += joined
        findings += faults
    if findings:
        return None, findings
    spec, values = _file_spec(values)
    entry = SourceEntry(read=spec, joins=tuple(joins), **_any(values))
    faults = _contradictions(entry, label)
    return (None if faults else entry), faults


def _join(table: Mapping[str, object], where: str) -> tuple[list[Join], list[Finding]]:
    values, findings = read_keys(table, keys.JOIN, where, FILE_NAME)
    if findings:
        return [], findings
    spec, values = _file_spec(values)
    return [Join(read=spec, **_any(values))], _spec_faults(spec, where)


def _file_spec(values: dict[str, object]) -> tuple[FileSpec, dict[str, object]]:
    names = {key.name for key in keys.FILE}
    spec = FileSpec(**_any({name: value for name, value in values.items() if name in names}))
    return spec, {name: value for name, value in values.items() if name not in names}


def _spec_faults(spec: FileSpec, where: str) -> list[Finding]:
    path = Path(spec.file)
    found = []
    if path.is_absolute() or ".." in path.parts:
        message = f"{where}: the file lies outside the root"
        found.append(error("outside_root", FILE_NAME, message, "name it relative to root, without '..'"))
    if spec.delimiter == spec.quote:
        message = f"{where}: delimiter and quote are the same character"
        found.append(error("same_character", FILE_NAME, message, 'correct one of the two, or set quote = ""'))
    return found


def _contradictions(entry: SourceEntry, where: str) -> list[Finding]:
    findings = _spec_faults(entry.read, where)
    given = [
        ("columns", set(entry.columns)),
        ("constants", set(entry.constants)),
        ("missing", set(entry.missing)),
        ("wide", set(entry.wide)),
    ]
    if entry.allegation_ref is not None:
        given.append(("allegation_ref", {"allegation_ref"}))
    for (one, left), (other, right) in combinations(given, 2):
        for column in sorted(left & right):
            message = f"{where}: {column} stands in {one} and in {other}"
            findings.append(error("declared_twice", FILE_NAME, message, "keep one of the two"))
    if "allegation_ref" in entry.missing:
        message = f"{where}: every allegation needs an identity"
        findings.append(
            error("no_identity", FILE_NAME, message, 'declare allegation_ref = "row" or a column')
        )
    if entry.year_heading is None and entry.year_from in entry.missing and entry.years.first is not None:
        message = f"{where}: year_from is {entry.year_from}, which is declared missing"
        findings.append(
            error(
                "no_year",
                FILE_NAME,
                message,
                'name another column in year_from or a heading in year_heading, or years = "none"',
            )
        )
    if entry.year_from == keys.HEADING and not entry.wide:
        message = f"{where}: year_from is the heading, but the entry has no year columns"
        findings.append(error("no_year", FILE_NAME, message, "declare them in [source.wide]"))
    for one, other in dates.ambiguous_pairs(entry.date_formats):
        message = f"{where}: date_formats {one!r} and {other!r} read the same text as different days"
        findings.append(error("ambiguous_dates", FILE_NAME, message, "keep the one that the file uses"))
    return findings


def same_sheet(one: FileSpec, other: FileSpec) -> bool:
    """Whether two entries of a file read the same sheet: where none is named there is only one."""
    return one.sheet == other.sheet or None in (one.sheet, other.sheet)


def _twice(entries: list[SourceEntry]) -> list[Finding]:
    """The same file and sheet for a year that another entry covers already, whatever the as-at date."""
    findings = []
    for one, other in combinations(entries, 2):
        same = one.read.file == other.read.file and same_sheet(one.read, other.read)
        if same and (one.years == other.years or set(one.years.listed()) & set(other.years.listed())):
            message = f"the same file, sheet and years twice ({one.years} and {other.years})"
            findings.append(
                error("source_twice", one.name, message, "remove one of the two [[source]] entries")
            )
    return findings


def wanted_headings(entry: SourceEntry) -> tuple[str, ...]:
    """Every heading that the entry names or that a canonical column of the same name would have."""
    named = [*entry.columns.values(), *(heading for join in entry.joins for heading in join.on)]
    named += [*entry.only, *([entry.year_heading] if entry.year_heading else [])]
    refs = entry.allegation_ref
    if refs is not None and refs != "row":
        named += [refs] if isinstance(refs, str) else list(refs)
    settled = {*entry.columns, *entry.constants, *entry.missing, *entry.wide}
    return tuple(dict.fromkeys([*named, *(column for column in MAPPABLE if column not in settled)]))


def headings_by_column(landing: Landing) -> dict[str, tuple[str, ...]]:
    """Every heading that some entry of the landing maps to a column."""
    used: dict[str, dict[str, None]] = {}
    for entry in landing.sources:
        for column, heading in entry.columns.items():
            used.setdefault(column, {})[heading] = None
    return {column: tuple(headings) for column, headings in used.items()}
