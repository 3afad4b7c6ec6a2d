"""Each protective step switched off in turn: what it protects against then succeeds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from disclosure.certificate import CertificateError
from disclosure.policy import Policy
from disclosure.publication import Publication
from disclosure.verify import verify

Protect = Callable[..., Publication]
THRESHOLD = 5
CODES = ["a", "b", "c", "d"]
COUNTS = {
    ("2019", "a"): 3, ("2019", "b"): 9, ("2019", "c"): 8, ("2019", "d"): 7,
    ("2020", "a"): 7, ("2020", "b"): 6, ("2020", "c"): 9, ("2020", "d"): 8,
}  # fmt: skip
FEW = {("2019", "a"): 2, ("2019", "b"): 1, **{("2020", code): 20 + n for n, code in enumerate(CODES)}}


def nothing(*_: Any, **__: Any) -> Iterator[str]:
    return iter(())


def none(*_: Any, **__: Any) -> frozenset[str]:
    return frozenset()


def mart(decade: ModuleType, counts: Any, **block: Any) -> Any:
    found = [
        decade.Record(year, f"{year}-{code}-{n}", "male", code, "", "no")
        for (year, code), count in counts.items()
        for n in range(count)
    ]
    given = {
        "title": "Small", "unit": "allegations", "measures": ["n"],
        "dimensions": ["recorded_year", "action_path"], "categories": {"action_path": CODES},
    }  # fmt: skip
    return decade.mart(found, "small", given | block)


# --- steps of verify: a forgery that only this step finds


def _shown(system: Any) -> Any:
    return next(c for c in system["cells"] if c["value"] is not None)


def _withheld(system: Any) -> Any:
    return next(c for c in system["cells"] if c["id"] in system["hidden"])


def _rate(protected: Any) -> dict[str, Any]:
    """Half of all, whatever the counts say."""
    cells = {r["action_path"]: r["cell"] for r in protected["tables"][0]["rows"] if r["year_to"] == 2020}
    return {
        "name": "share", "kind": "rate", "label": "Share", "definition": "", "unit": "per cent",
        "least": 50.0, "most": 50.0, "marker": None, "reason": "", "exemption": "",
        "numerator": [[cells["b"]]], "denominator": cells["Total"],
    }  # fmt: skip


FORGERIES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "forms.policy": ("system", lambda s: s["release"]["header"].update(vocabulary="")),
    "soundness._tables": ("tables", lambda t: t[0]["measures"].append("n")),
    "soundness._system": ("system", lambda s: next(c for c in s["cells"] if c["value"] is None).pop("value")),
    "soundness._table": ("protected", lambda p: p["tables"][0].update(unit="officers")),
    "soundness._shown": ("protected", lambda p: p["tables"][0]["rows"][0].pop("as_at")),
    "soundness._register": (
        "protected",
        lambda p: p["register"].append({"year_from": 2019, "year_to": 2019, "unit": "officers", "value": 1}),
    ),
    "forms.knowledge": ("system", lambda s: _shown(s).update(public=True)),
    "forms.rows": ("tables", lambda t: t[0]["rows"].reverse()),
    "forms.bounds": ("system", lambda s: _withheld(s).update(lower=0)),
    "forms.statements": ("protected", lambda p: p["tables"][0].update(statements=[_rate(p)])),
    "verify._certificate": ("certificate", lambda c: c["attackers"].pop()),
    "verify._proven": ("certificate", lambda c: c["proofs"].pop()),
    "verify._witnesses": ("certificate", lambda c: [w.clear() for w in c["witnesses"]]),
    "verify._csv": ("protected", lambda p: p["tables"][0]["rows"][0].update(notes="b")),
    "verify._downloads": ("protected", lambda p: p["tables"][0]["rows"][0].update(notes="b")),
}


@pytest.fixture(scope="module")
def sound(
    decade: ModuleType, protect: Protect, folders: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    answer = protect([mart(decade, COUNTS)], context=decade.context((2019, 2020)))
    folder: Path = folders.release(answer, tmp_path_factory.mktemp("sound") / "release")
    return folder


@pytest.mark.parametrize("step", FORGERIES)
def test_without_this_step_of_verify_a_forgery_passes(
    step: str, sound: Path, folders: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, how = FORGERIES[step]
    copy = Path(shutil.copytree(sound, tmp_path / "release"))
    folders.change(copy, name, how)
    assert verify(copy)
    monkeypatch.setattr(f"disclosure.{step}", nothing)
    assert verify(copy) == ()


def test_without_the_manifest_a_changed_download_passes(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(sound, tmp_path / "release"))
    (copy / "note.txt").write_text("more", encoding="utf-8")
    assert verify(copy)
    monkeypatch.setattr("disclosure.verify._manifest", nothing)
    assert verify(copy) == ()


@pytest.mark.parametrize("kind", ["equations", "constraints"])
def test_only_both_looks_at_the_equations_together_miss_one_left_out(
    kind: str, example: Publication, folders: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folders.release(example, tmp_path / "release")
    folders.change(folder, "system", lambda system: system[kind].pop())
    found = len(verify(folder))
    monkeypatch.setattr("disclosure.soundness._system", nothing)
    assert 0 < len(verify(folder)) < found
    monkeypatch.setattr("disclosure.forms.system", nothing)
    assert not any(text.startswith("system.json: its") for text in verify(folder))


# --- steps of protection: what they keep from happening, happens


def _shows_small(run: Callable[..., Publication], decade: ModuleType) -> bool:
    rows = run([mart(decade, COUNTS)]).protected["tables"][0]["rows"]
    return any(row["value"] in range(1, THRESHOLD) for row in rows)


def _tells_by_zero(run: Callable[..., Publication], decade: ModuleType) -> bool:
    rows = run([mart(decade, FEW)]).protected["tables"][0]["rows"]
    return any(row["value"] == 0 for row in rows if row["year_to"] == 2019)


STEPS: dict[str, tuple[Any, Callable[..., bool]]] = {
    "rules.primary_codes": (none, _shows_small),
    "rules.possible_zeros": (none, _tells_by_zero),
}


@pytest.mark.parametrize("step", STEPS)
def test_without_this_step_of_protection_something_small_shows(
    step: str, decade: ModuleType, protect: Protect, monkeypatch: pytest.MonkeyPatch
) -> None:
    off, shows = STEPS[step]

    def run(marts: Any) -> Publication:
        answer = protect(marts, context=decade.context((2019, 2020)))
        assert answer.status == "proven"
        return answer

    assert not shows(run, decade)
    monkeypatch.setattr(f"disclosure.{step}", off)
    monkeypatch.setattr("disclosure.attempt.audit", _beaten_off)
    assert shows(run, decade)


def _beaten_off(_: Any) -> Any:
    from disclosure.instance import Audit

    return Audit("proven")


def test_what_protection_forgets_the_certificate_refuses(
    decade: ModuleType, protect: Protect, folders: ModuleType, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("disclosure.rules.primary_codes", none)
    naive = protect([mart(decade, COUNTS)], context=decade.context((2019, 2020)))
    with pytest.raises(CertificateError, match="a small count is shown"):
        folders.release(naive, tmp_path / "one")
    monkeypatch.setattr("disclosure.soundness._small_shown", nothing)
    assert verify(folders.release(naive, tmp_path / "two")) == ()


# --- steps over vintages: the attacker of the history succeeds

HISTORY = {
    "vintages.in_every_vintage": tuple,
    "vintages.differences": lambda *_: {},
    "attempt.Setting.values_before": {},
}


@pytest.mark.parametrize("step", HISTORY)
def test_without_this_step_small_changes_between_vintages_can_be_worked_out(
    step: str, tmp_path: Path, long_run: ModuleType, historian: ModuleType, policy: Policy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A few vintages of the simulated decade, as published without the step."""
    monkeypatch.setattr(f"disclosure.{step}", HISTORY[step])
    if step.startswith("attempt"):
        monkeypatch.setattr("disclosure.vintages.differences", lambda *_: {})
    long_run.run(tmp_path, policy, number=4, blocks=long_run.BLOCKS[:2])
    assert historian.small_changes(historian.read(tmp_path), THRESHOLD)
