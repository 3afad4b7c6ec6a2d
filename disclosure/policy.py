"""The disclosure policy: parameters with a reason and a reference each, and where it was decided."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from disclosure.instance import LEAST_WIDTH, MOST_WIDTH

THRESHOLDS = (3, 5, 10)
_RECORD = re.compile(r"policy sha256:\s*`?([0-9a-f]{64})`?", re.IGNORECASE)


class PolicyError(ValueError):
    """The policy file is wrong; the message lists every finding."""

    def __init__(self, path: Path, findings: list[str]) -> None:
        """Name the file once and list all findings."""
        super().__init__(f"{path.name}: " + "; ".join(findings))
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Policy:
    """The parameters of protection; `reasons` and `references` by entry, `sha256` of the file.

    `singletons` is in no file: only a trial switches the protection against single officers off.
    """

    version: str
    sha256: str
    threshold: int
    primary: str
    p1_values: int
    zeros: str
    marker: str
    order: int
    never_join: tuple[frozenset[str], ...]
    full_lines: str
    allegations_minus_officers: str
    person_constant: tuple[str, ...]
    inner_cells: int
    collusion: str
    hold: str
    hold_exempt: tuple[str, ...]
    exemptions: Mapping[str, str]
    approval: str
    rates: str | int
    median_officers: int
    median_days: int
    reasons: Mapping[str, str]
    references: Mapping[str, str]
    singletons: bool = True

    @classmethod
    def read(cls, path: Path) -> Policy:
        """Read a policy file strictly.

        Raises:
            PolicyError: unknown or missing entries, values out of range, entries without reason or reference.
        """
        content = path.read_bytes()
        try:
            document = tomllib.loads(content.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PolicyError(path, [f"is no TOML: {error}"]) from None
        findings = _strange_entries(document)
        values = {name: _entry(document, name, read, findings) for name, read in _READERS.items()}
        version = document.get("version")
        if not isinstance(version, str):
            findings.append("`version` must be a text")
        if findings:
            raise PolicyError(path, findings)
        return cls(
            version=str(version),
            sha256=hashlib.sha256(content).hexdigest(),
            reasons={name: document[name]["reason"] for name in _READERS},
            references={name: document[name]["reference"] for name in _READERS},
            **values,
        )

    def changed(self, values: Mapping[str, object]) -> Policy:
        """The policy with other values, for trying out: its hash is empty, so that nothing can be published.

        Raises:
            ValueError: an entry that does not exist (the nearest one is named), or a value out of range.
        """
        found: dict[str, Any] = {}
        for name, value in values.items():
            if name not in _READERS:
                close = get_close_matches(name, list(_READERS), n=1)
                raise ValueError(
                    f"unknown entry `{name}`" + (f", did you mean `{close[0]}`?" if close else "")
                )
            try:
                found[name] = _READERS[name](value)
            except (TypeError, ValueError) as error:
                raise ValueError(f"`{name}` {error}") from None
        return replace(self, sha256="", **found)

    def exemption(self, codes: Mapping[str, str]) -> str:
        """The section of the Act under which a cell with these category codes is withheld."""
        special = [self.exemptions[c] for c in codes.values() if c in self.exemptions]
        return special[0] if special else self.exemptions["default"]


def default_policy() -> Path:
    """The policy file of this room."""
    return Path(__file__).with_name("policy.toml")


def recorded_policy(decisions: Path) -> str | None:
    """The policy hash in the newest decision record that names one (`policy sha256: <hex>`), by file name."""
    found = None
    for record in sorted(decisions.glob("*.md")) if decisions.is_dir() else ():
        for match in _RECORD.finditer(record.read_text(encoding="utf-8")):
            found = match.group(1).lower()
    return found


def _strange_entries(document: Mapping[str, Any]) -> list[str]:
    names = ["version", *_READERS]
    findings = []
    for name in document:
        if name not in names:
            close = get_close_matches(name, names, n=1)
            findings.append(f"unknown entry `{name}`" + (f", did you mean `{close[0]}`?" if close else ""))
    return findings


def _entry(document: Mapping[str, Any], name: str, read: Callable[[Any], Any], findings: list[str]) -> Any:  # noqa: ANN401
    entry = document.get(name)
    if not isinstance(entry, Mapping):
        findings.append(f"`[{name}]` is missing")
        return None
    findings += [
        f"`[{name}]` has an unknown key `{k}`" for k in entry if k not in ("value", "reason", "reference")
    ]
    for word in ("reason", "reference"):
        if not isinstance(entry.get(word), str) or not entry[word].strip():
            findings.append(f"`[{name}]` needs a `{word}`")
    try:
        return read(entry["value"])
    except KeyError:
        findings.append(f"`[{name}]` needs a `value`")
    except (TypeError, ValueError) as error:
        findings.append(f"`[{name}]` value {error}")
    return None


def _choice(*allowed: object) -> Callable[[object], Any]:
    def read(value: object) -> object:
        if not any(type(value) is type(one) and value == one for one in allowed):
            raise ValueError(f"must be one of {', '.join(str(a) for a in allowed)}")
        return value

    return read


def _whole(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return read


def _positive(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise TypeError("must be a whole number above 0")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise TypeError("must be a list of texts")
    return tuple(value)


def _joins(value: object) -> tuple[frozenset[str], ...]:
    if not isinstance(value, list):
        raise TypeError("must be a list of lists of dimensions")
    return tuple(frozenset(_texts(v)) for v in value)


def _sections(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping) or "default" not in value:
        raise TypeError("must be a table of category codes to sections, with a `default`")
    return {str(k): str(v) for k, v in value.items()}


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "threshold": _choice(*THRESHOLDS),
    "primary": _choice("officers", "allegations"),
    "p1_values": _whole(LEAST_WIDTH, MOST_WIDTH),
    "zeros": _choice("shown_in_large_lines", "withheld"),
    "marker": _choice("c"),
    "order": _choice(1, 2, 3),
    "never_join": _joins,
    "full_lines": _choice("show", "merge", "withhold", "drop"),
    "allegations_minus_officers": _choice("exempt", "withhold"),
    "person_constant": _texts,
    "inner_cells": _positive,
    "collusion": _choice("off"),
    "hold": _choice("automatic", "off"),
    "hold_exempt": _texts,
    "exemptions": _sections,
    "approval": _choice("automatic", "required"),
    "rates": _choice("withheld", 5, 10, 20),
    "median_officers": _choice(10, 20, 30),
    "median_days": _choice(30, 90),
}
