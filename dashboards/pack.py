"""The pack for a board: the figures of all pages on one page, made for printing."""

from __future__ import annotations

from collections.abc import Iterable

from dashboards.page import ANSWERS, FIGURES, Page, Prose, say


def pack(pages: Iterable[Page]) -> Page:
    """One page with the question, the answer and the tables of each page of figures, no table twice."""
    chosen = sorted((page for page in pages if page.group == FIGURES), key=lambda page: page.order)
    latest = {exhibit.view.title: page for page in chosen for exhibit in page.exhibits}
    parts = [
        (page, tuple(exhibit for exhibit in page.exhibits if latest[exhibit.view.title] is page))
        for page in chosen
    ]
    return Page(
        slug="pack",
        name="Pack for printing",
        tab="Pack",
        group=ANSWERS,
        order=5,
        question="Can I have it all on paper?",
        answer=say(
            "Print this page: it holds the question, the answer, the charts and the tables of each page of "
            "figures."
        ),
        sections=(Prose("pages/pack.html", {"parts": parts}, has_charts=True),),
    )
