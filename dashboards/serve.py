"""Serve a release's site: static files with the security headers, and nothing else.

Any static web server can serve the same folder; the headers are in `headers` to copy from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING

from dashboards.theme import HERE, POLICY

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from uvicorn import Config

HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
PLAIN = {"content-type": "text/plain; charset=utf-8"}
RELEASE_ID = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}")
HASHED = re.compile(r"\.[0-9a-f]{10}\.\w+$")
OUTLIVES = re.compile(r"(assets|figures)/[^/]+\.[0-9a-f]{10}\.\w+")
"""Files whose name is their content: a page that was loaded before a switch may still ask for them."""
TYPES = {".js": "text/javascript", ".json": "application/json", ".xml": "application/atom+xml"}
ReleaseSite = Callable[[], Path]
NamedSite = Callable[[str], Path | None]


def application(current: ReleaseSite, named: NamedSite | None = None) -> Starlette:
    """The web application.

    Args:
        current: gives the site folder of the current release; asked at each request, so that a switch shows
            at once. Hashed files that it lacks are looked for in the releases beside it.
        named: gives the site folder of an older release by its id, or None where it is not served; by default
            the releases of the same home, and the notices of those that were withdrawn.
    """
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.gzip import GZipMiddleware
    from starlette.routing import Route

    async def answer(request: Request) -> Response:
        return _answer(request, current, named or beside(current))

    async def refuse(_: Request, __: Exception) -> Response:
        return _respond(b"Pages here can only be read.", PLAIN | {"allow": "GET, HEAD"}, 405)

    return Starlette(
        routes=[Route("/{path:path}", answer, methods=["GET", "HEAD"])],
        middleware=[Middleware(GZipMiddleware, minimum_size=500)],
        exception_handlers={405: refuse},
    )


def serve(current: ReleaseSite, listener: socket, named: NamedSite | None = None) -> None:
    """Serve what comes in at a listening socket until interrupted; it is closed then."""
    import uvicorn

    host, port = listener.getsockname()[:2]
    uvicorn.Server(configuration(application(current, named), host, port)).run(sockets=[listener])


def configuration(app: Starlette, host: str, port: int) -> Config:
    """How the application is served: small requests only, and no waiting for slow clients."""
    from uvicorn import Config

    from dashboards.patience import Impatient

    # Named, since the faster parser that may be installed knows no limit for the size of headers.
    return Config(
        app,
        host=host,
        port=port,
        http=Impatient,
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        server_header=False,
        limit_concurrency=200,
        timeout_keep_alive=10,
        h11_max_incomplete_event_size=16384,
    )


def beside(current: ReleaseSite) -> NamedSite:
    """Find an older release in the folder that holds the current one; the notice where it was withdrawn."""

    def find(release_id: str) -> Path | None:
        home = _home(current())
        sites = (home / folder / release_id / "site" for folder in ("withdrawn", "releases"))
        return next((site for site in sites if RELEASE_ID.fullmatch(release_id) and site.is_dir()), None)

    return find


def _home(site: Path) -> Path:
    """The home of `releases/<id>/site`, or of the notice that stands in its place."""
    return site.resolve().parent.parent.parent


def _answer(request: Request, current: ReleaseSite, named: NamedSite) -> Response:
    path: str = request.path_params["path"]
    depth = request.scope["raw_path"].count(b"/") - 1
    if path.startswith("releases/"):
        _, release_id, *rest = path.split("/", 2)
        root, path, depth = named(release_id), "".join(rest), depth - 2
        if root and not rest:
            return _respond(b"", PLAIN | {"location": f"{release_id}/"}, 308)
        sites = iter([root])
    else:
        root = current()
        sites = _sites(root, path, named)
    found = next((made for site in sites if site and (made := _read(site, path))), None)
    if found:
        return _file(*found, request)
    instead = root and _read(root, "404.html")
    if instead:
        return _respond(_led_up(instead[1], depth), {"content-type": _content_type(instead[0])}, 404)
    return _respond(b"There is no such page.", PLAIN, 404)


def _led_up(page: bytes, depth: int) -> bytes:
    """The page with its links led to the top of the site, from an address so many folders below it."""
    return page.replace(f'="{HERE}'.encode(), f'="{HERE}{"../" * depth}'.encode())


def _sites(root: Path, path: str, named: NamedSite) -> Iterator[Path | None]:
    """Where a file of the current release may lie: a hashed one in any release of its home that is served."""
    yield root
    if OUTLIVES.fullmatch(path):
        folders = (_home(root) / "releases").glob("*")
        yield from (named(folder.name) for folder in folders if RELEASE_ID.fullmatch(folder.name))


def _read(root: Path, path: str) -> tuple[Path, bytes] | None:
    """A file of a site with its content; None where there is none, or it went while it was looked for."""
    found = inside(root, path)
    try:
        return (found, found.read_bytes()) if found else None
    except FileNotFoundError:
        return None


def inside(root: Path, path: str) -> Path | None:
    """The file of that path below the root, or None: nothing outside the root, no folder, no hidden file."""
    parts = (path + "index.html" if path == "" or path.endswith("/") else path).split("/")
    if any(part in {"", ".", ".."} or part.startswith(".") or "\\" in part or "\0" in part for part in parts):
        return None
    # Once: the root may be a link that is switched between two looks at it.
    base = root.resolve()
    real = base.joinpath(*parts).resolve()
    return real if real.is_relative_to(base) and real.is_file() else None


def _file(path: Path, content: bytes, request: Request) -> Response:
    tag = f'W/"{sha256(content).hexdigest()}"'
    lasting = "public, max-age=31536000, immutable" if HASHED.search(path.name) else "no-cache"
    headers = {"etag": tag, "cache-control": lasting, "content-type": _content_type(path)}
    if tag in request.headers.get("if-none-match", ""):
        return _respond(b"", headers, 304)
    return _respond(content, headers)


def _content_type(path: Path) -> str:
    kind = TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _respond(content: bytes, headers: Mapping[str, str], status: int = 200) -> Response:
    from starlette.responses import Response

    return Response(content, status_code=status, headers={**HEADERS, **headers})
