"""How released tables are shown: a static site, its charts and its files."""

from __future__ import annotations

from pathlib import Path


def site_version() -> str:
    """The sha256 of templates, assets and page code."""
    from dashboards.theme import site_version as version

    return version()


def build(protected: Path, out: Path, release_id: str, published_on: str | None = None) -> None:
    """Write `site/`, `tables/` and `published.duckdb` of a release; see `dashboards.site.build`."""
    from dashboards.site import build as build_site

    build_site(protected, out, release_id, published_on)
