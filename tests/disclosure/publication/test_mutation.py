"""Each protective step switched off in turn: what it protects against then succeeds."""

from __future__ import annotations

import ast
import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from disclosure.audit import audit
from disclosure.cells import Key
from disclosure.certificate import CertificateError, certify
from disclosure.instance import Audit, Instance
from disclosure.policy import Policy
from disclosure.publication import Publication, canonical
from disclosure.published import Published
from disclosure.register import Figure, Register
from disclosure.rules import Withholding
from disclosure.soundness import findings
from disclosure.verify import verify

Protect = Callable[..., Publication]
Files = dict[str, Any]
THRESHOLD = 5
CODES = ["a", "b", "c", "d"]
COUNTS = {
    ("2019", "a"): 3, ("2019", "b"): 9, ("2019", "c"): 8, ("2019", "d"): 7,
    ("2020", "a"): 7, ("2020", "b"): 6, ("2020", "c"): 9, ("2020", "d"): 8,
}  # fmt: skip
FEW = {("2019", "a"): 2, ("2019", "b"): 1, **{("2020", code): 20 + n for n, code in enumerate(CODES)}}
JSON = ("protected", "tables", "system", "certificate")


def nothing(*_: Any, **__: Any) -> Iterator[str]:
    return iter(())


def none(*_: Any, **__: Any) -> frozenset[str]:
    return frozenset()


def mart(decade: ModuleType, counts: Any, table_id: str = "small", **block: Any) -> Any:
    found = [
        decade.Record(year, f"{year}-{code}-{n}", "female" if n % 2 else "male", code, "", "no")
        for (year, code), count in counts.items()
        for n in range(count)
    ]
    given = {
        "title": "Small", "unit": "allegations", "measures": ["n"],
        "dimensions": ["recorded_year", "action_path"], "categories": {"action_path": CODES},
    }  # fmt: skip
    return decade.mart(found, table_id, given | block)


# --- steps of verify: a forgery that only this step finds


def _cell(files: Files, end: str) -> Any:
    return next(c for c in files["system"]["cells"] if c["code"].endswith(end))


def _row(files: Files, end: str) -> Any:
    rows = (row for table in files["protected"]["tables"] for row in table["rows"])
    return next(row for row in rows if row["cell"].endswith(end))


def _table(files: Files) -> Any:
    return files["protected"]["tables"][0]


def _rate(files: Files) -> Any:
    return _table(files)["statements"][0]


def _headers(files: Files) -> Any:
    return files["protected"]["header"], files["system"]["release"]["header"]


def _swapped(cells: list[Any]) -> None:
    """Two cells that no table shows, each under its own number, in the place of the other."""
    inner = [n for n, cell in enumerate(cells) if cell.get("published") is False]
    first, second = inner[:2]
    cells[first], cells[second] = cells[second], cells[first]


def _lowest(files: Files) -> None:
    """As proof that a cell may be large, the table in which it is smallest."""
    tables = files["certificate"]["witnesses"]
    for proof in files["certificate"]["proofs"]:
        proof["p2"] = min(proof["p1"], key=lambda n: tables[n][str(proof["cell"])])


