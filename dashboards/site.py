"""Build the site of a release from its protected files, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from dashboards import charts, downloads, pages, pathway
from dashboards.model import Release, read_release
from dashboards.pack import pack
from dashboards.page import GROUPS, Exhibit, Page
from dashboards.theme import META_POLICY, Asset, assets, environment, hashed
from dashboards.views import basis


@dataclass(frozen=True)
class Drawn:
    """The chart of one exhibit on one page: its figure files and the heights kept free for it."""

    element: str
    wide: Asset
    narrow: Asset
    height_wide: int
    height_narrow: int


@dataclass(frozen=True)
class Picture:
    """The static pictures of one exhibit, for wide and for narrow screens."""

    wide: Asset
    narrow: Asset


def all_pages(release: Release) -> tuple[Page, ...]:
    """Every page of the release, in the order of the menu."""
    modules = [import_module(f"{pages.__name__}.{found.name}") for found in iter_modules(pages.__path__)]
    made: list[Page] = [module.page(release) for module in modules]
    return tuple(sorted([*made, pack(made)], key=lambda page: (GROUPS.index(page.group), page.order)))


def build(protected: Path, out: Path, release_id: str, published_on: str | None = None) -> None:
    """Write `site/`, `tables/` and `published.duckdb` of a release.

    Args:
        protected: folder with the protected files, as JSON.
        out: folder to write into; what is written depends on the protected files and the arguments only.
        release_id: the id that every page and file names.
        published_on: the day of publication, as `YYYY-MM-DD`, or None: then it is printed nowhere.

    Raises:
        FileNotFoundError: a protected file is missing.
        ValueError: a protected cell has both a value and a marker, or neither.
    """
    release = read_release(protected, release_id, published_on)
    site = out / "site"
    made = all_pages(release)
    files = downloads.write(release, protected, out, [e.view for page in made for e in page.exhibits])
    drawn = {(page.slug, e.view.view_id): _draw(e) for page in made for e in page.exhibits if e.view.chart}
    shared = assets() | {"charts.css": hashed("assets", "charts.css", _heights(drawn.values()))}
    staged = {(page.slug, e.view.view_id): _picture(e) for page in made for e in page.exhibits if e.stages}
    pairs: list[Drawn | Picture] = [*drawn.values(), *staged.values()]
    for asset in (*shared.values(), *(asset for pair in pairs for asset in (pair.wide, pair.narrow))):
        _write(site / asset.path, asset.content)
    context = {
        "release": release,
        "menu": [(group, [page for page in made if page.group == group]) for group in GROUPS],
        "assets": {name: asset.path for name, asset in shared.items()},
        "policy": META_POLICY,
        "drawn": drawn,
        "staged": staged,
        "files": files,
        "citation": downloads.citation(release),
        "basis": lambda view: basis(view, release),
    }
    _render(made, context, site)


def _render(made: Iterable[Page], context: Mapping[str, Any], site: Path) -> None:
    templates = environment()
    template = templates.get_template("page.html")
    for page in made:
        _write(site / page.path, template.render(context, page=page).encode())
    _write(site / "feed.xml", templates.get_template("feed.xml").render(context).encode())


def _draw(exhibit: Exhibit) -> Drawn:
    name = exhibit.view.view_id
    made = charts.chart(exhibit.view, exhibit.breaks)
    wide, narrow = (
        hashed("figures", f"{name}-{width}.js", b"drawFigure(" + _canonical(figure) + b");\n")
        for width, figure in (("wide", made.wide), ("narrow", made.narrow))
    )
    return Drawn(f"chart-{name}", wide, narrow, made.height_wide, made.height_narrow)


def _picture(exhibit: Exhibit) -> Picture:
    name = exhibit.view.view_id
    wide, narrow = (
        hashed(
            "figures",
            f"{name}-{width}.svg",
            pathway.picture(exhibit.view, exhibit.stages, is_narrow).encode(),
        )
        for width, is_narrow in (("wide", False), ("narrow", True))
    )
    return Picture(wide, narrow)


def _heights(drawn: Iterable[Drawn]) -> bytes:
    """The room for each chart, so that nothing moves when it is drawn."""
    rules = [
        f".js #{item.element}{{height:{item.height_narrow}px}}"
        f"@media(min-width:40.0625em){{.js #{item.element}{{height:{item.height_wide}px}}}}"
        for item in drawn
    ]
    return ("\n".join(rules) + "\n").encode()


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
