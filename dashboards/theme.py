"""The look of the site: templates, and assets under names that carry their hash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import NAMESPACE_OID, uuid5

from dashboards.model import long_date

if TYPE_CHECKING:
    from jinja2 import Environment

ROOM = Path(__file__).parent
ASSETS = {
    "site.css": ROOM / "assets" / "site.css",
    "exit.js": ROOM / "assets" / "exit.js",
    "charts.js": ROOM / "assets" / "charts.js",
    "explore.js": ROOM / "assets" / "explore.js",
    "govuk.css": ROOM / "assets" / "vendor" / "govuk-frontend-6.3.0.css",
    "plotly.css": ROOM / "assets" / "vendor" / "plotly-4.1.1.css",
    "plotly.js": ROOM / "assets" / "vendor" / "plotly-basic-4.1.1.min.js",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A browser warns about frame-ancestors in a <meta> tag, where it has no effect; the header carries it.
META_POLICY = POLICY.replace("; frame-ancestors 'none'", "")

HERE = "./"
"""What links start with on a page that is given for every address that is not there, however deep: `serve`
puts the way up behind it."""


@dataclass(frozen=True)
class Asset:
    """One file of the site: where it lies there, and its bytes."""

    path: str
    content: bytes


def hashed(folder: str, name: str, content: bytes) -> Asset:
    """An asset whose name changes exactly when its content does, so that it may be cached for ever."""
    stem, _, suffix = name.rpartition(".")
    return Asset(f"{folder}/{stem}.{sha256(content).hexdigest()[:10]}.{suffix}", content)


def assets() -> dict[str, Asset]:
    """The assets that every page shares, by plain name."""
    read = {name: path.read_bytes() for name, path in ASSETS.items()}
    read["site.css"] = slim(read["site.css"])
    return {name: hashed("assets", name, content) for name, content in read.items()}


def slim(sheet: bytes) -> bytes:
    """A style sheet without what only its writers read: comments, and blanks beside `{`, `}`, `;` and `,`."""
    return re.sub(rb"\s*([{};,])\s*", rb"\1", re.sub(rb"/\*.*?\*/", b"", sheet, flags=re.DOTALL)).strip()


def top(address: str, folder: str = "") -> str:
    """What links start with on a page that may be given at any address of a site, or of a folder of it.

    Args:
        address: where the site stands on the web; empty where that is not known.
        folder: where the page and its files lie below that, with a slash at its end.
    """
    return f"{urlsplit(address).path.rstrip('/')}/{folder}" if address else HERE


def environment() -> Environment:
    """Our templates, escaping everything and refusing unknown names; GOV.UK components as functions."""
    from jinja2 import Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"long_date": long_date, "sentence": sentence, "kilobytes": kilobytes, "urn": urn}
    # GOV.UK's own macros ask for options that were not given, so they need an environment that allows it.
    lenient = Environment(
        loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}), autoescape=True
    )
    for name, macro in (("exit-this-page", "govukExitThisPage"), ("warning-text", "govukWarningText")):
        template = lenient.get_template(f"govuk_frontend_jinja/components/{name}/macro.html")
        made.globals[macro] = getattr(template.module, macro)
    return made


def sentence(text: str, stop: bool = True) -> str:
    """The text with a capital, and a full stop where it has none."""
    capital = text[:1].upper() + text[1:]
    return capital + "." if stop and capital and capital[-1] not in ".!?" else capital


def kilobytes(size: int) -> str:
    """A size of a file for readers, rounded up: `3 KB`."""
    return f"{-(-size // 1024):,} KB"


def urn(text: str) -> str:
    """A name for a feed or entry, the same wherever the site stands: the same text has the same name."""
    return uuid5(NAMESPACE_OID, text).urn


def site_version() -> str:
    """The sha256 of everything that makes the site: templates, assets and page code."""
    digest = sha256()
    for path in sorted(ROOM.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(ROOM).as_posix().encode() + b"\0")
            digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()
