"""What a page is made of: a question, its answer in a sentence, and sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboards.breaks import Break
from dashboards.model import Cell, Release
from dashboards.views import View

FIGURES, ABOUT, HELP = "The figures", "About the figures", "Help"
GROUPS = (FIGURES, ABOUT, HELP)
WITHHELD_WORDS = "a number that is withheld"


@dataclass(frozen=True)
class Sentence:
    """An answer in words, with the released cells that it quotes."""

    text: str
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Exhibit:
    """A view shown as chart and table, with its file."""

    view: View
    lead: str = ""
    notes: tuple[str, ...] = ()
    breaks: tuple[Break, ...] = ()

    template = "sections/exhibit.html"


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


Section = Exhibit | Absent | Tiles | Prose


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
    def exhibits(self) -> tuple[Exhibit, ...]:
        """The sections that show a view."""
        return tuple(section for section in self.sections if isinstance(section, Exhibit))


def say(words: str, **cells: Cell | None) -> Sentence:
    """Fill a sentence with released cells; one that is not shown becomes fixed words.

    Args:
        words: text with `{name}` where a figure goes.
        cells: the figures by name; None where the release has no such cell.
    """
    texts = {name: _words_of(cell) for name, cell in cells.items()}
    text = words.format(**texts)
    return Sentence(text[:1].upper() + text[1:], tuple(cell for cell in cells.values() if cell is not None))


def absent(release: Release, table_id: str, title: str) -> Absent:
    """The section for a table that the release does not have."""
    return Absent(title, release.why_absent(table_id))


def _words_of(cell: Cell | None) -> str:
    if cell is None:
        return "a number that is not in this release"
    if cell.value is None:
        return WITHHELD_WORDS if cell.is_withheld else f"a number that is {_marker_words(cell)}"
    return cell.text


def _marker_words(cell: Cell) -> str:
    return "not applicable" if cell.marker == "z" else "not available"
