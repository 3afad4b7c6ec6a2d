"""Build the site of a release from its protected files, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from dashboards import charts, downloads, drawing, pages, pathway
from dashboards.further import further
from dashboards.model import Release, read_release
from dashboards.pack import pack
from dashboards.page import GROUPS, HELP, Exhibit, Page, say
from dashboards.statements import with_statements
from dashboards.theme import META_POLICY, Asset, assets, environment, hashed, top
from dashboards.views import basis, counted

SIDES = ("t", "r", "b", "l")
NOT_FOUND = Page(
    slug="404",
    name="Not found",
    tab="Not found",
    group=HELP,
    order=0,
    question="There is no such page",
    answer=say(
        "The address may be mistyped, or of another release. The menu leads to every page that there is."
    ),
    sections=(),
)
"""What a web server gives for every address that is not there; in no menu."""


@dataclass(frozen=True)
class Drawn:
    """The picture of one exhibit for wide and for narrow screens, and as a file of its own.

    `figures` are what plotly.js draws in its place once a reader points at it, wide and narrow; a pathway has
    none. `room` is the style that keeps the margins of the plot free.
    """

    element: str
    wide: str
    narrow: str
    sheet: str
    figures: tuple[Asset, ...] = ()
    room: str = ""


def all_pages(release: Release) -> tuple[Page, ...]:
    """Every page of the release, in the order of the menu."""
    modules = [import_module(f"{pages.__name__}.{found.name}") for found in iter_modules(pages.__path__)]
    made: list[Page] = [module.page(release) for module in modules]
    made = with_statements(release, made + further(release, made))
    return tuple(sorted([*made, pack(made)], key=lambda page: (GROUPS.index(page.group), page.order)))


def build(
    protected: Path, out: Path, release_id: str, published_on: str | None = None, address: str = ""
) -> None:
    """Write `site/`, `tables/` and `published.duckdb` of a release.

    Args:
        protected: folder with the protected files, as JSON.
        out: folder to write into; what is written depends on the protected files and the arguments only.
        release_id: the id that every page and file names.
        published_on: the day of publication, as `YYYY-MM-DD`, or None: then it is printed nowhere.
        address: where the site will stand on the web, for links in the feed and citations; empty: they stay
            relative.

    Raises:
        FileNotFoundError: a protected file is missing.
        ValueError: a protected cell has both a value and a marker, or neither.
    """
    release = read_release(protected, release_id, published_on, address)
    site = out / "site"
    made = all_pages(release)
    exhibits = {e.view.view_id: e for page in made for e in page.exhibits}
    drawn = {name: _drawn(e, release) for name, e in exhibits.items() if e.view.chart or e.stages}
    pictures = {f"chart-{name}.svg": item.sheet.encode() for name, item in drawn.items()}
    files = downloads.write(release, protected, out, [e.view for e in exhibits.values()], pictures)
    rooms = "".join(item.room for item in drawn.values()).encode()
    shared = assets() | {"charts.css": hashed("assets", "charts.css", rooms)}
    for asset in (*shared.values(), *(asset for item in drawn.values() for asset in item.figures)):
        _write(site / asset.path, asset.content)
    context = {
        "release": release,
        "menu": [(group, [page for page in made if page.group == group]) for group in GROUPS],
        "assets": {name: asset.path for name, asset in shared.items()},
        "policy": META_POLICY,
        "drawn": drawn,
        "files": files,
        "citation": downloads.citation(release),
        "basis": lambda view: basis(view, release),
        "counted": counted,
    }
    _render(made, context, site)


def _render(made: Iterable[Page], context: Mapping[str, Any], site: Path) -> None:
    templates = environment()
    template = templates.get_template("page.html")
    for page in made:
        _write(site / page.path, template.render(context, page=page, root="").encode())
    missing = template.render(context, page=NOT_FOUND, root=top(context["release"].address))
    _write(site / NOT_FOUND.path, missing.encode())
    _write(site / "feed.xml", templates.get_template("feed.xml").render(context).encode())


def _drawn(exhibit: Exhibit, release: Release) -> Drawn:
    view = exhibit.view
    source = (basis(view, release), downloads.citation(release))
    if exhibit.stages:
        wide, narrow = (pathway.picture(view, exhibit.stages, is_narrow) for is_narrow in (False, True))
        sheet = drawing.framed(wide.svg, wide.height, view.title, source)
        return Drawn(f"chart-{view.view_id}", wide.svg, narrow.svg, sheet)
    made = charts.chart(view, exhibit.breaks)
    return Drawn(
        element=f"chart-{view.view_id}",
        wide=drawing.plot(made.wide),
        narrow=drawing.plot(made.narrow),
        sheet=drawing.sheet(made.wide, view.title, source),
        figures=_figures(view.view_id, (("wide", made.wide), ("narrow", made.narrow))),
        room=_room(view.view_id, "wide", made.wide) + _room(view.view_id, "narrow", made.narrow),
    )


def _figures(name: str, figures: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[Asset, ...]:
    return tuple(
        hashed("figures", f"{name}-{width}.js", b"drawFigure(" + _canonical(figure) + b");\n")
        for width, figure in figures
    )


def _room(name: str, width: str, figure: Mapping[str, Any]) -> str:
    """The margins of a plot as padding, so that the picture stands where plotly.js will draw it."""
    margin = figure["layout"]["margin"]
    return f"#chart-{name} .chart__{width}{{padding:{' '.join(f'{margin[side]}px' for side in SIDES)}}}\n"


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
