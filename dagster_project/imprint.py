"""What a release says of itself besides its tables: the day of its publication, and where its site stands.

Neither is a part of its id, since neither changes a figure; the manifest keeps both, so that whoever verifies
the release can build its pages again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from dagster_project.errors import BadInput
from dagster_project.settings import Settings

ADDRESS = "MISCONDUCT_SITE_ADDRESS"
UNFIT = frozenset(" \"'<>\\`?#")
"""What no address of a site holds; a question or a place in a page would end up inside every link."""


@dataclass(frozen=True)
class Imprint:
    """Day (YYYY-MM-DD) and address (https://...); empty where it is not said."""

    published_on: str = ""
    address: str = ""

    @property
    def entries(self) -> dict[str, str]:
        """As the manifest keeps it."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def options(self) -> list[str]:
        """As the site's own command takes it."""
        return [f"--{name.replace('_', '-')}={value}" for name, value in self.entries.items()]


def chosen(settings: Settings, published_on: str | None) -> Imprint:
    """What a person chose for the next release.

    Raises:
        BadInput: it is no day, or no address.
    """
    day, address = published_on or "", settings.environ.get(ADDRESS, "").rstrip("/")
    if day and not _is_day(day):
        raise BadInput((f"published_on: {day!r} is no day: write it as YYYY-MM-DD",))
    if address and not _is_address(address):
        example = "https://statistics.example.org"
        raise BadInput(
            (f"{ADDRESS}: {address!r} is no address of a site: write it as {example}, or unset it",)
        )
    return Imprint(day, address)


def stated(manifest: Mapping[str, Any]) -> Imprint:
    """What a release's manifest says; no pages were made with what is no day or no address."""
    day, address = str(manifest.get("published_on")), str(manifest.get("address"))
    return Imprint(day if _is_day(day) else "", address if _is_address(address) else "")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    if not (text.isascii() and text.isprintable()) or set(text) & UNFIT:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
