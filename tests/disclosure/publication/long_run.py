"""A simulated decade of yearly vintages: late records, reclassifications, closures; released in turn."""

from __future__ import annotations

import datetime
import hashlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from disclosure.certificate import certify
from disclosure.counts import Mart, MartRow
from disclosure.ledger import read_earlier
from disclosure.policy import Policy
from disclosure.publication import Context, Publication, canonical, protect_publication, write
from disclosure.publish import Publish
from disclosure.register import Register

Release = Callable[[Publication, Path], object]
FIRST_YEAR = 2010
PATHS = ("no_action", "formal", "informal", "left_before_outcome", "live")
CLOSED = (("no_action", 74), ("formal", 9), ("informal", 12), ("left_before_outcome", 5))
SEXES = ("male", "female")
BLOCKS: tuple[dict[str, Any], ...] = (
    {
        "table_id": "outcomes_by_year", "title": "Outcomes", "unit": "allegations",
        "measures": ["n_allegations"], "dimensions": ["recorded_year", "action_path"],
        "categories": {"action_path": PATHS}, "alternatives": [{"show": {"recorded_year": ["leaves"]}}],
    },
    {
        "table_id": "allegations_by_year", "title": "Allegations", "unit": "allegations",
        "measures": ["n_allegations"], "dimensions": ["recorded_year", "officer_sex"],
        "categories": {"officer_sex": SEXES}, "alternatives": [{"show": {"recorded_year": ["leaves"]}}],
    },
    {
        "table_id": "officers_by_year", "title": "Officers", "unit": "officers",
        "measures": ["n_officers"], "dimensions": ["recorded_year", "officer_sex"],
        "categories": {"officer_sex": SEXES}, "show": {"recorded_year": ["leaves"]},
    },
)  # fmt: skip


class Case(NamedTuple):
    """An allegation as one vintage has it."""

    recorded_year: str
    officer: str
    officer_sex: str
    action_path: str


@dataclass(frozen=True)
class Told:
    """One vintage of the run: what became of its publication."""

    as_at: str
    publication: Publication
    seconds: float

    @property
    def share(self) -> float:
        """The share of tabulated counts that are shown, in whatever vintage."""
        rows = [row for table in self.publication.protected["tables"] for row in table["rows"]]
        return sum(row["value"] is not None for row in rows) / len(rows)

    @property
    def words(self) -> str:
        """One line of a report."""
        left_out = ", ".join(dropped.table_id for dropped in self.publication.dropped)
        return (
            f"{self.as_at}: {self.share:.0%} shown, {self.fresh:.0%} of it new, "
            f"{len(self.publication.held)} blocks stand, left out: {left_out or 'none'}, {self.seconds:.1f} s"
        )

    @property
    def fresh(self) -> float:
        """The share of shown counts that are of this vintage."""
        rows = [row for table in self.publication.protected["tables"] for row in table["rows"]]
        shown = [row for row in rows if row["value"] is not None]
        return sum(row["as_at"] == self.as_at for row in shown) / len(shown)


def vintages(number: int, size: int, seed: int) -> Iterator[tuple[datetime.date, tuple[Case, ...]]]:
    """The records as at each 30 June: a new year each time, and what happened to the older ones."""
    chance = random.Random(seed)
    cases: list[Case] = []
    for year in range(FIRST_YEAR, FIRST_YEAR + number):
        cases = [_next(case, chance) for case in cases]
        before = range(FIRST_YEAR, year)
        late = [_new(chance.choice(before), size, chance) for _ in range(chance.randrange(3)) if before]
        cases += [*late, *(_new(year, size, chance) for _ in range(size))]
        yield datetime.date(year + 1, 6, 30), tuple(cases)


def _new(year: int, size: int, chance: random.Random) -> Case:
    path = "live" if chance.random() < 0.3 else _closed(chance)
    sex = "female" if chance.random() < 0.2 else "male"
    return Case(str(year), f"{year}-{chance.randrange(10 * size)}-{sex}", sex, path)


def _next(case: Case, chance: random.Random) -> Case:
    """Half of the live cases close in a year; one closed case in a hundred is classified anew."""
    if chance.random() < (0.5 if case.action_path == "live" else 0.01):
        return case._replace(action_path=_closed(chance))
    return case


def _closed(chance: random.Random) -> str:
    paths, weights = zip(*CLOSED, strict=True)
    return str(chance.choices(paths, weights)[0])


def counted(cases: Sequence[Case], block: dict[str, Any]) -> Mart:
    """The records as a mart."""
    publish = Publish.parse(block)
    groups: dict[tuple[str, ...], list[str]] = {}
    for case in cases:
        groups.setdefault(tuple(getattr(case, n) for n in publish.dimensions), []).append(case.officer)
    distinct = publish.unit == "officers"
    rows = (
        MartRow(
            dict(zip(publish.dimensions, codes, strict=True)),
            len(set(people) if distinct else people),
            frozenset(people),
        )
        for codes, people in groups.items()
    )
    return Mart(publish, "", tuple(rows))


def proven(publication: Publication, folder: Path) -> object:
    """Keep a publication with its certificate, and what names its files."""
    write(publication, folder)
    certify(folder)
    files = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}
    (folder / "manifest.json").write_text(canonical({"files": files}), encoding="utf-8")
    return folder


def _key(day: datetime.date, memory: bool) -> bytes:
    """One secret; without memory another one each time, as where the key is lost."""
    return b"k" * 32 if memory else day.isoformat().encode() * 3


def run(
    folder: Path, policy: Policy, number: int = 12, size: int = 120, seed: int = 9, memory: bool = True,
    release: Release = proven, progress: Callable[[str], None] = lambda _: None,
    blocks: Sequence[dict[str, Any]] = BLOCKS,
) -> tuple[Told, ...]:  # fmt: skip
    """Release vintage after vintage into a folder, each with all before it known unless `memory` is off."""
    told = []
    for day, cases in vintages(number, size, seed):
        started = time.process_time()
        years = tuple(range(FIRST_YEAR, day.year))
        context = Context("Example Police", "domestic abuse", "officers", day, years, True)
        marts = [counted(cases, block) for block in blocks]
        earlier = read_earlier(folder) if memory else ()
        answer = protect_publication(marts, context, policy, Register(), earlier, _key(day, memory), 600.0)
        release(answer, folder / day.isoformat())
        told.append(Told(day.isoformat(), answer, time.process_time() - started))
        progress(told[-1].words)
    return tuple(told)
