"""What a release says, as read from its protected files: tables, cells and their words.

This is all that the site ever sees: whatever is not in `protected.json` cannot reach a page, a chart or a
file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from dashboards.unpublished import NO_TABLE, WHY

TOTAL = "Total"
Place = tuple[tuple[int, int], str, tuple[str, ...]]
MARKERS = {"c": "withheld", "z": "not applicable", "x": "not available"}


@dataclass(frozen=True)
class Cell:
    """One released figure: a value, or the marker that stands in its place.

    Counts are whole numbers; a percentage is made in `views.share`, from shown counts only. `reason` and
    `exemption` are fixed words; a cell with a value may carry them too (already public). `words` stand in the
    place of a value that is told as a band or rounded.
    """

    value: float | None
    marker: str = ""
    notes: str = ""
    reason: str = ""
    exemption: str = ""
    key: str = ""
    is_percentage: bool = False
    words: str = ""

    def __post_init__(self) -> None:
        """Refuse a cell that has both a value and a marker, or neither."""
        if (self.value is None) != (self.marker in MARKERS):
            raise ValueError(f"cell {self.key!r}: a marker stands exactly where no value does")

    @property
    def text(self) -> str:
        """The figure for a reader: `1,234`, `85.0%`, or the marker in square brackets."""
        if self.value is None:
            return f"[{self.marker}]"
        if self.words:
            return self.words
        return f"{self.value:.1f}%" if self.is_percentage else f"{self.value:,}"

    @property
    def is_withheld(self) -> bool:
        """Whether the value is held back for confidentiality."""
        return self.marker == "c"

    @property
    def is_already_public(self) -> bool:
        """Whether the value was public before this release."""
        return self.value is not None and self.reason == "already public"


@dataclass(frozen=True)
class Category:
    """One category of a dimension, with the words for readers."""

    code: str
    label: str
    definition: str = ""


@dataclass(frozen=True)
class Dimension:
    """One dimension of a table; `kind` is `time` for the year columns, else `category`."""

    name: str
    label: str
    kind: str
    definition: str = ""
    categories: tuple[Category, ...] = ()

    def label_of(self, code: str) -> str:
        """The words for a code; the code itself where the code list has none."""
        return next((category.label for category in self.categories if category.code == code), code)


@dataclass(frozen=True)
class Row:
    """One line of a released table in long form."""

    fields: Mapping[str, str]
    year_from: int
    year_to: int
    measure: str
    cell: Cell

    @property
    def span(self) -> tuple[int, int]:
        """First and last year of the row."""
        return self.year_from, self.year_to


@dataclass(frozen=True)
class Statement:
    """A share or median that was declared for a table and stands beside one of its rows.

    `kind` is `rate` or `median`; the value lies from `least` to `most`, both None where it is withheld.
    """

    name: str
    kind: str
    label: str
    definition: str
    unit: str
    least: float | None
    most: float | None
    row: Row
    cell: Cell


@dataclass(frozen=True)
class Table:
    """One released table: long rows, with the dimensions that tell them apart."""

    table_id: str
    title: str
    description: str
    unit: str
    time_basis: str
    as_at: str
    measures: tuple[str, ...]
    dimensions: tuple[Dimension, ...]
    rows: tuple[Row, ...]
    years: tuple[int, int]
    within: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()

    @property
    def categorical(self) -> tuple[Dimension, ...]:
        """The dimensions other than time."""
        return tuple(dimension for dimension in self.dimensions if dimension.kind != "time")

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name.

        Raises:
            KeyError: the table has no such dimension.
        """
        for dimension in self.dimensions:
            if dimension.name == name:
                return dimension
        raise KeyError(f"table {self.table_id} has no dimension {name}")

    @property
    def periods(self) -> tuple[tuple[int, int], ...]:
        """The periods in the table in order of time, the one of all years last."""
        return tuple(sorted({row.span for row in self.rows}, key=lambda span: (span == self.years, span)))

    @property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """The periods without the one of all years (which stays where it is the only one)."""
        return tuple(span for span in self.periods if span != self.years) or self.periods

    @property
    def whole(self) -> tuple[int, int] | None:
        """The period of all years, where the table has it."""
        return self.years if self.years in self.periods else None

    @property
    def widest(self) -> tuple[int, int]:
        """All years together, or the latest period where the table has no such row."""
        return self.whole or self.parts[-1]

    def cell(self, period: tuple[int, int], measure: str | None = None, **codes: str) -> Cell | None:
        """The released cell of a period; dimensions that are not named stand at their total.

        None where the table has no such cell, or no such dimension: its total is something else.
        """
        if codes.keys() - {dimension.name for dimension in self.categorical}:
            return None
        wanted = tuple(codes.get(dimension.name, TOTAL) for dimension in self.categorical)
        return self._places.get((period, measure or self.measures[0], wanted))

    @cached_property
    def _places(self) -> Mapping[Place, Cell]:
        names = [dimension.name for dimension in self.categorical]
        return {(r.span, r.measure, tuple(r.fields[name] for name in names)): r.cell for r in self.rows}

    def codes_shown(self, name: str) -> tuple[str, ...]:
        """The categories that rows of the table carry, in display order, without the total."""
        if name not in {dimension.name for dimension in self.categorical}:
            return ()
        present = {row.fields[name] for row in self.rows}
        return tuple(c.code for c in self.dimension(name).categories if c.code in present)


