"""How released tables are shown: a static site, its charts and its files."""

from __future__ import annotations

from pathlib import Path


def site_version() -> str:
    """The sha256 of templates, assets and page code."""
    from dashboards.theme import site_version as version

    return version()


def build(
    protected: Path, out: Path, release_id: str, published_on: str | None = None, address: str = ""
) -> None:
    """Write `site/`, `tables/` and `published.duckdb` of a release; see `dashboards.site.build`."""
    from dashboards.site import build as build_site

    build_site(protected, out, release_id, published_on, address)


def withdrawal_notice(release_id: str, reason: str, address: str = "") -> str:
    """The page in the place of a withdrawn release; see `dashboards.notice.withdrawal_notice`."""
    from dashboards.notice import withdrawal_notice as notice

    return notice(release_id, reason, address)


def write_withdrawal_notice(site: Path, release_id: str, reason: str, address: str = "") -> None:
    """Write that page with its style sheets; see `dashboards.notice.write_withdrawal_notice`."""
    from dashboards.notice import write_withdrawal_notice as write

    write(site, release_id, reason, address)
