"""Gate 2 on a later release in which old blocks stand: the sound one passes, each broken twin is caught."""

from __future__ import annotations

import datetime
import importlib.util
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from disclosure.ledger import read_earlier
from disclosure.policy import Policy, default_policy
from disclosure.publication import Publication, canonical, protect_publication, write
from disclosure.register import Register
from expectations import GateRecord, PrivateFacts, gate_out

Counts = Mapping[tuple[int, str], int]
SHARED = Path(__file__).parents[2] / "disclosure" / "publication"
DAY, LATER = datetime.date(2021, 6, 30), datetime.date(2022, 6, 30)
YEARS = (2018, 2019, 2020)
PATHS = ("no_action", "formal", "informal", "live")
COLUMNS = ((40, 9, 11, 0), (42, 8, 12, 7), (35, 7, 9, 20))
FIRST: Counts = {
    (year, p): n for year, c in zip(YEARS, COLUMNS, strict=True) for p, n in zip(PATHS, c, strict=True)
}
ONE_MORE: Counts = {
    **FIRST, (2019, "live"): 14, (2020, "formal"): 8, (2020, "live"): 14, (2020, "no_action"): 40,
}  # fmt: skip
SMALL: Counts = {**FIRST, (2020, "formal"): 3}
POLICY = Policy.read(default_policy())
BLOCK = {
    "title": "Outcomes", "unit": "allegations", "measures": ["n_allegations"],
    "dimensions": ["recorded_year", "action_path"], "categories": {"action_path": list(PATHS)},
}  # fmt: skip


def shared(name: str) -> ModuleType:
    """A module that the tests of the publication share."""
    known = f"held_blocks_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, SHARED / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


@dataclass
class Release:
    """A later release on its way through gate 2."""

    folder: Path
    decisions: Path
    publication: Publication

    def judge(self) -> GateRecord:
        write(self.publication, self.folder)
        private = self.publication.private
        people = {own: frozenset(knows) for own, knows in private.singletons}
        return gate_out(
            self.folder, PrivateFacts(private.values, private.primary, people), self.decisions, None
        )

    def rows(self, as_at: datetime.date | None = None) -> dict[tuple[int, int, str], dict[str, Any]]:
        found = self.publication.protected["tables"][0]["rows"]
        return {
            (r["year_from"], r["year_to"], r["action_path"]): r
            for r in found
            if as_at is None or r["as_at"] == str(as_at)
        }

    def cell(self, row: Mapping[str, Any]) -> dict[str, Any]:
        cells: list[dict[str, Any]] = self.publication.system["cells"]
        return next(cell for cell in cells if cell["code"] == row["cell"])

    def show(self, row: dict[str, Any], value: int) -> None:
        row.update(value=value, marker=None, reason="", exemption="")
        self.cell(row)["value"] = value

    def withhold(self, row: dict[str, Any], like: Mapping[str, Any]) -> None:
        row.update({name: like[name] for name in ("value", "marker", "reason", "exemption", "notes")})
        self.cell(row)["value"] = None

    def list_hidden(self) -> None:
        system: Any = self.publication.system
        shown = {c["id"] for c in system["cells"] if not c.get("published", True) or c["value"] is not None}
        system["hidden"] = [c["id"] for c in system["cells"] if c["id"] not in shown]


@pytest.fixture
def later(tmp_path: Path) -> Callable[..., Release]:
    """Releases the first counts, then protects the second as at a later day."""

    def make(first: Counts, second: Counts, day: datetime.date = LATER) -> Release:
        folders, releases, decisions = shared("folders"), tmp_path / "releases", tmp_path / "decisions"
        for folder in (releases, decisions):
            folder.mkdir()
        (decisions / "0001-policy.md").write_text(f"policy sha256: {POLICY.sha256}\n", encoding="utf-8")
        folders.release(protected(first, DAY, releases), releases / "2021-06-30-first")
        return Release(tmp_path / "protected", decisions, protected(second, day, releases))

    return make


def protected(counts: Counts, as_at: datetime.date, releases: Path) -> Publication:
    decade = shared("decade")
    records = [
        decade.Record(str(year), f"{year}-{code}-{n}", "male", code, "", "no")
        for (year, code), count in counts.items()
        for n in range(count)
    ]
    made = protect_publication(
        [decade.mart(records, "outcomes", BLOCK)],
        decade.context(YEARS, as_at=as_at),
        POLICY,
        Register(),
        read_earlier(releases),
        b"a key of the tests, thirty-two b",
        60.0,
    )
    assert made.status == "proven", made.findings
    return replace(made, **{n: _copy(getattr(made, n)) for n in ("protected", "tables", "system")})


