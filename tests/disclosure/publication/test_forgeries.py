"""Whatever single thing is changed in a published file, sealed again, `verify` finds it if it matters."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from disclosure.cells import Key
from disclosure.policy import Policy
from disclosure.publication import Publication, canonical
from disclosure.register import Figure, Register
from disclosure.verify import Unreadable, verify

CHANGES = 120
"""Of each file; each is a release verified whole."""
COUNTS = {
    ("2019", "a"): 3, ("2019", "b"): 9, ("2019", "c"): 8, ("2019", "d"): 7,
    ("2020", "a"): 7, ("2020", "b"): 6, ("2020", "c"): 9, ("2020", "d"): 8,
}  # fmt: skip
WORDS = ("title", "description", "dimensions/levels", "dimensions/label", "dimensions/definition",
         "dimensions/categories/label", "dimensions/categories/definition")  # fmt: skip
HARMLESS: dict[str, tuple[str, ...]] = {
    "protected": (*(f"tables/{word}" for word in WORDS), "register/wording", "register/source",
                  "register/source_ref", "breaks", "dropped", "published_figures"),
    "tables": ("dimensions/categories",),
    "system": (),
    "certificate": ("proofs", "proofs/p1", "proofs/p2", "witnesses", "system_sha256"),
}  # fmt: skip
"""Words; the order of categories that no row shows; another witness as good, and what sealing puts right."""


@pytest.fixture(scope="module")
def sound(
    decade: ModuleType, protect: Callable[..., Publication], folders: ModuleType,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:  # fmt: skip
    """Two units, a partner, an impossible category and a public figure."""
    found = [
        decade.Record(year, f"{year}-{code}-{n}", "male", code, "", "no")
        for (year, code), count in COUNTS.items()
        for n in range(count)
    ]
    block: dict[str, Any] = {
        "title": "Small", "unit": "allegations", "measures": ["n"],
        "dimensions": ["recorded_year", "action_path"], "categories": {"action_path": [*"abcdz"]},
        "structural_zero": [{"action_path": ["z"]}],
    }  # fmt: skip
    years = {"unit": "officers", "dimensions": ["recorded_year"], "categories": {}, "structural_zero": []}
    officers = block | years | {"show": {"recorded_year": ["leaves"]}}
    context = decade.context((2019, 2020))
    key = Key.of(context.prefix, "allegations", "recorded", (2019, 2020), {"action_path": "d"})
    answer = protect(
        [decade.mart(found, "small", block), decade.mart(found, "officers", officers)],
        context=context, register=Register((Figure(key, 15, 15, "words", "source", "S1"),)),
    )  # fmt: skip
    assert answer.system["hidden"]
    folder: Path = folders.release(answer, tmp_path_factory.mktemp("sound") / "release")
    assert verify(folder) == ()
    return folder


@pytest.mark.parametrize("name", ["protected", "tables", "system", "certificate"])
def test_every_single_change_that_matters_is_found(
    name: str, sound: Path, folders: ModuleType, forgeries: ModuleType, tmp_path: Path
) -> None:
    content, missed = folders.read(sound, name), set()
    for seed in range(CHANGES):
        path, kind, changed = forgeries.forged(content, random.Random(f"{name} {seed}"))
        copy = Path(shutil.copytree(sound, tmp_path / str(seed)))
        (copy / f"{name}.json").write_text(canonical(changed), encoding="utf-8")
        if not _refused(copy, folders) and forgeries.pattern(path) not in HARMLESS[name]:
            missed.add((forgeries.pattern(path), kind, seed))
        shutil.rmtree(copy)
    assert missed == set()


def test_the_harmless_changes_are_few(sound: Path, folders: ModuleType, forgeries: ModuleType) -> None:
    for name in ("protected", "tables", "system", "certificate"):
        content = folders.read(sound, name)
        made = [forgeries.forged(content, random.Random(f"{name} {seed}"))[0] for seed in range(CHANGES)]
        assert sum(forgeries.pattern(path) in HARMLESS[name] for path in made) < CHANGES * 2 / 3


ZERO = {**COUNTS, ("2019", "b"): 0}


@pytest.mark.parametrize("shown", [True, False])
def test_it_cannot_be_said_that_zeros_are_shown_where_they_are_withheld_nor_the_other_way_round(
    shown: bool, decade: ModuleType, protect: Callable[..., Publication], folders: ModuleType, policy: Policy,
    tmp_path: Path,
) -> None:  # fmt: skip
    """Withheld counts would be 1 or more then, which the proofs were not about; or a 0 stands in a table."""
    zeros = policy.zeros if shown else "withheld"
    answer = protect(
        [decade.by_path(ZERO, "abcd")], context=decade.context((2019, 2020)),
        policy=replace(policy, zeros=zeros),
    )  # fmt: skip
    assert answer.system["zeros_published"] == shown
    folder = folders.release(answer, tmp_path / "release")
    assert verify(folder) == ()
    folders.change(folder, "system", lambda system: system.update(zeros_published=not shown))
    words = "a zero is shown in a line" if shown else "a witness does not fit"
    assert any(words in finding for finding in verify(folder))


def _refused(copy: Path, folders: ModuleType) -> bool:
    try:
        folders.change(copy, "certificate", lambda _: None)
    except (AttributeError, KeyError, TypeError):
        return True  # so broken that not even a forger can seal it
    try:
        return bool(verify(copy))
    except Unreadable:
        return True