PARTNER = "|time=recorded:2019|action_path=d"
SMALL, LARGE = "|time=recorded:2019|action_path=a", "|time=recorded:2019|action_path=b"
FEMALE, PEOPLE = "|time=recorded:2019|officer_sex=female", "unit=officers|time=recorded:2019"
FORM, BOUND = "not of the form that a release has", "a bound is stated that nothing published implies"
FORGED: dict[str, list[tuple[str, Callable[[Files], Any]]]] = {
    "forms.policy": [
        ("is of another version", lambda f: f["protected"].update(version=2)),
        ("its threshold is not", lambda f: [f[n].update(threshold=6) for n in ("system", "certificate")]),
        ("its width is not that", lambda f: f["system"].pop("width")),
        ("its header is not that", lambda f: f["system"]["release"]["header"].update(vocabulary="")),
    ],
    "forms.knowledge": [
        ("the known values are not", lambda f: f["system"]["known"].update({str(_cell(f, LARGE)["id"]): 9})),
        ("the cells called public are not", lambda f: _cell(f, LARGE).update(public=True)),
    ],
    "forms.system": [
        ("its cells are not those", lambda f: _swapped(f["system"]["cells"])),
        ("its equations are not those", lambda f: f["system"]["equations"].reverse()),
        ("its equations are not those", lambda f: f["system"]["constraints"].reverse()),
    ],
    "forms.rows": [
        ("tables.json: the rows of small", lambda f: f["tables"][0]["rows"].reverse()),
        ("protected.json: the rows of small", lambda f: _table(f)["rows"].pop()),
    ],
    "forms.bounds": [
        ("a stated least value does not follow", lambda f: _cell(f, SMALL).update(lower=0)),
        (BOUND, lambda f: _cell(f, FEMALE).update(upper=90)),
        (BOUND, lambda f: _cell(f, FEMALE).update(lower=1)),
    ],
    "forms.statements": [
        ("not about the cells", lambda f: _rate(f).update(denominator=_row(f, PEOPLE)["cell"])),
        ("does not follow from counts", lambda f: _rate(f).update(least=50.0, most=50.0)),
        ("is not in its one form", lambda f: _rate(f).update(unit="x")),
    ],
    "soundness._layout": [
        (FORM, lambda f: f["protected"].update(note="three")),
        (FORM, lambda f: _table(f)["dimensions"][0].update(label=1)),
        (FORM, lambda f: _row(f, LARGE).update(notes=1)),
        (FORM, lambda f: [header.update(year_from=2019.0) for header in _headers(f)]),
        (FORM, lambda f: [t.update(rows=[n if n > 1 else bool(n) for n in t["rows"]]) for t in f["tables"]]),
        (FORM, lambda f: f["system"]["release"].update(kept=[3])),
    ],
    "soundness._tables": [("definition of small", lambda f: f["tables"][0]["measures"].append("n"))],
    "soundness._sound": [
        ("", lambda f: f["tables"][0]["structural_zero"].append(f["tables"][0]["structural_zero"][0])),
        ("", lambda f: f["tables"][0]["structural_zero"][0]["action_path"].append("z")),
        ("", lambda f: [axis.update(adds=1) for axis in f["tables"][0]["dimensions"]]),
        ("", lambda f: f["tables"][0]["key"].update(held={"1999": "2020-06-30"})),
    ],
    "soundness._system": [
        ("is not in its one form", lambda f: _cell(f, SMALL).pop("value")),
        ("a public figure", lambda f: f["system"]["release"]["figures"][0].update(outside=[])),
    ],
    "soundness.findings": [("its tables are not those", lambda f: f["protected"]["tables"].reverse())],
    "soundness._table": [
        ("in other words", lambda f: _table(f).update(unit="officers")),
        ("in other words", lambda f: _table(f)["dimensions"][0].update(levels=["weeks"])),
    ],
    "soundness._shown": [
        ("says other than its cell", lambda f: _row(f, LARGE).update(as_at="2020-06-30")),
        ("json differ", lambda f: _row(f, SMALL).update(value=9, marker=None, reason="", exemption="")),
        ("gives another reason", lambda f: _row(f, SMALL).update(reason="fewer than five")),
    ],
    "soundness._explained": [
        ("", lambda f: _row(f, SMALL).update(reason="fewer than five")),
        ("", lambda f: _row(f, SMALL).update(exemption="")),
        ("", lambda f: _row(f, LARGE).update(reason="already public", exemption="s.21")),
    ],
    "soundness._register": [("a public figure", lambda f: f["protected"]["register"][0].update(value=16))],
    "soundness._counts": [
        ("neither shown nor withheld", lambda f: _cell(f, SMALL).update(value=3)),
        ("an unpublished cell has a value", lambda f: _cell(f, FEMALE).update(value=12)),
    ],
    "verify._texts": [
        (FORM, lambda f: f["certificate"].update(note="three")),
        (FORM, lambda f: f["certificate"].update(version=True)),
    ],
    "verify._certificate": [
        ("its equations are not", lambda f: f["certificate"]["equations"].pop()),
        ("about another release", lambda f: f["certificate"].update(release_id="x")),
        ("its attackers are not", lambda f: f["certificate"]["attackers"].pop()),
        ("its attackers are not", lambda f: f["certificate"].update(version=2)),
        ("one threshold", lambda f: f["certificate"].update(threshold=3)),
        ("one width", lambda f: f["certificate"].pop("width")),
        ("one policy", lambda f: f["certificate"].update(policy_sha256="0" * 64)),
    ],
    "verify._proven": [("cells it calls exempt", lambda f: f["certificate"]["exempt"].append(1))],
    "verify._witnesses": [
        ("no proof for a withheld cell", lambda f: f["certificate"]["proofs"].pop()),
        ("does not fit", lambda f: [w.update(dict.fromkeys(w, 0)) for w in f["certificate"]["witnesses"]]),
        ("prove nothing", lambda f: [p.update(p1=p["p1"][:1] * 3) for p in f["certificate"]["proofs"]]),
        ("prove nothing", _lowest),
    ],
}  # fmt: skip
"""By step: words of a finding, and a change of the files that has this finding and no other."""
STANDS_FOR = {"soundness._sound": True, "soundness._explained": True}
"""What a step that is no list of findings says while it is switched off."""


