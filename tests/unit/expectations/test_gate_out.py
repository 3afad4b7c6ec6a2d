"""Gate 2: passes a sound folder; for each expectation there is a broken twin that this one alone catches."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from expectations import GateRecord, outgoing, suites
from expectations.findings import Rule

Break = Callable[[Any], None]
FRAME = outgoing.frame


def failed(record: GateRecord) -> set[str]:
    return {verdict.name for verdict in record.expectations if not verdict.passed}


def test_a_sound_folder_passes_with_a_verdict_of_every_expectation(candidate: Any) -> None:
    record = candidate.judge()
    assert record.passed
    assert [verdict.name for verdict in record.expectations] == [rule.name for rule in outgoing.RULES]
    assert set(outgoing.REQUIRED) == {rule.name for rule in outgoing.RULES}
    assert record.findings == ()
    assert set(record.judged_sha256) == {"protected.json", "tables.json", "system.json"}


def test_a_width_that_is_kept_passes(judged: Callable[[Break], GateRecord]) -> None:
    def six(c: Any) -> None:
        ask_for_more_counts(c)
        for stated in (c.system, c.protected["header"], c.system["release"]["header"]):
            stated["width"] = 6

    assert judged(six).passed


def show_hidden_partner(c: Any) -> None:
    """Partners that are not small in themselves: only the attack sees what can now be worked out."""
    for year, code in ((2018, "formal"), (2018, "informal")):
        row = c.row("outcomes_by_year", year, code)
        row.update(value=c.private.values[row["cell"]], marker=None, reason="", exemption="")
        c.cell(row)["value"] = row["value"]
    c.system["hidden"] = [cell["id"] for cell in c.system["cells"] if cell["id"] in hidden_ids(c)]


def hidden_ids(c: Any) -> set[int]:
    cells = c.system["cells"]
    return {cell["id"] for cell in cells if cell.get("published", True) and cell["value"] is None}


def ask_for_more_counts(c: Any) -> None:
    """The withheld cells can have six counts each; where a policy asks for seven, they are too few."""
    for stated in (c.system, c.protected["header"], c.system["release"]["header"]):
        stated["width"] = 7


def state_a_width_in_one_file(c: Any) -> None:
    c.system["width"] = 3


def show_primary_in_one_table(c: Any) -> None:
    """A cell of 7 allegations against too few officers, never withheld."""
    row = c.row("outcomes_by_year", 2019, "informal")
    c.private = replace(c.private, primary={row["cell"]})


def show_small_count(c: Any) -> None:
    """A small cell that the protection took for public knowledge, but whose figure does not say so."""
    c.row("allegations_by_sex", 2017, "female").update(reason="")


def call_small_count_public(c: Any) -> None:
    """A small count passed off as already public, which no register entry supports."""
    row = c.row("outcomes_by_year", 2017, "formal")
    row.update(value=3, marker=None, reason="already public", exemption="s.21")
    c.cell(row).update(value=3, public=True)
    for code, year in (("informal", 2017), ("formal", 2018), ("informal", 2018)):
        partner = c.row("outcomes_by_year", year, code)
        count = c.private.values[partner["cell"]]
        partner.update(value=count, marker=None, reason="", exemption="")
        c.cell(partner)["value"] = count
    c.system["hidden"] = []
    c.private = replace(c.private, primary=frozenset())


def add_column(c: Any) -> None:
    c.row("outcomes_by_year", 2019, "formal")["officer_keys"] = []


def add_dimension(c: Any) -> None:
    table = c.protected["tables"][0]
    table["dimensions"].append(dict(table["dimensions"][1], name="officer_key", categories=[]))
    for row in table["rows"]:
        row["officer_key"] = "Total"


def add_file(c: Any) -> None:
    (c.folder / "warehouse.duckdb").write_bytes(b"")


def add_inner_value(c: Any) -> None:
    inner = next(cell for cell in c.system["cells"] if cell.get("published") is False)
    inner["value"] = 6


def list_singletons(c: Any) -> None:
    c.system["singletons"] = []


def mark_and_show(c: Any) -> None:
    c.row("outcomes_by_year", 2019, "formal")["notes"] = "q"


def negate(c: Any) -> None:
    row = c.row("would_have_been_dismissed", 2017)
    row.update(marker=None)


def differ_between_tables(c: Any) -> None:
    """The table shows what the linked system withholds: the proof is about something else."""
    c.row("outcomes_by_year", 2018, "formal").update(value=9, marker=None, reason="", exemption="")


def tell_primary_from_partner(c: Any) -> None:
    c.row("outcomes_by_year", 2017, "formal")["reason"] = "fewer than five officers"


def add_to_history(c: Any) -> None:
    (c.folder / "history.json").write_text('[{"release_id":"x","n_allegations":3}]', encoding="utf-8")


def call_small_cell_structural(c: Any) -> None:
    """A small cell that the primary rule forgot, behind a marker that says something else."""
    row = c.row("outcomes_by_year", 2017, "formal")
    row.update(marker="x")
    c.private = replace(c.private, primary=frozenset())


def untrue_value(c: Any) -> None:
    cell = c.row("outcomes_by_year", 2019, "formal")["cell"]
    c.private = replace(c.private, values={**c.private.values, cell: 15})


def untrue_structural_zero(c: Any) -> None:
    cell = c.row("would_have_been_dismissed", 2017)["cell"]
    c.private = replace(c.private, values={**c.private.values, cell: 1})


def no_truth(c: Any) -> None:
    c.private = replace(c.private, values={})


def wrong_total(c: Any) -> None:
    """Two years change places: no longer true, and no longer what the totals say."""
    one, other = (c.row("allegations_by_sex", year, "male") for year in (2018, 2019))
    for name in ("year_from", "year_to"):
        one[name], other[name] = other[name], one[name]


def mislabel(c: Any) -> None:
    """Two years change places where no total is shown beside them."""
    one, other = (c.row("would_have_been_dismissed", year) for year in (2018, 2019))
    for name in ("year_from", "year_to"):
        one[name], other[name] = other[name], one[name]


def forget_equation(c: Any) -> None:
    """Without it the attack would find more freedom than there is."""
    c.system["equations"].pop()


def forget_table(c: Any) -> None:
    c.tables[2]["rows"] = c.tables[2]["rows"][:-1]


def lower_threshold(c: Any) -> None:
    c.protected["header"]["threshold"] = 3


def unrecorded_policy(c: Any) -> None:
    c.protected["header"]["policy_sha256"] = "cd" * 32


def newer_decision(c: Any) -> None:
    (c.decisions / "0002-newer.md").write_text(f"policy sha256: `{'ef' * 32}`\n", encoding="utf-8")


def forget_decisions(c: Any) -> None:
    (c.decisions / "0001-policy.md").unlink()


def add_equation(c: Any) -> None:
    """True, but no table states it: verify would not find it among those that the tables imply."""
    total = next(row for row in c.protected["tables"][0]["rows"] if row["action_path"] == "Total"
                 and row["year_from"] != row["year_to"])  # fmt: skip
    leaves = [row for row in c.protected["tables"][0]["rows"] if row["action_path"] != "Total"
              and row["year_from"] == row["year_to"]]  # fmt: skip
    c.system["equations"].append(
        {"total": c.cell(total)["id"], "parts": [c.cell(row)["id"] for row in leaves]}
    )


def repeat_equation(c: Any) -> None:
    c.system["equations"].append(c.system["equations"][0])


def other_header(c: Any) -> None:
    c.system["release"]["header"] = {**c.system["release"]["header"], "scope": "another scope"}


def no_threshold(c: Any) -> None:
    """A threshold of one withholds nothing."""
    for part in (c.protected["header"], c.system["release"]["header"], c.system):
        part["threshold"] = 1


def forget_that_it_is_public(c: Any) -> None:
    del c.cell(c.row("allegations_by_sex", 2017, "female"))["public"]


def forget_what_is_known(c: Any) -> None:
    c.system["known"] = {}


def state_a_largest_value(c: Any) -> None:
    c.cell(c.row("outcomes_by_year", 2018, "formal"))["upper"] = 40


def state_that_it_may_be_zero(c: Any) -> None:
    """Freedom that no reader grants: the witnesses would prove too much."""
    c.cell(c.row("outcomes_by_year", 2018, "formal"))["lower"] = 0


def bound_an_inner_cell(c: Any) -> None:
    next(cell for cell in c.system["cells"] if cell.get("published") is False)["lower"] = 1


def swap_tables(c: Any) -> None:
    c.protected["tables"] = c.protected["tables"][::-1]


def forget_structural_zero(c: Any) -> None:
    """A zero that cannot be anything else, shown as if it had been counted."""
    row = c.row("would_have_been_dismissed", 2017)
    row.update(value=0, marker=None)


def officer_alone(c: Any) -> None:
    """The officer behind a withheld cell knows it, and with it the small one at the other corner."""
    own = c.row("outcomes_by_year", 2018, "informal")["cell"]
    c.private = replace(c.private, singletons={own: {own}})


def test_an_officer_alone_may_work_out_what_is_not_small(judged: Callable[[Break], GateRecord]) -> None:
    def alone(c: Any) -> None:
        own = c.row("outcomes_by_year", 2017, "formal")["cell"]
        c.private = replace(c.private, singletons={own: {own}})

    assert judged(alone).passed


def test_a_withheld_cell_of_unknown_value_is_taken_for_small(judged: Callable[[Break], GateRecord]) -> None:
    def unknown(c: Any) -> None:
        own, other = (c.row("outcomes_by_year", 2017, path)["cell"] for path in ("formal", "informal"))
        values = {code: n for code, n in c.private.values.items() if code != other}
        c.private = replace(c.private, values=values, singletons={own: {own}})

    assert "ExpectSingletonsToHold" in failed(judged(unknown))


def private_text(c: Any) -> None:
    c.protected["tables"][0]["title"] = "About Example-Officer-0017"


def private_text_in_base64(c: Any) -> None:
    c.protected["tables"][0]["description"] = "eGV4YW1wbGUtb2ZmaWNlci0wMDE3eA=="


def rate_of_other_data(c: Any) -> None:
    """A rate to a decimal that its counts, all shown, do not give."""
    c.protected["tables"][0]["statements"] = [statement(c, c.row("outcomes_by_year", 2019, "Total")["cell"])]


def rate_beside_no_row(c: Any) -> None:
    c.protected["tables"][0]["statements"] = [statement(c, c.row("outcomes_by_year", 2019, "formal")["cell"])]


def statement(c: Any, beside: str) -> dict[str, Any]:
    return {
        "name": "share", "kind": "rate", "label": "Share", "definition": "", "unit": "per cent",
        "least": 60.0, "most": 60.0, "marker": None, "reason": "", "exemption": "",
        "numerator": [[c.row("outcomes_by_year", 2019, "no_action")["cell"]]], "denominator": beside,
    }  # fmt: skip


TWINS = (
    ("ExpectStatementsToBeTrue", rate_of_other_data),
    ("ExpectStatementsToBeTrue", rate_beside_no_row),
    ("ExpectNothingRecoverable", show_hidden_partner),
    ("ExpectNothingRecoverable", ask_for_more_counts),
    ("ExpectSingletonsToHold", officer_alone),
    ("ExpectPublicCellsToBePublic", call_small_count_public),
    ("ExpectEquationsComplete", forget_equation),
    ("ExpectEquationsComplete", forget_table),
    ("ExpectEquationsComplete", add_equation),
    ("ExpectEquationsComplete", repeat_equation),
    ("ExpectPublicCellsToBePublic", forget_that_it_is_public),
    ("ExpectMarkersToMatchValues", swap_tables),
    ("ExpectMarkersToMatchValues", forget_structural_zero),
    ("ExpectPublicCellsToBePublic", forget_what_is_known),
    ("ExpectStatedBoundsToFollow", state_a_largest_value),
    ("ExpectStatedBoundsToFollow", state_that_it_may_be_zero),
    ("ExpectStatedBoundsToFollow", bound_an_inner_cell),
    ("ExpectPolicyRecorded", other_header),
    ("ExpectPolicyRecorded", no_threshold),
    ("ExpectPolicyRecorded", lower_threshold),
    ("ExpectPolicyRecorded", state_a_width_in_one_file),
    ("ExpectPolicyRecorded", unrecorded_policy),
    ("ExpectPolicyRecorded", newer_decision),
    ("ExpectPolicyRecorded", forget_decisions),
    ("ExpectNoSmallCount", show_small_count),
    ("ExpectShownValuesToBeTrue", untrue_value),
    ("ExpectShownValuesToBeTrue", untrue_structural_zero),
    ("ExpectShownValuesToBeTrue", no_truth),
    ("ExpectShownValuesToBeTrue", mislabel),
    ("ExpectEveryPrimaryCellWithheld", show_primary_in_one_table),
    ("ExpectEveryPrimaryCellWithheld", call_small_cell_structural),
    ("ExpectTotalsToAddUp", wrong_total),
    ("ExpectNoPreProtectionColumn", add_column),
    ("ExpectNoPreProtectionColumn", add_dimension),
    ("ExpectNoPreProtectionColumn", add_file),
    ("ExpectNoPreProtectionColumn", add_inner_value),
    ("ExpectNoPreProtectionColumn", list_singletons),
    ("ExpectNoPreProtectionColumn", add_to_history),
    ("ExpectMarkersToMatchValues", mark_and_show),
    ("ExpectMarkersToMatchValues", negate),
    ("ExpectMarkersToMatchValues", tell_primary_from_partner),
    ("ExpectMarkersToMatchValues", differ_between_tables),
    ("ExpectNoPrivateText", private_text),
    ("ExpectNoPrivateText", private_text_in_base64),
)


ALSO: dict[Break, set[str]] = {
    wrong_total: {"ExpectShownValuesToBeTrue"},
    call_small_count_public: {"ExpectNothingRecoverable"},
    call_small_cell_structural: {"ExpectMarkersToMatchValues"},
}
"""These cannot stand alone: the figures contradict each other, or give others away."""


@pytest.mark.parametrize(("name", "break_it"), TWINS, ids=[f"{n}-{b.__name__}" for n, b in TWINS])
def test_the_broken_twin_is_caught_by_its_expectation_alone(
    judged: Callable[[Break], GateRecord], name: str, break_it: Break
) -> None:
    record = judged(break_it)
    assert not record.passed
    assert failed(record) == {name, *ALSO.get(break_it, ())}, record.findings
    assert not any(verdict.raised for verdict in record.expectations), record.findings
    assert {finding.expectation for finding in record.findings} == failed(record)


def test_a_count_that_an_earlier_release_showed_may_stay_small(judged: Callable[[Break], GateRecord]) -> None:
    """A stricter policy takes nothing back; the same count that nobody has seen is refused."""

    def released(c: Any) -> None:
        show_small_count(c)
        cell = c.row("allegations_by_sex", 2017, "female")["cell"]
        c.private = replace(c.private, released={cell}, primary={*c.private.primary, cell})

    assert "ExpectNoSmallCount" in failed(judged(show_small_count))
    assert judged(released).passed


def test_every_expectation_has_a_broken_twin() -> None:
    assert {name for name, _ in TWINS} == set(outgoing.REQUIRED)


def raises_with_a_secret(_: Any) -> list[str]:
    raise ValueError("the count is 3")


def test_an_expectation_that_raises_fails_the_gate_and_tells_nothing(candidate: Any, tmp_path: Path) -> None:
    rules = [*outgoing.RULES[1:], replace(outgoing.RULES[0], judge=raises_with_a_secret)]
    record = candidate.judge(tmp_path / "docs", rules=rules)
    assert not record.passed
    assert [verdict.name for verdict in record.expectations if verdict.raised] == [outgoing.RULES[0].name]
    written = b"".join(path.read_bytes() for path in (tmp_path / "docs").rglob("*.html"))
    assert b"the count is 3" not in written + record.to_json().encode()


def test_a_missing_expectation_fails_the_gate(candidate: Any) -> None:
    record = candidate.judge(rules=outgoing.RULES[1:])
    assert not record.passed
    assert record.missing == (outgoing.RULES[0].name,)
    assert not failed(record)


def test_an_expectation_whose_rule_was_never_judged_fails(
    candidate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "frame", lambda judgements: FRAME(judgements).iloc[1:])
    assert failed(candidate.judge()) == {outgoing.RULES[0].name}


def test_an_empty_frame_of_findings_fails_everything(candidate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "frame", lambda judgements: FRAME(()))
    assert failed(candidate.judge()) == set(outgoing.REQUIRED)


def test_a_frame_of_nulls_fails_everything(candidate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "frame", lambda judgements: FRAME(judgements).assign(expectation=None))
    assert failed(candidate.judge()) == set(outgoing.REQUIRED)


def test_an_error_inside_the_framework_counts_as_raised(
    candidate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "frame", lambda judgements: FRAME(judgements).drop(columns="state"))
    record = candidate.judge()
    assert not record.passed
    assert all(verdict.raised for verdict in record.expectations)


def test_rows_without_values_and_markers_fail(candidate: Any) -> None:
    for table in candidate.protected["tables"]:
        for row in table["rows"]:
            row.update(value=None, marker=None)
    candidate.write()
    assert "ExpectMarkersToMatchValues" in failed(candidate.judge())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *((name, None) for name in ("protected.json", "tables.json", "system.json")),
        *(("system.json", content) for content in (b"", b"{", b'{"a":1,"a":2}', b"[NaN]", b"\xff")),
    ],
)
def test_a_missing_or_malformed_file_fails_every_expectation(
    candidate: Any, name: str, content: bytes | None
) -> None:
    if content is None:
        (candidate.folder / name).unlink()
    else:
        (candidate.folder / name).write_bytes(content)
    record = candidate.judge()
    assert failed(record) == set(outgoing.REQUIRED)
    assert all(verdict.raised for verdict in record.expectations)


@pytest.mark.parametrize("name", ["protected.json", "tables.json", "system.json"])
def test_a_file_of_another_shape_fails(candidate: Any, name: str) -> None:
    (candidate.folder / name).write_text('{"header":{}}', encoding="utf-8")
    assert not candidate.judge().passed


def test_the_record_opens_the_door_for_the_judged_bytes_only(candidate: Any, tmp_path: Path) -> None:
    record = candidate.judge()
    assert record.opens([candidate.folder])
    (candidate.folder / "certificate.json").write_text("{}", encoding="utf-8")
    assert record.opens([candidate.folder]), "the certificate is derived from what was judged"
    file = candidate.folder / "protected.json"
    file.write_bytes(file.read_bytes() + b" ")
    assert not record.opens([candidate.folder])


def test_a_copy_of_the_judged_bytes_is_as_good(candidate: Any, tmp_path: Path) -> None:
    record = candidate.judge()
    shutil.copytree(candidate.folder, tmp_path / "staged")
    assert record.opens([tmp_path / "staged"])
    (tmp_path / "staged" / "extra.json").write_text("{}", encoding="utf-8")
    assert not record.opens([tmp_path / "staged"])


def test_a_failed_record_opens_nothing(judged: Callable[[Break], GateRecord], candidate: Any) -> None:
    assert not judged(add_column).opens([candidate.folder])


def test_a_record_survives_writing_and_an_altered_verdict_does_not(candidate: Any, tmp_path: Path) -> None:
    path = tmp_path / "records" / "gate_out.json"
    record = candidate.judge()
    record.write(path)
    assert GateRecord.read(path) == record
    content = json.loads(path.read_text(encoding="utf-8"))
    content["expectations"][0]["passed"] = False
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match="altered"):
        GateRecord.read(path)


def test_data_docs_name_the_expectations_hold_no_count_and_fetch_nothing(
    candidate: Any, tmp_path: Path
) -> None:
    add_column(candidate)
    candidate.write()
    candidate.judge(tmp_path / "docs")
    pages = list((tmp_path / "docs").rglob("*.html"))
    assert (tmp_path / "docs" / "index.html") in pages
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert all(name in text for name in outgoing.REQUIRED)
    assert not re.search(r'<(?!a\b)[^>]*(?:src|href)="https?:', text)
    assert "observed_value" not in text


def test_neither_record_nor_docs_hold_private_text(candidate: Any, tmp_path: Path) -> None:
    private_text(candidate)
    candidate.write()
    record = candidate.judge(tmp_path / "docs")
    written = [path.read_bytes() for path in (tmp_path / "docs").rglob("*") if path.is_file()]
    assert b"0017" not in b"".join(written) + record.to_json().encode()


def test_the_suite_version_follows_the_suite(candidate: Any) -> None:
    assert candidate.judge().suite_version == suites.version(outgoing.REQUIRED)
    assert suites.version(outgoing.REQUIRED) != suites.version(outgoing.REQUIRED[1:])


def test_every_rule_says_what_holds_and_what_to_do() -> None:
    for rule in outgoing.RULES:
        assert isinstance(rule, Rule)
        assert rule.says.endswith(".")
        assert rule.remedy.endswith(".")
        assert rule.advice.endswith(f"#{rule.name.lower()}.")


def test_importing_the_room_imports_no_framework() -> None:
    code = "import sys, expectations; print('great_expectations' in sys.modules)"
    root = Path(outgoing.__file__).resolve().parents[1]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
