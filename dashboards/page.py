"""What a page is made of: a question, its answer in a sentence, and sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboards.breaks import Break, lettered
from dashboards.model import MARKERS, Cell, Release, Table, when
from dashboards.pathway import Stage
from dashboards.views import View

FIGURES, ANSWERS, ABOUT, HELP = "The figures", "Find an answer", "About the figures", "Help"
GROUPS = (FIGURES, ANSWERS, ABOUT, HELP)


@dataclass(frozen=True)
class Figure:
    """A released cell in a sentence: `{name}`, or `{name:allegations}` with what is counted."""

    cell: Cell | None

    def __format__(self, noun: str) -> str:
        """`28 allegations`, or fixed words for a cell not shown: `a withheld number of allegations`."""
        of = f" of {noun}" if noun else ""
        if self.cell is None:
            return f"an unpublished number{of}"
        if self.cell.is_withheld:
            return f"a withheld number{of}"
        if self.cell.value is None:
            return f"a number{of} that is {MARKERS[self.cell.marker]}"
        return f"{self.cell.text} {noun.removesuffix('s') if self.cell.value == 1 else noun}".strip()


@dataclass(frozen=True)
class Sentence:
    """An answer in words, with the released cells that it quotes."""

    text: str
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Exhibit:
    """A view shown as chart and table, with its file; with `stages` it is drawn as a pathway instead."""

    view: View
    lead: str = ""
    notes: tuple[str, ...] = ()
    breaks: tuple[Break, ...] = ()
    stages: tuple[Stage, ...] = ()

    template = "sections/exhibit.html"

    @property
    def lettered_breaks(self) -> tuple[Break, ...]:
        """The breaks whose letters stand on the chart: on a line of single years."""
        spans = [self.view.rows[row].period for row in self.view.plotted_rows]
        is_yearly = all(span is not None and span[0] == span[1] for span in spans)
        return self.breaks if self.view.chart == "line" and is_yearly else ()


@dataclass(frozen=True)
class Absent:
    """A question that this release has no table for, with the fixed words why."""

    title: str
    reason: str

    template = "sections/absent.html"


@dataclass(frozen=True)
class Tile:
    """One headline figure, and the page that holds its table."""

    label: str
    cell: Cell
    note: str
    href: str


@dataclass(frozen=True)
class Tiles:
    """Headline figures side by side."""

    title: str
    tiles: tuple[Tile, ...]

    template = "sections/tiles.html"


@dataclass(frozen=True)
class Prose:
    """A part of a page written as a template of its own."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    has_charts: bool = False


@dataclass(frozen=True)
class Filter:
    """A form that narrows the tables of the page: values and words of what may be chosen.

    `groups` are the categories by dimension; `views` the ids and titles of what is on the page.
    """

    tables: tuple[tuple[str, str], ...]
    years: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    views: tuple[tuple[str, str], ...] = ()

    template = "sections/filter.html"


Section = Filter | Exhibit | Absent | Tiles | Prose


@dataclass(frozen=True)
class Page:
    """One page: its question is the title, its answer the first line.

    `name` is for menus; `tab` is the neutral title that a browser's history keeps.
    """

    slug: str
    name: str
    tab: str
    group: str
    order: int
    question: str
    answer: Sentence
    sections: tuple[Section, ...]
    cannot_tell: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The page's file, relative to the site."""
        return f"{self.slug}.html"

    @property
    def has_charts(self) -> bool:
        """Whether the page draws anything."""
        prose = (section for section in self.sections if isinstance(section, Prose))
        return any(e.view.chart for e in self.exhibits) or any(section.has_charts for section in prose)

    @property
    def has_filter(self) -> bool:
        """Whether the page lets its reader choose."""
        return any(isinstance(section, Filter) for section in self.sections)

    @property
    def exhibits(self) -> tuple[Exhibit, ...]:
        """The sections that show a view."""
        return tuple(section for section in self.sections if isinstance(section, Exhibit))


def say(words: str, **cells: Cell | None) -> Sentence:
    """Fill a sentence with released cells; one that is not shown becomes fixed words.

    Args:
        words: text with `{name}` where a figure goes, or `{name:noun}` where a noun follows it.
        cells: the figures by name; None where the release has no such cell.
    """
    text = words.format(**{name: Figure(cell) for name, cell in cells.items()})
    return Sentence(text[:1].upper() + text[1:], tuple(cell for cell in cells.values() if cell is not None))


def of_latest(table: Table | None, nothing: str, words: str, dimension: str, **codes: str) -> Sentence:
    """`Of 361 allegations recorded from 2017 to 2020, 19 went to proceedings.`: a table's latest years.

    Args:
        table: what is told of; None where the release does not have it.
        nothing: what is said then.
        words: how the sentence goes on, with `{name}` for each of `codes`.
        dimension: the dimension that the categories are of.
        codes: the category whose cell stands for each name.
    """
    if table is None:
        return say(nothing)
    span = table.parts[-1]
    cells = {name: table.cell(span, **{dimension: code}) for name, code in codes.items()}
    return say(f"of {{total:allegations}} recorded {when(span)}, {words}", total=table.cell(span), **cells)


def absent(release: Release, table_id: str, title: str) -> Absent:
    """The section for a table that the release does not have."""
    return Absent(title, release.why_absent(table_id))


def show(
    release: Release,
    table_id: str,
    title: str,
    draw: Callable[[Table], View],
    notes: tuple[str, ...] = (),
    with_breaks: bool = False,
) -> Section:
    """The section for a table: its view, or the fixed words why the release does not have it."""
    table = release.table(table_id)
    if table is None:
        return absent(release, table_id, title)
    return Exhibit(draw(table), notes=notes, breaks=lettered(release) if with_breaks else ())
