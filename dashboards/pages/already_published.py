"""Already published: the public figures, as they were worded, never joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from dashboards.model import Release
from dashboards.page import ANSWERS, Page, Prose, say

Figure = Mapping[str, str]
UNDIVIDED = (("breakdown", "total"), ("category", "all"))
"""What a breakdown and a category say where they divide nothing."""


@dataclass(frozen=True)
class Quoted:
    """One public figure: what was counted, when, and the figure with its unit, which a percentage has not."""

    words: str
    who: str
    period: str
    figure: str
    unit: str


@dataclass(frozen=True)
class Source:
    """One source with the figures that it gives; `who` where all its figures are about the same people."""

    reference: str
    title: str
    publisher: str
    who: str
    figures: tuple[Quoted, ...]


def page(release: Release) -> Page:
    """The page of figures that were public before."""
    force = release.header.force
    ours = [figure for figure in release.published_figures if figure["force"] == force]
    others = [figure for figure in release.published_figures if figure["force"] != force]
    context = {"ours": _sources(ours), "others": _sources(others), "force": force}
    found = "These figures were public before this release; each stands as its source worded it."
    nothing = "No figure was collected that was public before this release."
    return Page(
        slug="already-published",
        name="Already published",
        tab="Published before",
        group=ANSWERS,
        order=3,
        question="Which figures were already public?",
        answer=say(found if release.published_figures else nothing),
        sections=(Prose("pages/already_published.html", context),),
        cannot_tell=(
            "Anything by combining them: sources differ in population, period, unit and definition, and are "
            "not joined.",
        ),
    )


def _sources(figures: Iterable[Figure]) -> list[Source]:
    """The figures by source, in the order of the sources' references; within one in the order given."""
    ordered = sorted(figures, key=lambda figure: figure["source_ref"])
    return [_source(tuple(group)) for _, group in groupby(ordered, key=lambda figure: figure["source_ref"])]


def _source(figures: tuple[Figure, ...]) -> Source:
    people = {_who(figure) for figure in figures}
    shared = people.pop() if len(people) == 1 else ""
    first = figures[0]
    quoted = tuple(_quoted(figure, "" if shared else _who(figure)) for figure in figures)
    return Source(first["source_ref"], first["source_title"], first["publisher"], shared, quoted)


def _who(figure: Figure) -> str:
    return f"{figure['force']}, {figure['population']}"


def _quoted(figure: Figure, who: str) -> Quoted:
    years = " to ".join(dict.fromkeys(filter(None, (figure["period_start_year"], figure["period_end_year"]))))
    told = [figure[name] for name, undivided in UNDIVIDED if figure[name] not in {"", undivided}]
    detail = "" if told == ["year", years] else ": ".join(told)
    words = "; ".join(filter(None, (figure["measure"], detail)))
    return Quoted(words, who, years or "not stated", *_figure(figure))


def _figure(figure: Figure) -> tuple[str, str]:
    """The figure and its unit: `1,361` and `allegations`, `1` and `officer`, `85%` and nothing."""
    value, unit = figure["value"], figure["unit"]
    if unit in {"percent", "per cent", "%"}:
        return f"{value}%", ""
    number = f"{int(value):,}" if value.isdecimal() else value
    return number, unit.removesuffix("s") if value == "1" else unit
