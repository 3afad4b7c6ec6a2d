"""Already published: the public figures, as they were worded, never joined."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from dashboards.model import Release
from dashboards.page import ANSWERS, Page, Prose, say


def page(release: Release) -> Page:
    """The page of figures that were public before."""
    sources = _sources(release.published_figures)
    found = "These figures were public before this release; each stands as its source worded it."
    return Page(
        slug="already-published",
        name="Already published",
        tab="Published before",
        group=ANSWERS,
        order=3,
        question="Which figures were already public?",
        answer=say(found if sources else "No figure was collected that was public before this release."),
        sections=(Prose("pages/already_published.html", {"sources": sources, "register": release.register}),),
        cannot_tell=(
            "Anything by combining them: sources differ in population, period, unit and definition, and are"
            " not joined.",
        ),
    )


def _sources(figures: tuple[Mapping[str, str], ...]) -> list[dict[str, object]]:
    ordered = sorted(enumerate(figures), key=lambda item: (item[1]["source_ref"], item[0]))
    return [
        {"ref": ref, "rows": rows, "title": rows[0]["source_title"], "publisher": rows[0]["publisher"]}
        for ref, rows in (
            (ref, [dict(row) for _, row in group])
            for ref, group in groupby(ordered, key=lambda item: item[1]["source_ref"])
        )
    ]
