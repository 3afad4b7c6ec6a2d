"""The keys of `sources.toml`: one table of names, kinds and defaults, read by the documentation test too."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc

from ingest.canonical import MAPPABLE
from ingest.findings import Finding, did_you_mean, error

Kind = Callable[[object], object]


@dataclass(frozen=True)
class Key:
    """One key: `kind` returns the value as used, or raises ValueError saying what was expected."""

    name: str
    kind: Kind
    required: bool = False
    default: object = None


@dataclass(frozen=True)
class Years:
    """The years that an entry covers; both None where the file has no years."""

    first: int | None
    last: int | None

    def covers(self, year: int) -> bool:
        """Whether a calendar year lies in the entry."""
        return self.first is not None and self.last is not None and self.first <= year <= self.last

    @property
    def single(self) -> bool:
        """One declared year: a row of another year is an error of the file, not out of scope."""
        return self.first is not None and self.first == self.last

    def __str__(self) -> str:
        """As it is written in sources.toml."""
        if self.first is None:
            return "none"
        return str(self.first) if self.single else f"{self.first}-{self.last}"

    def listed(self) -> tuple[int, ...]:
        """Every year covered, ascending; empty without years."""
        if self.first is None or self.last is None:
            return ()
        return tuple(range(self.first, self.last + 1))


def text(value: object) -> str:
    """A string of one line that is not blank."""
    if not _is_text(value):
        raise ValueError('a text in quotes on one line, like "value"')
    return str(value)


def _is_text(value: object) -> bool:
    """Whether a value is a string with something to see in it and no control character."""
    return isinstance(value, str) and bool(value.strip()) and not re.search(r"[\x00-\x1f\x7f]", value)


def path(value: object) -> str:
    """The path of a file, without detours: ./a.csv is a.csv."""
    return str(PurePosixPath(text(value)))


def texts(value: object) -> tuple[str, ...]:
    """A list of strings, perhaps empty; none of them blank."""
    if not isinstance(value, list) or not all(_is_text(item) for item in value):
        raise ValueError('a list of texts, none of them blank, like ["one", "two"]')
    return tuple(value)


def text_or_texts(value: object) -> str | tuple[str, ...]:
    """One string or a list of at least one."""
    if isinstance(value, str):
        return text(value)
    if not value:
        raise ValueError('a text or a list of texts, like "one" or ["one", "two"]')
    return texts(value)


def flag(value: object) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError("true or false, without quotes")
    return value


def count(value: object) -> int:
    """A whole number, zero or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a whole number, zero or more, without quotes")
    return value


def row_number(value: object) -> int:
    """A 1-based row."""
    number = count(value)
    if number < 1:
        raise ValueError("a row number, 1 for the first row")
    return number


def day(value: object) -> date:
    """A TOML date without a time."""
    if type(value) is not date:
        raise ValueError("a date without quotes, like 2021-06-30")
    return value


def years(value: object) -> Years:
    """'2017', '2010-2018' or 'none'."""
    if value == "none":
        return Years(None, None)
    match = re.fullmatch(r"((?:19|20)\d{2})(?:-((?:19|20)\d{2}))?", value) if isinstance(value, str) else None
    if match is None or (match[2] is not None and match[2] < match[1]):
        raise ValueError('"2017", "2010-2018" (first year first) or "none", in quotes')
    return Years(int(match[1]), int(match[2] or match[1]))


def one_character(value: object) -> str:
    """A single character."""
    if not isinstance(value, str) or len(value) != 1 or value in "\r\n\x00\ufeff\ufffd":
        raise ValueError('one character, like ";" or "\\t"')
    return value


def quote_character(value: object) -> str:
    """A single character, or nothing where the file quotes nothing."""
    return "" if value == "" else one_character(value)


def encoding(value: object) -> str:
    """A text encoding that Python knows."""
    try:
        name = text(value)
        "a".encode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        raise ValueError('the name of a text encoding, like "utf-8" or "cp1252"') from None