@pytest.fixture(scope="module")
def sound(
    decade: ModuleType, protect: Protect, folders: ModuleType, policy: Policy,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:  # fmt: skip
    """Two units, inner cells, a rate, an impossible category, a public figure, three possible counts."""
    context = decade.context((2019, 2020))
    shape = {
        "categories": {"action_path": [*CODES, "z"]}, "structural_zero": [{"action_path": ["z"]}],
        "rates": {"share": {"dimension": "action_path", "category": "b"}},
    }  # fmt: skip
    years = {"dimensions": ["recorded_year"], "categories": {}, "show": {"recorded_year": ["leaves"]}}
    sexes = {
        "dimensions": ["recorded_year", "officer_sex"], "categories": {"officer_sex": ["male", "female"]},
        "show": {"recorded_year": ["leaves"], "officer_sex": ["total"]},
    }  # fmt: skip
    marts = [
        mart(decade, COUNTS, **shape),
        mart(decade, COUNTS, "people", unit="officers", **years),
        mart(decade, COUNTS, "sexes", **sexes),
    ]
    key = Key.of(context.prefix, "allegations", "recorded", (2019, 2020), {"action_path": "d"})
    register = Register((Figure(key, 15, 15, "words", "source", "S1"),))
    answer = protect(marts, context=context, register=register, policy=replace(policy, p1_values=3))
    folder: Path = folders.release(answer, tmp_path_factory.mktemp("sound") / "release")
    assert verify(folder) == ()
    return folder


def forge(folder: Path, folders: ModuleType, how: Callable[[Files], Any]) -> None:
    """Change the files as a careful forger would, who makes the downloads, the hash and the seal anew."""
    files = {name: folders.read(folder, name) for name in JSON}
    how(files)
    (folder / "system.json").write_text(canonical(files["system"]), encoding="utf-8")
    stated = hashlib.sha256((folder / "system.json").read_bytes()).hexdigest()
    files["certificate"]["system_sha256"] = stated
    for name, content in files.items():
        (folder / f"{name}.json").write_text(canonical(content), encoding="utf-8")
    for table in files["protected"]["tables"]:
        folders.write_csv(folder / "tables" / f"{table['table_id']}.csv", table["rows"])
    folders.seal(folder)


def switched_off(step: str, words: str) -> Callable[..., Any]:
    """The step without the findings that have these words."""
    if step in STANDS_FOR:
        return lambda *_: STANDS_FOR[step]
    module, _, name = step.partition(".")
    real = getattr(import_module(f"disclosure.{module}"), name)
    return lambda *given: (text for text in real(*given) if words not in text)


@pytest.mark.parametrize(
    ("step", "number"), [(step, n) for step, cases in FORGED.items() for n in range(len(cases))]
)
def test_without_this_step_of_verify_a_forgery_passes(
    step: str, number: int, sound: Path, folders: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, how = FORGED[step][number]
    copy = Path(shutil.copytree(sound, tmp_path / "release"))
    forge(copy, folders, how)
    assert verify(copy)
    monkeypatch.setattr(f"disclosure.{step}", switched_off(step, words))
    assert verify(copy) == ()


def _more(folder: Path) -> None:
    (folder / "note.txt").write_text("more", encoding="utf-8")


def _less(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"]["site/index.html"] = "0" * 64
    (folder / "manifest.json").write_text(canonical(manifest), encoding="utf-8")


def _other(folder: Path) -> None:
    path = folder / "tables" / "small.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def _renamed(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["release_id"] = "2021-06-30-000000000000"
    (folder / "manifest.json").write_text(canonical(manifest), encoding="utf-8")


def _riding_along(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes()) | {"note": "3"}
    (folder / "manifest.json").write_text(canonical(manifest), encoding="utf-8")


def _csv(how: Callable[[list[list[str]]], Any]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "tables" / "small.csv"
        lines = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        how(lines)
        path.write_text("".join(",".join(line) + "\n" for line in lines), encoding="utf-8")

    return change


def _blank(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / f"{name}.json"
        text = path.read_text(encoding="utf-8")
        first = text[1 : text.index(":")]
        path.write_text(text.replace("{", f"{{{first}:3,", 1), encoding="utf-8")

    return change


def _about_another(folder: Path) -> None:
    path = folder / "certificate.json"
    content = json.loads(path.read_bytes()) | {"system_sha256": "0" * 64}
    path.write_text(canonical(content), encoding="utf-8")


def _history(folder: Path) -> None:
    (folder / "history.json").write_text(canonical([{"release_id": "x", "count": 3}]), encoding="utf-8")


LEFT_OPEN: dict[str, tuple[str, str, Callable[[Path], Any], bool]] = {
    "a file more": ("verify._manifest", "is not in the manifest", _more, False),
    "a file less": ("verify._manifest", "but not in the folder", _less, False),
    "another file": ("verify._manifest", "differs from the manifest", _other, False),
    "another name": ("verify._manifest", "the release id is not", _renamed, False),
    "a note in the manifest": ("verify._strange", FORM, _riding_along, False),
    "a name twice in the manifest": ("verify._strange", "says a name twice", _blank("manifest"), False),
    "a line more in a download": ("verify._csv", "other rows", _csv(lambda c: c.append(c[-1])), True),
    "a column less in a download": (
        "verify._csv", "other columns", _csv(lambda c: [line.pop(5) for line in c]), True,
    ),
    "a column more in a download": (
        "verify._csv", "", _csv(lambda c: [line.append("3") for line in c]), True,
    ),
    "another number in a download": (
        "verify._csv", "is not what protected.json says", _csv(lambda c: c[1].__setitem__(-5, "3")), True,
    ),
    "a download more": (
        "verify._downloads", "the files are not those",
        lambda folder: shutil.copy(folder / "tables" / "small.csv", folder / "tables" / "more.csv"), True,
    ),
    "a name twice in a file": ("verify._texts", "in the one text", _blank("protected"), True),
    "another system": ("verify._certificate", "about another system.json", _about_another, True),
    "a history with counts": ("verify._texts", FORM, _history, True),
}  # fmt: skip
"""By what was done to a folder: the step, words of its finding, the deed, and whether it was sealed again."""


@pytest.mark.parametrize("deed", LEFT_OPEN)
def test_without_this_step_of_verify_a_changed_folder_passes(
    deed: str, sound: Path, folders: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, words, how, sealed = LEFT_OPEN[deed]
    copy = Path(shutil.copytree(sound, tmp_path / "release"))
    how(copy)
    if sealed:
        folders.seal(copy)
    assert verify(copy)
    monkeypatch.setattr(f"disclosure.{step}", switched_off(step, words))
    assert verify(copy) == ()


def test_without_the_release_id_another_content_keeps_its_name(
    sound: Path, folders: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A title changed, all sealed anew but for the name: readers would take it for what they know."""
    copy = Path(shutil.copytree(sound, tmp_path / "release"))
    name = json.loads((copy / "manifest.json").read_bytes())["release_id"]
    forge(copy, folders, lambda f: _table(f).update(title="Other"))
    assert verify(copy) == ()
    manifest = json.loads((copy / "manifest.json").read_bytes()) | {"release_id": name}
    (copy / "manifest.json").write_text(canonical(manifest), encoding="utf-8")
    assert verify(copy) == ("manifest.json: the release id is not that of the published content",)
    monkeypatch.setattr("disclosure.verify._release_id", lambda _: name)
    assert verify(copy) == ()


@pytest.mark.parametrize("kind", ["equations", "constraints"])
def test_without_the_look_at_the_equations_one_may_be_left_out(
    kind: str, sound: Path, folders: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the system and from the certificate: fewer equations prove too much."""
    copy = Path(shutil.copytree(sound, tmp_path / "release"))

    def left_out(files: Files) -> None:
        codes = {cell["id"]: cell["code"] for cell in files["system"]["cells"]}
        gone = files["system"][kind].pop()
        named = [gone["total"]] if kind == "equations" else [i for i, _ in gone["terms"]]
        start = f"{codes[named[0]]} = " if kind == "equations" else f"{gone['terms'][0][1]} {codes[named[0]]}"
        texts = files["certificate"]["equations"]
        texts.remove(next(text for text in texts if text.startswith(start) and _is(text, gone, codes)))

    forge(copy, folders, left_out)
    assert verify(copy) == (
        "system.json: its equations are not those that the table definitions imply, in their one form",
    )
    monkeypatch.setattr("disclosure.forms.system", nothing)
    assert verify(copy) == ()


def _is(text: str, line: Any, codes: dict[int, str]) -> bool:
    """Whether a text of the certificate is this line of the system."""
    named = line["parts"] if "parts" in line else [i for i, _ in line["terms"]]
    return all(codes[i] in text for i in named)


# --- every finding that there is


def test_no_finding_of_verify_is_without_its_forgery() -> None:
    """The words of each finding, as they stand in the code, have a forgery above or a test of their own."""
    tried = [words for cases in FORGED.values() for words, _ in cases if words]
    tried += [words for _, words, *_ in LEFT_OPEN.values()]
    found = [text for name in ("forms", "soundness", "verify") for text in _yielded(name)]
    assert len(found) > 40
    assert [text for text in found if not any(words in text for words in (*tried, *ELSEWHERE))] == []


ELSEWHERE = (
    "the threshold is no whole number above 1",
    "a zero is shown in a line",
    "a small count is shown",
    "a small inner count follows",
    "a small difference can be worked out",
    "the attack was not beaten off",
    "too large to be proven again",
)
"""Tested below, in `test_verify.py`, and (the threshold) with the second gate."""


def _yielded(name: str) -> Iterator[str]:
    """The constant words of every text that a module yields."""
    source = Path(import_module(f"disclosure.{name}").__file__ or "").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        values = [node.value] if isinstance(node, ast.Yield) else []
        if isinstance(node, ast.YieldFrom) and isinstance(node.value, ast.GeneratorExp):
            values = [node.value.elt]
        for value in values:
            parts = value.values if isinstance(value, ast.JoinedStr) else [value]
            words = [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]
            if words:
                yield "small".join(words)


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
    return Audit("proven")


def satisfied(instance: Instance) -> Audit:
    """An attacker who gives up: the proofs that there are, and no word of what is open."""
    return replace(audit(instance), status="proven")


@dataclass(frozen=True)
class Forgotten:
    """What protection forgot: its steps switched off, the table that it made, and the steps that find it."""

    off: Mapping[str, Any]
    found_by: Mapping[str, Any]
    counts: Any = field(default_factory=lambda: COUNTS)
    block: Mapping[str, Any] = field(default_factory=dict)
    zeros: str = "shown_in_large_lines"
    figure: int | None = None


THREE = {
    ("2018", "a"): 9, ("2019", "a"): 2, ("2020", "a"): 7,
    **{(year, "b"): 20 for year in ("2018", "2019", "2020")},
}  # fmt: skip
BANDS = {
    "categories": {"action_path": ["a", "b"]}, "bands": {"recorded_year": [[2018, 2019], [2019, 2020]]},
    "show": {"recorded_year": ["bands", "total"]},
}  # fmt: skip
LARGER = {(year, code): 20 + n for year in ("2019", "2020") for n, code in enumerate(CODES)}
ZERO = {**LARGER, ("2019", "b"): 0}
SHOWN_ZERO = lambda: switched_off("forms.bounds", "a zero is shown in a line")  # noqa: E731
FORGOTTEN: dict[str, Forgotten] = {
    "a small count is shown": Forgotten(
        {"rules.primary_codes": none}, {"soundness._small_shown": nothing}
    ),
    "a small inner count follows": Forgotten(
        {"rules.small_inner": none}, {"rules.small_inner": none}, THREE, BANDS
    ),
    "a small difference can be worked out": Forgotten(
        {"rules.small_inner": none, "vintages.differences": lambda *_: {}},
        {"rules.small_inner": none, "published.Published.given_away": nothing},
        LARGER, figure=2 + LARGER["2019", "a"] + LARGER["2020", "a"],
    ),
    "a zero is shown in a line": Forgotten(
        {"rules.zeros_among": lambda *_: Withholding()}, {"forms.bounds": SHOWN_ZERO}, ZERO,
        zeros="withheld",
    ),
    "a zero is shown in a line that may be small": Forgotten(
        {"rules.possible_zeros": none, "attempt.audit": lambda _: Audit("proven")},
        {"forms.bounds": SHOWN_ZERO, "verify.audit": satisfied}, FEW,
    ),
}  # fmt: skip
"""By the words of the finding; where two steps find it, both are switched off in the end."""


@pytest.mark.parametrize("words", FORGOTTEN)
def test_what_protection_forgets_the_certificate_refuses(
    words: str, decade: ModuleType, protect: Protect, folders: ModuleType, tmp_path: Path, policy: Policy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    case = FORGOTTEN[words]
    years = tuple(sorted({int(year) for year, _ in case.counts}))
    context = decade.context(years)
    key = Key.of(context.prefix, "allegations", "recorded", (2018, 2019, 2020), {"action_path": "a"})
    figures = () if case.figure is None else (Figure(key, case.figure, case.figure, "words", "source", "S1"),)
    with monkeypatch.context() as patch:
        for step, other in case.off.items():
            patch.setattr(f"disclosure.{step}", other)
        naive = protect(
            [mart(decade, case.counts, **case.block)], context=context, register=Register(figures),
            policy=replace(policy, zeros=case.zeros),
        )  # fmt: skip
    assert naive.status == "proven"
    published = Published(naive.protected, tuple(naive.tables), naive.system)
    assert any(words in finding for finding in findings(published))
    with pytest.raises(CertificateError, match="verify would refuse it"):
        folders.release(naive, tmp_path / "one")
    others = {step: (other() if other is SHOWN_ZERO else other) for step, other in case.found_by.items()}
    for number, (step, other) in enumerate(others.items()):
        monkeypatch.setattr(f"disclosure.{step}", other)
        if step == "verify.audit":
            monkeypatch.setattr("disclosure.certificate.audit", other)
        last = number == len(others) - 1
        assert _is_published(naive, folders, tmp_path / f"{number}") == last


def _is_published(naive: Publication, folders: ModuleType, folder: Path) -> bool:
    try:
        return verify(folders.release(naive, folder)) == ()
    except CertificateError:
        return False


def test_without_its_attack_a_certificate_would_be_written_for_an_open_cell(
    sound: Path, folders: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One withheld cell shown with its true count: its partner follows, and nothing else says so."""
    copy = Path(shutil.copytree(sound, tmp_path / "release"))

    def opened(files: Files) -> None:
        cell, row = _cell(files, PARTNER), _row(files, PARTNER)
        cell.update(value=COUNTS["2019", "d"])
        cell.pop("lower", None)
        files["system"]["hidden"].remove(cell["id"])
        row.update(value=cell["value"], marker=None, reason="", exemption="")

    forge(copy, folders, opened)
    with pytest.raises(CertificateError, match="is not proven"):
        certify(copy)
    monkeypatch.setattr("disclosure.certificate.audit", lambda _: Audit("proven"))
    certify(copy)
    folders.seal(copy)
    assert any("the attack was not beaten off" in finding for finding in verify(copy))
    monkeypatch.setattr("disclosure.verify.audit", lambda _: Audit("proven"))
    assert {finding.partition(" (")[0] for finding in verify(copy)} == {
        "certificate.json: no proof for a withheld cell"
    }
    monkeypatch.setattr("disclosure.verify._witnesses", nothing)
    assert verify(copy) == ()


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
