"""Release log: what changed between releases, and why."""

from __future__ import annotations

from dashboards.changes import compared
from dashboards.model import Release
from dashboards.page import ABOUT, Page, Prose, say


def page(release: Release) -> Page:
    """The page of releases."""
    earlier = list(reversed(release.history))
    tables = compared(release)
    gone = _gone(release)
    absent = [(item["title"], item["reason"]) for item in release.dropped if item["table_id"] not in gone]
    context = {"earlier": earlier, "tables": tables, "gone": gone.values(), "absent": absent}
    return Page(
        slug="release-log",
        name="Release log",
        tab="Releases",
        group=ABOUT,
        order=2,
        question="What changed from one release to the next?",
        answer=say(_answer(release, any(item.changes for item in tables))),
        sections=(Prose("pages/release_log.html", context),),
    )


def _answer(release: Release, is_changed: bool) -> str:
    if not release.history:
        return "This is the first release."
    if is_changed:
        return "Figures changed since the release before: below stands by table which, why, and by how much."
    return "No figure that this release and the one before both show has changed."


def _gone(release: Release) -> dict[str, tuple[str, str]]:
    """Tables of the release before that this one does not hold, by id: what they told, and the reason."""
    before = tuple(release.history[-1]["tables"]) if release.history else ()
    titles = {item["table_id"]: item["title"] for item in release.dropped}
    return {
        name: (titles.get(name, name.replace("_", " ")), release.why_absent(name))
        for name in before
        if name not in release.tables
    }
