"""Overview: the headline figures, and the way from allegation to formal action."""

from __future__ import annotations

from dashboards.model import TOTAL, Cell, Release, Table, period_label, when
from dashboards.page import FIGURES, Absent, Exhibit, Page, Section, Sentence, Tile, Tiles, absent, say, show
from dashboards.views import Column, beside, single, turned

TREND, OUTCOMES = "trends.html#allegations-by-year", "outcomes.html#outcomes-by-year"
BESIDE_FORMAL = {"no_action": "ended in no action", "informal": "led to informal action"}
"""What stands beside formal action at a glance: the first of these that is shown."""


def page(release: Release) -> Page:
    """The first page."""
    return Page(
        slug="index",
        name="Overview",
        tab="Overview",
        group=FIGURES,
        order=1,
        question="What happened to the allegations?",
        answer=_answer(release),
        sections=(Tiles("At a glance", _tiles(release)), _funnel(release), _trend(release)),
        cannot_tell=(
            "Whether an allegation was true: an outcome is what the force decided, not what happened.",
            "How many people were harmed: one person may make several allegations, and many make none.",
        ),
    )


def _widest(table: Table | None, **codes: str) -> Cell | None:
    return table.cell(table.widest, **codes) if table is not None else None


def _answer(release: Release) -> Sentence:
    outcomes = release.table("outcomes_by_year")
    if outcomes is None:
        recorded = release.table("allegations_by_year")
        span = recorded.widest if recorded is not None else release.span
        return say(f"{{total:allegations}} were recorded {when(span)}.", total=_widest(recorded))
    other, words = _beside_formal(outcomes)
    return say(
        f"of {{total:allegations}} recorded {when(outcomes.widest)}, {{other}} {words} and {{formal}} "
        f"led to formal action.{_without_action(outcomes)}",
        total=_widest(outcomes),
        other=other,
        formal=_widest(outcomes, action_path="formal"),
        latest=outcomes.cell(outcomes.parts[-1]),
        without=outcomes.cell(outcomes.parts[-1], action_path="no_action"),
    )


def _without_action(outcomes: Table) -> str:
    """A sentence on the latest years, where no action is told of them but not of all years."""
    span = outcomes.parts[-1]
    whole, latest = _widest(outcomes, action_path="no_action"), outcomes.cell(span, action_path="no_action")
    told = whole is not None and whole.value is not None
    if told or span == outcomes.widest or latest is None or latest.value is None:
        return ""
    return f" Of {{latest}} recorded {when(span)}, {{without}} ended in no action."


def _beside_formal(outcomes: Table | None) -> tuple[Cell | None, str]:
    cells = {code: _widest(outcomes, action_path=code) for code in BESIDE_FORMAL}
    shown = [code for code, cell in cells.items() if cell is not None and cell.value is not None]
    code = next(iter(shown or cells))
    return cells[code], BESIDE_FORMAL[code]


def _tiles(release: Release) -> tuple[Tile, ...]:
    recorded, officers = release.table("allegations_by_year"), release.table("officers_by_year")
    outcomes = release.table("outcomes_by_year")
    other, words = _beside_formal(outcomes)
    found = [
        _tile("allegations recorded", _widest(recorded), _years(recorded), TREND),
        _tile(words, other, _years(outcomes), OUTCOMES),
        _tile("led to formal action", _widest(outcomes, action_path="formal"), _years(outcomes), OUTCOMES),
        _tile("officers accused", _latest(officers), _latest_words(officers), "trends.html#officers-by-year"),
    ]
    return tuple(tile for tile in found if tile is not None)


def _tile(label: str, cell: Cell | None, note: str, href: str) -> Tile | None:
    return None if cell is None else Tile(label, cell, note, href)


def _years(table: Table | None) -> str:
    return period_label(*table.widest) if table is not None else ""


def _latest(table: Table | None) -> Cell | None:
    return table.cell(table.parts[-1]) if table is not None else None


def _latest_words(table: Table | None) -> str:
    return f"distinct in {period_label(*table.parts[-1])}" if table is not None else ""


def _funnel(release: Release) -> Section:
    title = "From allegation to formal action"
    outcomes, proceedings = release.table("outcomes_by_year"), release.table("proceedings_by_year")
    if outcomes is None or proceedings is None:
        return absent(release, "outcomes_by_year" if outcomes is None else "proceedings_by_year", title)
    if outcomes.widest != proceedings.widest:
        return Absent(title, "Its tables tell of different years.")
    columns = [
        Column("Allegations recorded", outcomes, {"action_path": TOTAL}),
        Column(
            "Faced proceedings", proceedings, {"has_proceedings": "yes"}, "A meeting or a hearing was held."
        ),
        Column("Led to formal action", outcomes, {"action_path": "formal"}),
    ]
    stages = beside("from-allegation-to-action", title, columns, [outcomes.widest])
    return Exhibit(turned(stages, "Stage"))


def _trend(release: Release) -> Section:
    title = "Allegations by year recorded"
    return show(
        release,
        "allegations_by_year",
        title,
        lambda table: single(table, "overview-trend", title, "Allegations", chart="line"),
        with_breaks=True,
    )