def sha256(value: object) -> str:
    """64 hexadecimal digits."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F]{64}", value):
        raise ValueError("64 hexadecimal digits, as `sha256sum FILE` prints them")
    return value.lower()


DAYS = (("%d", "%-d"), ("%m", "%-m", "%b", "%B"), ("%Y", "%y", "%-y"))
"""Directives of a date pattern: one of the day, one of the month and one of the year are needed."""
TIMES = {
    *("%H", "%-H", "%I", "%-I", "%p", "%M", "%-M", "%S", "%-S", "%f", "%a", "%A", "%%"),
}
"""Directives that may stand beside them; a time zone may not, because it would move the day."""


def date_formats(value: object) -> tuple[str, ...]:
    """strptime patterns that tell a whole date, or 'excel' for day serials."""
    for pattern in texts(value):
        used = re.findall("%-?.?", pattern)
        whole = all(sum(used.count(one) for one in part) == 1 for part in DAYS)
        if pattern != "excel" and not (whole and set(used) <= TIMES.union(*DAYS)):
            raise ValueError(
                'a list of strptime patterns, each with day, month and year, like ["%d/%m/%Y"], or "excel"; '
                f"{pattern!r} is none (known: {' '.join(sorted(TIMES.union(*DAYS)))})"
            )
    return texts(value)


def pattern(value: object) -> str:
    """A regular expression with one group that holds four digits, as RE2 reads it."""
    try:
        pc.match_substring_regex(pa.array([""]), pattern=text(value))
        if re.compile(text(value)).groups != 1:
            raise ValueError
    except (re.error, pa.ArrowInvalid, ValueError):
        message = r"a regular expression with one group and without looking around, like '^(\d{4})-'"
        raise ValueError(message) from None
    return text(value)


def choice(*allowed: str) -> Kind:
    """One of a few words."""

    def kind(value: object) -> str:
        if value not in allowed:
            raise ValueError("one of " + ", ".join(f'"{word}"' for word in allowed))
        return str(value)

    return kind


def text_table(value: object) -> Mapping[str, str]:
    """A TOML table of strings, none of them blank."""
    if not isinstance(value, dict) or not all(_is_text(item) for item in value.values()):
        raise ValueError('a table of texts, none of them blank, like {name = "value"}')
    return {name: item.strip() for name, item in value.items()}


def key_table(value: object) -> Mapping[str, str]:
    """A TOML table of strings with at least one pair."""
    if not value:
        raise ValueError('at least one pair of headings, like {officer_key = "id"}')
    return text_table(value)


def choice_table(value: object) -> Mapping[str, tuple[str, ...]]:
    """A TOML table of headings, each with at least one text."""
    if not isinstance(value, dict) or not all(isinstance(item, list) and item for item in value.values()):
        raise ValueError('a table of lists of texts, like {"Domestic" = ["Y"]}')
    return {name: texts(item) for name, item in value.items()}


def canonical_table(value: object) -> Mapping[str, str]:
    """A TOML table whose keys are canonical columns."""
    table = text_table(value)
    _refuse_unknown_columns(table)
    return table


def canonical_columns(value: object) -> tuple[str, ...]:
    """A list of canonical columns."""
    columns = texts(value)
    _refuse_unknown_columns(columns)
    return columns


HEADING = "heading"
"""What `year_from` says where the headings of the year columns tell the year."""


def year_source(value: object) -> str:
    """One canonical column, or the heading."""
    return HEADING if value == HEADING else canonical_column(value)


def wide_table(value: object) -> Mapping[str, str]:
    """A TOML table of patterns for headings, by canonical column."""
    table = canonical_table(value)
    for item in table.values():
        pattern(item)
    return table


def canonical_column(value: object) -> str:
    """One canonical column."""
    column = text(value)
    _refuse_unknown_columns([column])
    return column


def _refuse_unknown_columns(names: Iterable[str]) -> None:
    unknown = [name for name in names if name not in MAPPABLE]
    if unknown:
        raise ValueError(
            "canonical columns; unknown: "
            + ", ".join(f"{name!r}{did_you_mean(name, MAPPABLE)}" for name in unknown)
        )


def band_table(value: object) -> Mapping[str, tuple[tuple[int, int], ...]]:
    """A table of year bands: name = [[first, last], ...]."""
    expected = "a table of year bands, like {recorded_year = [[2010, 2013], [2014, 2016]]}"
    if not isinstance(value, dict):
        raise ValueError(expected)
    return {
        name: tuple(_band(pair, expected) for pair in _listed(pairs, expected))
        for name, pairs in value.items()
    }


def _listed(value: object, expected: str) -> list[object]:
    if not isinstance(value, list) or not value:
        raise ValueError(expected)
    return value


def _band(value: object, expected: str) -> tuple[int, int]:
    if not (isinstance(value, list) and len(value) == 2 and all(type(year) is int for year in value)):
        raise ValueError(expected)
    if value[0] > value[1]:
        raise ValueError(expected + " (first year first)")
    return value[0], value[1]


def tables(value: object) -> tuple[Mapping[str, object], ...]:
    """An array of tables."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("an array of tables, written with double brackets")
    return tuple(value)


