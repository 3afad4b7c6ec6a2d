"""A release proves itself from its published files, and every forgery is found."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from disclosure.certificate import CertificateError, certify, equation_texts
from disclosure.publication import Publication, canonical
from disclosure.published import Published
from disclosure.verify import Unreadable, verify


@pytest.fixture(scope="module")
def sound(example: Publication, folders: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folders.release(example, tmp_path_factory.mktemp("release") / "2021-06-30-example")


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / sound.name))


@pytest.fixture
def forge(copy: Path, folders: ModuleType) -> Callable[..., tuple[str, ...]]:
    """Change one file, seal the folder as a careful forger would, verify."""

    def run(name: str, how: Callable[[Any], Any]) -> tuple[str, ...]:
        folders.change(copy, name, how)
        return verify(copy)

    return run


def withheld(system: Any) -> list[dict[str, Any]]:
    return [cell for cell in system["cells"] if cell["id"] in system["hidden"]]


def live(system: Any) -> dict[str, Any]:
    """The small cell of live cases, whose value is three."""
    return next(c for c in withheld(system) if "time=recorded:2014-2016|action_path=live" in c["code"])


def test_a_sound_release_is_proven(sound: Path) -> None:
    assert verify(sound) == ()


def test_proof_needs_no_private_file(sound: Path) -> None:
    names = {p.name for p in sound.iterdir()}
    expected = {"protected.json", "tables.json", "system.json", "certificate.json", "manifest.json", "tables"}
    assert names == expected


def test_a_changed_byte_differs_from_the_manifest(copy: Path) -> None:
    path = copy / "tables" / "outcomes_by_year.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    assert any("differs from the manifest" in finding for finding in verify(copy))


def test_a_missing_and_a_strange_file_are_found(copy: Path) -> None:
    (copy / "tables" / "outcomes_by_year.csv").rename(copy / "tables" / "other.csv")
    findings = " ".join(verify(copy))
    assert "in the manifest but not in the folder" in findings
    assert "is not in the manifest" in findings


def test_a_folder_without_manifest_is_unreadable(copy: Path) -> None:
    (copy / "manifest.json").unlink()
    with pytest.raises(Unreadable):
        verify(copy)


@pytest.mark.parametrize("text", ["[]", "null", '"text"', "{"])
def test_what_is_no_manifest_is_unreadable(copy: Path, text: str) -> None:
    (copy / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(Unreadable):
        verify(copy)


@pytest.mark.parametrize("files", [[], {"tables.json": 3}, None])
def test_a_manifest_of_another_form_is_a_finding(copy: Path, folders: ModuleType, files: object) -> None:
    manifest = folders.read(copy, "manifest") | {"files": files}
    (copy / "manifest.json").write_text(canonical(manifest), encoding="utf-8")
    assert verify(copy)[0] == "manifest.json: files: is not of the form that a release has"


def test_an_altered_number_in_a_csv_file_is_found(copy: Path, folders: ModuleType) -> None:
    rows = folders.read(copy, "protected")["tables"][0]["rows"]
    rows[0]["value"] += 1
    folders.write_csv(copy / "tables" / "allegations_by_year.csv", rows)
    folders.seal(copy)
    assert any("allegations_by_year.csv: line 2: `value`" in finding for finding in verify(copy))


def test_a_withheld_number_put_back_in_a_csv_file_is_found(copy: Path, folders: ModuleType) -> None:
    table = next(t for t in folders.read(copy, "protected")["tables"] if t["table_id"] == "outcomes_by_year")
    next(r for r in table["rows"] if r["marker"] == "c").update(value=3, marker=None)
    folders.write_csv(copy / "tables" / "outcomes_by_year.csv", table["rows"])
    folders.seal(copy)
    assert any("outcomes_by_year.csv" in finding for finding in verify(copy))


def test_an_altered_number_in_every_file_no_longer_adds_up(copy: Path, folders: ModuleType) -> None:
    code = folders.read(copy, "protected")["tables"][0]["rows"][0]["cell"]

    def raise_cell(system: Any) -> None:
        next(c for c in system["cells"] if c["code"] == code)["value"] += 1

    def raise_row(protected: Any) -> None:
        for table in protected["tables"]:
            for row in table["rows"]:
                row["value"] = row["value"] + 1 if row["cell"] == code else row["value"]

    folders.change(copy, "system", raise_cell)
    folders.change(copy, "protected", raise_row)
    rows = folders.read(copy, "protected")["tables"][0]["rows"]
    folders.write_csv(copy / "tables" / "allegations_by_year.csv", rows)
    folders.seal(copy)
    assert verify(copy)


def test_a_withheld_number_put_back_everywhere_is_found(forge: Callable[..., tuple[str, ...]]) -> None:
    def put_back(system: Any) -> None:
        cell = live(system)
        cell["value"] = 3
        system["hidden"].remove(cell["id"])

    findings = forge("system", put_back)
    assert any("a small count is shown" in finding for finding in findings)


@pytest.mark.parametrize("kind", ["equations", "constraints"])
def test_each_equation_left_out_of_system_and_certificate_is_found(
    kind: str, copy: Path, folders: ModuleType
) -> None:
    last = len(folders.read(copy, "system")[kind]) - 1
    for position in (0, last // 3, last // 2, last):
        broken = Path(shutil.copytree(copy, copy.parent / f"{kind}-{position}"))
        folders.change(broken, "system", lambda system, n=position: system[kind].pop(n))
        texts = list(equation_texts(Published.read(broken).instance))
        folders.change(broken, "certificate", lambda c, t=texts: c.update(equations=t))
        assert any("are not those that the table definitions imply" in f for f in verify(broken))


def test_an_equation_left_out_of_the_certificate_alone_is_found(
    forge: Callable[..., tuple[str, ...]],
) -> None:
    findings = forge("certificate", lambda certificate: certificate["equations"].pop())
    assert any(finding.startswith("certificate.json: its equations") for finding in findings)


def test_a_table_left_out_of_the_definitions_is_found(forge: Callable[..., tuple[str, ...]]) -> None:
    assert forge("tables", lambda tables: tables.pop())


def test_a_least_value_of_zero_is_found_where_zeros_are_shown(
    forge: Callable[..., tuple[str, ...]],
) -> None:
    findings = forge("system", lambda system: [cell.update(lower=0) for cell in withheld(system)])
    assert any("a stated least value does not follow" in finding for finding in findings)


def test_an_invented_bound_is_found(forge: Callable[..., tuple[str, ...]]) -> None:
    findings = forge("system", lambda system: system["cells"][0].update(upper=500))
    assert any("a bound is stated" in finding for finding in findings)


def test_a_lower_threshold_in_one_file_is_found(forge: Callable[..., tuple[str, ...]]) -> None:
    findings = forge("system", lambda system: system.update(threshold=3))
    assert any("one threshold" in finding for finding in findings)


def test_another_policy_in_one_file_is_found(forge: Callable[..., tuple[str, ...]]) -> None:
    findings = forge("protected", lambda protected: protected["header"].update(policy_sha256="0" * 64))
    assert any("one policy" in finding for finding in findings)


def test_a_figure_left_out_of_the_register_is_found(forge: Callable[..., tuple[str, ...]]) -> None:
    findings = forge("system", lambda system: system["known"].popitem())
    assert any("known values are not the figures" in finding for finding in findings)


def test_a_small_cell_called_public_is_found(forge: Callable[..., tuple[str, ...]]) -> None:
    def call_public(system: Any) -> None:
        cell = live(system)
        cell.update(value=3, public=True)
        system["hidden"].remove(cell["id"])

    findings = forge("system", call_public)
    assert any("the cells called public" in finding for finding in findings)


def test_a_witness_that_does_not_add_up_is_found(forge: Callable[..., tuple[str, ...]]) -> None:
    def spoil(certificate: Any) -> None:
        for witness in certificate["witnesses"]:
            witness[str(certificate["proofs"][0]["cell"])] += 1

    assert any("a witness does not fit" in finding for finding in forge("certificate", spoil))


def test_witnesses_that_prove_nothing_are_found(forge: Callable[..., tuple[str, ...]]) -> None:
    def same_twice(certificate: Any) -> None:
        for proof in certificate["proofs"]:
            proof["p1"] = [proof["p1"][0]] * 2

    assert any("prove nothing" in finding for finding in forge("certificate", same_twice))


def test_a_proof_left_out_is_found(forge: Callable[..., tuple[str, ...]]) -> None:
    findings = forge("certificate", lambda certificate: certificate["proofs"].pop())
    assert any("no proof for a withheld cell" in finding for finding in findings)


def test_a_system_too_large_says_so(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("disclosure.verify.LARGEST", 10)
    assert any("too large" in finding for finding in verify(copy))


def test_a_pattern_with_one_hole_is_neither_certified_nor_verified(
    copy: Path, folders: ModuleType, example: Publication
) -> None:
    """The naive pattern: partners shown, so the small cell follows from its total."""

    def show_partner(system: Any) -> None:
        small = live(system)
        band = [c for c in withheld(system) if "time=recorded:2014-2016" in c["code"] and c is not small]
        band[0]["value"] = example.private.values[band[0]["code"]]
        system["hidden"].remove(band[0]["id"])

    folders.change(copy, "system", show_partner)
    with pytest.raises(CertificateError):
        certify(copy)
    assert verify(copy)


def test_the_certificate_depends_on_published_bytes_alone(copy: Path) -> None:
    before = (copy / "certificate.json").read_bytes()
    certify(copy)
    assert (copy / "certificate.json").read_bytes() == before
