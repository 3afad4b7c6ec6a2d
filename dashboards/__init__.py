"""How released tables are shown: a static site, its charts and its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def site_version() -> str:
    """The sha256 of templates, assets and page code."""
    from dashboards import theme

    return theme.site_version()


def build(protected: Path, out: Path, release_id: str, published_on: str | None = None) -> None:
    """Write `site/`, `tables/` and `published.duckdb` of a release; see `dashboards.site.build`."""
    from dashboards import site

    site.build(protected, out, release_id, published_on)


def serve(release_site: Callable[[], Path], host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the current release; see `dashboards.serve.serve`."""
    from dashboards import server

    server.serve(release_site, host, port)
