"""How released tables are shown: a static site, its charts and its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def site_version() -> str:
    """The sha256 of templates, assets and page code."""
    from dashboards.theme import site_version as version

    return version()


def build(protected: Path, out: Path, release_id: str, published_on: str | None = None) -> None:
    """Write `site/`, `tables/` and `published.duckdb` of a release; see `dashboards.site.build`."""
    from dashboards.site import build as build_site

    build_site(protected, out, release_id, published_on)


def serve(release_site: Callable[[], Path], host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the current release; see `dashboards.server.serve`."""
    from dashboards.server import serve as serve_site

    serve_site(release_site, host, port)
