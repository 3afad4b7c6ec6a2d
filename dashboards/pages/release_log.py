"""Release log: what changed between releases, and why."""

from __future__ import annotations

from dashboards.model import Release, Table
from dashboards.page import ABOUT, Page, Prose, say


def page(release: Release) -> Page:
    """The page of releases."""
    earlier = list(reversed(release.history))
    context = {"earlier": earlier, "tables": _listed(release), "gone": _gone(release)}
    words = "This is the first release." if not earlier else "This release follows the ones listed here."
    return Page(
        slug="release-log",
        name="Release log",
        tab="Releases",
        group=ABOUT,
        order=2,
        question="What changed from one release to the next?",
        answer=say(words),
        sections=(Prose("pages/release_log.html", context),),
    )


def _before(release: Release) -> tuple[str, ...] | None:
    """The tables of the release before this one; None where there is none."""
    return tuple(release.history[-1]["tables"]) if release.history else None


def _listed(release: Release) -> list[tuple[Table, str]]:
    """Each table with what happened to it since the release before.

    How far a number moved is not told: the history holds words only, and no difference is proven safe in it.
    """
    before = _before(release)
    return [
        (table, "new in this release" if before is not None and table.table_id not in before else "")
        for table in release.tables.values()
    ]


def _gone(release: Release) -> list[tuple[str, str]]:
    """Tables of the release before that this one does not hold, with the reason."""
    lost = [name for name in _before(release) or () if name not in release.tables]
    return [(name.replace("_", " "), release.why_absent(name)) for name in lost]