@dataclass(frozen=True)
class Header:
    """What holds for the whole release."""

    force: str
    scope: str
    population: str
    as_at: str
    year_from: int
    year_to: int
    synthetic: bool
    policy_version: str
    policy_sha256: str
    threshold: int


@dataclass(frozen=True)
class Release:
    """Everything that the site is made of."""

    release_id: str
    published_on: str | None
    header: Header
    tables: Mapping[str, Table]
    dropped: tuple[Mapping[str, str], ...] = ()
    breaks: tuple[Mapping[str, str], ...] = ()
    register: tuple[Mapping[str, Any], ...] = ()
    published_figures: tuple[Mapping[str, str], ...] = ()
    history: tuple[Mapping[str, Any], ...] = field(default=())
    shown: Mapping[str, int] = field(default_factory=dict)
    """Every cell that this release or one before it shows, by key: all of it is known, and proven with."""
    address: str = ""
    """Where the site stands on the web, without a slash at its end; empty where that is not known."""

    @property
    def span(self) -> tuple[int, int]:
        """First and last year of the release."""
        return self.header.year_from, self.header.year_to

    @property
    def years(self) -> str:
        """The years that the release counts, as words; those of a gap are not among them."""
        return periods_label(
            [row.span for table in self.tables.values() for row in table.rows] or [self.span]
        )

    def table(self, table_id: str) -> Table | None:
        """The table of that id, or None where this release does not have it."""
        return self.tables.get(table_id)

    def why_absent(self, table_id: str) -> str:
        """The fixed words on why a table is not in this release."""
        for item in self.dropped:
            if item["table_id"] == table_id:
                return item["reason"]
        return WHY.get(table_id, NO_TABLE)


def period_label(year_from: int, year_to: int) -> str:
    """`2017` for one year, `2010 to 2013` for a band."""
    return str(year_from) if year_from == year_to else f"{year_from} to {year_to}"


def periods_label(spans: Iterable[tuple[int, int]]) -> str:
    """The years of several periods: `2010 to 2020`, and with a gap `2012, 2015 and 2017 to 2020`."""
    years = sorted({year for first, last in spans for year in range(first, last + 1)})
    runs = [list(run) for _, run in groupby(years, key=lambda year: year - years.index(year))]
    *most, last = (period_label(run[0], run[-1]) for run in runs)
    return f"{', '.join(most)} and {last}" if most else last


def when(span: tuple[int, int]) -> str:
    """`in 2017` for one year, `from 2010 to 2013` for a band."""
    return f"{'in' if span[0] == span[1] else 'from'} {period_label(*span)}"


def long_date(iso: str) -> str:
    """`30 June 2021` for `2021-06-30`."""
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"


def read_release(folder: Path, release_id: str, published_on: str | None, address: str = "") -> Release:
    """Read the candidate of a release from its protected files.

    Args:
        folder: holds `protected.json`; where there are earlier releases also `history.json`, and
            `system.json` with the cells that they showed.
        release_id: the id that every page and file names.
        published_on: the publication day as text, or None: printed nowhere.
        address: where the site will stand on the web, where that is known.

    Raises:
        FileNotFoundError: there is no `protected.json`.
        ValueError: a cell has both a value and a marker, or neither.
    """
    content = json.loads((folder / "protected.json").read_text(encoding="utf-8"))
    history_file, system_file = folder / "history.json", folder / "system.json"
    history = json.loads(history_file.read_text(encoding="utf-8")) if history_file.is_file() else []
    system = json.loads(system_file.read_text(encoding="utf-8")) if history and system_file.is_file() else {}
    header = _header(content["header"])
    return Release(
        release_id=release_id,
        published_on=published_on,
        header=header,
        tables={item["table_id"]: _table(item, header) for item in content["tables"]},
        dropped=tuple(content.get("dropped", ())),
        breaks=tuple(content.get("breaks", ())),
        register=tuple(content.get("register", ())),
        published_figures=tuple(content.get("published_figures", ())),
        history=tuple(history),
        shown=_shown(system),
        address=address.rstrip("/"),
    )