def _copy(content: object) -> Any:
    """What the files will hold, which a test may break."""
    return json.loads(canonical(content))


def failed(record: GateRecord) -> set[str]:
    assert not any(verdict.raised for verdict in record.expectations), record.findings
    return {verdict.name for verdict in record.expectations if not verdict.passed}


@pytest.mark.parametrize("day", [LATER, DAY], ids=["a later day", "a correction of the same day"])
def test_a_release_with_old_blocks_passes(later: Callable[..., Release], day: datetime.date) -> None:
    release = later(FIRST, ONE_MORE, day)
    assert release.publication.held
    assert release.publication.tables[0]["key"]["held"]
    record = release.judge()
    assert record.passed, record.findings


def test_a_later_release_of_withheld_counts_passes(later: Callable[..., Release]) -> None:
    record = later(SMALL, {**SMALL, (2019, "no_action"): 60}).judge()
    assert record.passed, record.findings


def test_an_altered_old_block_is_untrue(later: Callable[..., Release]) -> None:
    """Two counts change places in every old block and in the system: everything adds up, nothing is true."""
    release = later(FIRST, ONE_MORE)
    old = release.rows(DAY)
    moved = old[2020, 2020, "informal"]["value"] - old[2020, 2020, "formal"]["value"]
    for first, last in {(first, last) for first, last, _ in old}:
        for code, change in (("formal", moved), ("informal", -moved)):
            row = old[first, last, code]
            release.show(row, row["value"] + change)
    assert failed(release.judge()) == {"ExpectShownValuesToBeTrue"}


def test_an_old_block_passed_off_as_new_is_refused(later: Callable[..., Release]) -> None:
    release = later(FIRST, ONE_MORE)
    del release.publication.tables[0]["key"]["held"]
    assert failed(release.judge()) == {"ExpectEquationsComplete"}


def test_cells_under_other_numbers_are_refused(later: Callable[..., Release]) -> None:
    """The attackers number the cells as the definitions do: other numbers would aim them elsewhere."""
    release = later(FIRST, FIRST)
    system: Any = release.publication.system
    last = len(system["cells"]) - 1
    for cell in system["cells"]:
        cell["id"] = last - cell["id"]
    for equation in system["equations"]:
        equation.update(total=last - equation["total"], parts=[last - i for i in equation["parts"]])
    for table in release.publication.tables:
        table["rows"][:] = [last - i for i in table["rows"]]
    assert not any(system[name] for name in ("hidden", "known", "constraints"))
    assert failed(release.judge()) == {"ExpectEquationsComplete"}


def test_another_pattern_gives_a_withheld_count_away_where_nothing_changed(
    later: Callable[..., Release],
) -> None:
    """The partner of the small count is shown as of the later day, and another is withheld in its place."""
    release = later(SMALL, SMALL)
    rows = release.rows()
    for year in (2019, 2020):
        partner, other = rows[year, year, "no_action"], rows[year, year, "informal"]
        assert (partner["marker"], other["marker"]) == ("c", None)
        release.withhold(other, like=dict(partner))
        release.show(partner, SMALL[year, "no_action"])
    release.list_hidden()
    record = release.judge()
    assert failed(record) == {"ExpectNothingRecoverable"}
    assert any("(static)" in finding.place for finding in record.findings)
    assert not any("(free)" in finding.place for finding in record.findings)


def test_a_held_difference_that_sums_give_away_is_refused(
    later: Callable[..., Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A protector that forgets the differences holds the year, and lets the new total tell its new count."""
    changed = {**FIRST, (2018, "formal"): 14, (2020, "formal"): 8}
    with monkeypatch.context() as forgetful:
        forgetful.setattr("disclosure.vintages.differences", lambda *_: {})
        release = later(FIRST, changed)
    new = release.rows(LATER)
    known = [new[year, year, "formal"]["value"] for year in (2018, 2019)]
    assert new[2018, 2020, "formal"]["value"] - sum(known) == changed[2020, "formal"]
    assert release.rows(DAY)[2020, 2020, "formal"]["value"] == FIRST[2020, "formal"]
    release.publication.system["release"]["hold_exempt"] = list(POLICY.hold_exempt)
    record = release.judge()
    assert failed(record) == {"ExpectNothingRecoverable"}
    assert all("small difference" in finding.place for finding in record.findings)


def test_a_key_that_no_release_has_is_refused(later: Callable[..., Release]) -> None:
    release = later(FIRST, ONE_MORE)
    release.publication.system["release"]["partners"] = []
    assert failed(release.judge()) == {"ExpectNoPreProtectionColumn"}