def table(value: object) -> Mapping[str, object]:
    """A table of anything."""
    if not isinstance(value, dict):
        raise ValueError("a table")
    return value


TOP = (
    Key("force", text, required=True),
    Key("scope", text, required=True),
    Key("population", text, required=True),
    Key("vocabulary", text, required=True),
    Key("synthetic", flag, required=True),
    Key("root", text, default="."),
    Key("publish", table, default={}),
    Key("source", tables, required=True),
)
PUBLISH = (Key("bands", band_table, default={}),)
FILE = (
    Key("file", path, required=True),
    Key("sheet", text),
    Key("encoding", encoding),
    Key("delimiter", one_character, default=","),
    Key("quote", quote_character, default='"'),
    Key("header_row", row_number),
    Key("furniture", texts, default=()),
    Key("sha256", sha256),
    Key("rows", count),
    Key("max_bytes", count),
)
SOURCE = (
    *FILE,
    Key("years", years, required=True),
    Key("as_at", day, required=True),
    Key("year_from", year_source, default="recorded_date"),
    Key("year_pattern", pattern),
    Key("year_heading", text),
    Key("date_formats", date_formats, default=()),
    Key("missing", canonical_columns, default=()),
    Key("placeholders", texts, default=()),
    Key("duplicates", choice("exact", "keep"), default="exact"),
    Key("same_key", choice("keep", "first", "last"), default="keep"),
    Key("out_of_date", choice("keep", "quarantine"), default="keep"),
    Key("several_outcomes", choice("quarantine", "most_severe", "split"), default="quarantine"),
    Key("allegation_ref", text_or_texts),
    Key("reference", text),
    Key("max_quarantined", count, default=0),
    Key("columns", canonical_table, default={}),
    Key("constants", canonical_table, default={}),
    Key("wide", wide_table, default={}),
    Key("only", choice_table, default={}),
    Key("join", tables, default=()),
)
JOIN = (
    *FILE,
    Key("on", key_table, required=True),
    Key("expect", choice("one", "at_most_one"), required=True),
    Key("on_number", flag, default=False),
    Key("columns", texts, default=()),
)


def read_keys(
    table: Mapping[str, object], keys: tuple[Key, ...], where: str, file: str
) -> tuple[dict[str, object], list[Finding]]:
    """The values of a TOML table by key, defaults filled in, and what is wrong with it."""
    findings = [_unknown(name, keys, where, file) for name in table if name not in {key.name for key in keys}]
    values: dict[str, object] = {}
    for key in keys:
        if key.name not in table:
            values[key.name] = key.default
            if key.required:
                findings.append(_absent(key, where, file))
            continue
        try:
            values[key.name] = key.kind(table[key.name])
        except ValueError as expected:
            values[key.name] = key.default
            findings.append(_wrong(key, where, file, expected))
    return values, findings


def _unknown(name: str, keys: tuple[Key, ...], where: str, file: str) -> Finding:
    hint = did_you_mean(name, [key.name for key in keys])
    return error("unknown_key", file, f"{where}: unknown key {name!r}{hint}", "correct or remove the key")


def _absent(key: Key, where: str, file: str) -> Finding:
    line = f"[[{key.name}]], one for each file" if key.kind is tables else f"{key.name} = ..."
    return error("key_absent", file, f"{where}: the key {key.name!r} is required", f"add {line}")


def _wrong(key: Key, where: str, file: str, expected: ValueError) -> Finding:
    return error("wrong_type", file, f"{where}: {key.name!r} is not as expected", f"write {expected}")