def _shown(system: Mapping[str, Any]) -> dict[str, int]:
    """The shown cells of a system: published, not hidden, with their value."""
    hidden = set(system.get("hidden", ()))
    cells = (cell for cell in system.get("cells", ()) if cell.get("published", True))
    return {c["code"]: c["value"] for c in cells if c["id"] not in hidden and c["value"] is not None}


def _header(content: Mapping[str, Any]) -> Header:
    return Header(**{name: content[name] for name in Header.__dataclass_fields__})


def _table(content: Mapping[str, Any], header: Header) -> Table:
    dimensions = tuple(_dimension(item) for item in content["dimensions"])
    names = tuple(dimension.name for dimension in dimensions if dimension.kind != "time")
    rows = tuple(_row(item, names) for item in content["rows"])
    return Table(
        table_id=content["table_id"],
        title=content["title"],
        description=content.get("description", ""),
        unit=content["unit"],
        time_basis=content["time_basis"],
        as_at=content["as_at"],
        measures=tuple(content["measures"]),
        dimensions=dimensions,
        rows=rows,
        years=(header.year_from, header.year_to),
        within=tuple(item["label"] for item in content.get("within", ())),
        statements=_statements(content, rows),
    )


def _statements(content: Mapping[str, Any], rows: tuple[Row, ...]) -> tuple[Statement, ...]:
    """The shares and medians of a table, each with the row that its denominator is.

    Raises:
        ValueError: no row of the table is the denominator.
    """
    of_cell = {row.cell.key: row for row in rows}
    stated = content.get("statements") or ()
    lost = [item["name"] for item in stated if item["denominator"] not in of_cell]
    if lost:
        raise ValueError(f"table {content['table_id']}: no row is the denominator of {', '.join(lost)}")
    return tuple(_statement(item, of_cell[item["denominator"]]) for item in stated)


def _statement(content: Mapping[str, Any], row: Row) -> Statement:
    least, most = content["least"], content["most"]
    marker = content["marker"] or ""
    return Statement(
        **{name: content[name] for name in ("name", "kind", "label", "unit")},
        definition=content.get("definition") or "",
        least=least,
        most=most,
        row=row,
        cell=Cell(
            value=None if least is None or most is None else (least + most) / 2,
            marker=marker,
            reason=content["reason"] or "",
            exemption=content["exemption"] or "",
            key=f"{content['name']} of {content['denominator']}",
            words="" if marker else stated_words(content["kind"], content["unit"], least, most),
        ),
    )


def stated_words(kind: str, unit: str, least: float, most: float) -> str:
    """A stated value for readers: `21.7%`, `0% to 20%`, or `300 days (rounded to 30)`."""
    if kind == "median":
        rounded = f" (rounded to {_plain(most - least)})" if most > least else ""
        return f"{_plain((least + most) / 2)} {unit}{rounded}"
    return f"{least:.1f}%" if least == most else f"{_plain(least)}% to {_plain(most)}%"


def _plain(value: float) -> str:
    """A number with one decimal at most: `20`, or `12.5`."""
    return f"{value:,.1f}".removesuffix(".0")


def _dimension(content: Mapping[str, Any]) -> Dimension:
    return Dimension(
        name=content["name"],
        label=content.get("label", content["name"]),
        kind=content.get("kind", "category"),
        definition=content.get("definition") or "",
        categories=tuple(
            Category(item["code"], item.get("label", item["code"]), item.get("definition") or "")
            for item in content.get("categories", ())
        ),
    )


def _row(content: Mapping[str, Any], dimensions: tuple[str, ...]) -> Row:
    texts = ("table_id", "force", "scope", "population", "unit", "time_basis", "as_at", *dimensions)
    return Row(
        fields={name: str(content[name]) for name in texts},
        year_from=int(content["year_from"]),
        year_to=int(content["year_to"]),
        measure=content["measure"],
        cell=Cell(
            value=content["value"],
            marker=content["marker"] or "",
            notes=content["notes"] or "",
            reason=content["reason"] or "",
            exemption=content["exemption"] or "",
            key=content["cell"],
        ),
    )
