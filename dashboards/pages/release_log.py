"""Release log: what changed between releases, and why."""

from __future__ import annotations

from dashboards.model import Release
from dashboards.page import ABOUT, Page, Prose, say


def page(release: Release) -> Page:
    """The page of releases."""
    earlier = list(reversed(release.history))
    words = "This is the first release." if not earlier else "This release follows the ones listed here."
    return Page(
        slug="release-log",
        name="Release log",
        tab="Releases",
        group=ABOUT,
        order=2,
        question="What changed from one release to the next?",
        answer=say(words),
        sections=(
            Prose("pages/release_log.html", {"earlier": earlier, "tables": tuple(release.tables.values())}),
        ),
    )
