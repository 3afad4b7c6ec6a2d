"""The landing's register of public figures, read before anything else is done with it."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from dagster_project.errors import BadInput
from dagster_project.settings import Settings

if TYPE_CHECKING:
    from disclosure.register import Figure, Register
    from ingest import Landing

NAME = "register.toml"


def register_of(settings: Settings) -> Register:
    """The register beside `sources.toml`; an empty one where there is none.

    Raises:
        BadInput: it is malformed, or a figure names a dimension or category that no code list has: what is
            public would then count for nothing.
    """
    from disclosure.register import Register, RegisterError

    try:
        register = Register.read(settings.landing / NAME)
    except RegisterError as error:
        raise BadInput((str(error),)) from None
    codes = _codes(settings)
    findings = [
        f"{NAME}: figure {number}: {words}"
        for number, figure in enumerate(register.figures, start=1)
        for words in _slips(figure, codes)
    ]
    if findings:
        raise BadInput(findings)
    return register


def elsewhere(register: Register, landing: Landing) -> Iterator[str]:
    """A line on the figures that protect nothing here, since they count other records."""
    mine = {(landing.force, landing.scope, landing.population, f"{one.as_at}") for one in landing.sources}
    figures = enumerate(register.figures, start=1)
    others = [str(number) for number, figure in figures if _of(figure) not in mine]
    if others:
        yield (
            f"{NAME}: about another force, scope, population or as-at day, so binding nothing here: "
            f"figure {', '.join(others)}"
        )


def _of(figure: Figure) -> tuple[str, str, str, str]:
    scope = figure.key.scope
    return scope.force, scope.scope, scope.population, scope.day


def _slips(figure: Figure, codes: Mapping[str, Collection[str]]) -> Iterator[str]:
    for name, code in figure.key.dimensions:
        if name not in codes:
            yield f"no dimension `{name}`{_nearest(name, codes)}"
        elif codes[name] and code not in codes[name]:
            yield f"`{name}` has no category `{code}`{_nearest(code, codes[name])}"


def _nearest(word: str, known: Collection[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f", did you mean `{close[0]}`?" if close else f"; known are {', '.join(sorted(known))}"


def _codes(settings: Settings) -> dict[str, set[str]]:
    """Categories by dimension; none for columns of an extract that have no list, or one by vocabulary."""
    from ingest.canonical import EXTRACT

    found: dict[str, set[str]] = defaultdict(set, {name: set() for name in EXTRACT})
    with (settings.seeds / "seed_codes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["list"]].add(row["code"])
    return dict(found)
