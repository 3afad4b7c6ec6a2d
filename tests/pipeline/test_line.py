"""From the sample's files to a served release: what is there, what repeats, and what never leaves."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_project import log
from expectations.scanner import scan

Run = Callable[..., Any]
Change = Callable[[dict[str, Any]], None]
pytestmark = pytest.mark.slow

PRIVATE = ("raw", "build", "warehouse.duckdb", "secret.key")
PLANNED = {
    "allegations_by_year",
    "officers_by_year",
    "outcomes_by_year",
    "proceedings_by_year",
    "sanctions_by_year",
    "sanctions_in_detail",
    "would_have_been_dismissed_by_year",
}
METADATA = {"status", "seconds", "release_id", "pages", "dagster/column_schema", "dagster/column_lineage"}
RAW_METADATA = {"row_balance"}
CANARY = "Zwartkopje-Qx81"


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def canonical(content: object) -> bytes:
    """JSON in the one form that is hashed."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_the_release_has_every_promised_file(release: Path) -> None:
    names = {path.name for path in release.iterdir()}
    promised = {
        "site",
        "tables",
        "published.duckdb",
        "tables.json",
        "system.json",
        "certificate.json",
        "manifest.json",
    }
    assert promised <= names
    assert (release / "site" / "index.html").is_file()


def test_the_manifest_names_every_file_with_its_sha256(release: Path) -> None:
    manifest = json.loads((release / "manifest.json").read_text())
    found = {name: hashlib.sha256(content).hexdigest() for name, content in files_of(release).items()}
    del found["manifest.json"]
    assert manifest["files"] == found
    assert manifest["release_id"] == release.name


def test_the_release_id_is_the_hash_of_what_is_published(release: Path) -> None:
    content = {
        name: json.loads((release / f"{name}.json").read_text()) for name in ("protected", "tables", "system")
    }
    content["site_version"] = json.loads((release / "manifest.json").read_text())["site_version"]
    as_at = content["protected"]["header"]["as_at"]
    assert release.name == f"{as_at}-{hashlib.sha256(canonical(content)).hexdigest()[:12]}"


def test_every_planned_table_is_published_and_nine_cells_of_them_are_withheld(release: Path) -> None:
    tables = {
        table["table_id"]: table for table in json.loads((release / "protected.json").read_text())["tables"]
    }
    assert tables.keys() >= PLANNED
    planned = [row for name in PLANNED for row in tables[name]["rows"]]
    assert len({row["cell"] for row in planned if row["marker"] == "c"}) == 9


ASKED = {
    "a": ("allegations_by_year", {}),
    "b": ("proceedings_by_year", {"has_proceedings": "yes"}),
    "c": ("outcomes_by_year", {"action_path": "formal"}),
    "d": ("outcomes_by_year", {"action_path": "informal"}),
    "e": ("outcomes_by_year", {"action_path": "left_before_outcome"}),
    "g men": ("officers_by_year", {"officer_sex": "male"}),
    "g women": ("officers_by_year", {"officer_sex": "female"}),
}


@pytest.mark.parametrize("question", ASKED)
def test_what_the_public_asked_is_answered_for_every_year_in_some_band(question: str, release: Path) -> None:
    table, codes = ASKED[question]
    with (release / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if {n: row[n] for n in codes} == codes and row["value"]]
    spans = [range(int(row["year_from"]), int(row["year_to"]) + 1) for row in rows]
    in_bands = {year for span in spans if len(span) < 11 for year in span}
    assert in_bands == set(range(2010, 2021))


def test_the_days_on_which_the_rules_changed_come_from_their_list_to_the_page(release: Path) -> None:
    breaks = json.loads((release / "protected.json").read_text(encoding="utf-8"))["breaks"]
    assert [item["on"] for item in breaks] == ["2012-11-22", "2017-12-15", "2020-02-01"]
    page = (release / "site" / "method.html").read_text(encoding="utf-8")
    assert all(item["label"] in page for item in breaks)


def test_the_home_is_laid_out_as_promised(release_home: Path) -> None:
    assert {"raw", "warehouse.duckdb", "protected", "releases", "current", "secret.key", "docs", "log"} <= {
        path.name for path in release_home.iterdir()
    }
    assert (release_home / "current").is_symlink()
    assert stat.S_IMODE((release_home / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in (release_home / "releases").iterdir() if path.name.startswith(".")] == []


def test_the_log_tells_the_story_without_a_count(release_home: Path) -> None:
    path = release_home / "log" / "log.jsonl"
    assert [entry.event for entry in log.entries(path)] == ["ingest", "publish"]
    assert log.verify(path) == ()
    ingest, publish = log.entries(path)
    assert not re.search(r"\d", publish.words)
    assert not re.search(r"\b\d+\b(?!\.)", re.sub(r"allegations_\d{4}", "", ingest.words))


def test_the_refresh_says_what_where_and_how_much(release_home: Path, shared_folder: Path) -> None:
    said = (shared_folder / "release_home.done").read_text()
    assert (release_home / "current").resolve().name in said
    assert re.search(r"withheld: \d+ cells", said)
    assert "outcomes_by_year" in said
    assert "site/index.html" in said


def test_a_second_refresh_publishes_nothing_and_says_so(home: Path, misconduct: Run) -> None:
    before = files_of(home / "releases")
    ran = misconduct("refresh", "--home", home)
    assert ran.code == 0
    assert "nothing changed" in ran.out
    ran = misconduct("refresh", "--home", home)
    assert "nothing changed" in ran.out
    assert "reading" not in ran.err
    assert files_of(home / "releases") == before


def test_without_its_short_cut_a_refresh_comes_to_the_same_release(home: Path, misconduct: Run) -> None:
    before = files_of(home / "releases")
    (home / "build" / "last.json").unlink(missing_ok=True)
    ran = misconduct("refresh", "--home", home)
    assert "nothing changed" in ran.out
    assert files_of(home / "releases") == before


def test_another_home_with_the_same_key_makes_the_same_bytes(
    release_home: Path, tmp_path: Path, misconduct: Run
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    shutil.copyfile(release_home / "secret.key", other / "secret.key")
    assert misconduct("refresh", "--home", other).code == 0
    assert files_of(other / "releases") == files_of(release_home / "releases")


def plant(landing: Path) -> None:
    """Canaries where people write: a case reference, an officer key, a column that nobody knows."""
    path = landing / "allegations_2018.csv"
    head, first, *rows = path.read_text(encoding="utf-8").splitlines()
    cells = first.split(",")
    cells[0], cells[2], cells[3] = f"{CANARY}/case", f"{CANARY}/allegation", f"{CANARY}officer"
    lines = [f"{head},Remark", ",".join([*cells, f"{CANARY} remark"]), *(f"{row}," for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_planted_canaries_are_in_no_byte_outside_private_tables(
    tmp_path: Path, landing: Path, misconduct: Run
) -> None:
    plant(landing)
    home = tmp_path / "home"
    ran = misconduct("refresh", "--home", home, "--landing", landing)
    assert ran.code == 0, ran.said
    assert CANARY not in ran.said
    strings = {CANARY, f"{CANARY}/case", f"{CANARY}/allegation", f"{CANARY}officer", f"{CANARY} remark"}
    assert scan(home / "raw" / "accepted", strings)
    for path in home.iterdir():
        if path.name not in (*PRIVATE, "dagster", "current") and path.is_dir():
            assert scan(path, strings) == (), path.name
    storage = b"".join(files_of(home / "dagster").values())
    assert b"raw_allegations" in storage
    assert CANARY.encode() not in storage


def test_no_figure_of_the_run_is_in_the_storage_of_dagster(release_home: Path) -> None:
    """Metadata of everything after the raw stage: words, columns, statuses and seconds only."""
    import dagster as dg

    with dg.DagsterInstance.from_config(str(release_home / "dagster")) as instance:
        [run] = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.SUCCESS
        for entry in instance.all_logs(run.run_id):
            event = entry.dagster_event
            if event is None or not event.is_step_materialization:
                continue
            metadata = event.step_materialization_data.materialization.metadata
            allowed = RAW_METADATA if event.asset_key.path == ["raw_incoming_allegations"] else METADATA
            assert set(metadata) <= allowed, event.asset_key


def test_verify_proves_the_release(release: Path, misconduct: Run) -> None:
    assert misconduct("verify", release).code == 0


def rehash(release: Path) -> None:
    """Bring the manifest back in line with the files, as a forger would."""
    path = release / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"] = {
        name: hashlib.sha256((release / name).read_bytes()).hexdigest() for name in manifest["files"]
    }
    path.write_text(json.dumps(manifest))


def forged(release: Path, tmp_path: Path, name: str, change: Change) -> Path:
    """A copy of a release with one JSON file changed and the manifest hashed again."""
    copy = Path(shutil.copytree(release, tmp_path / release.name))
    content = json.loads((copy / name).read_text())
    change(content)
    (copy / name).write_bytes(canonical(content) + b"\n")
    rehash(copy)
    return copy


def alter_a_number(system: dict[str, Any]) -> None:
    shown = [cell for cell in system["cells"] if cell.get("published", True) and (cell["value"] or 0) > 20]
    shown[0]["value"] += 1


def put_one_back(system: dict[str, Any]) -> None:
    hidden = system["hidden"].pop(0)
    next(cell for cell in system["cells"] if cell["id"] == hidden)["value"] = 3


def leave_an_equation_out(system: dict[str, Any]) -> None:
    hidden = set(system["hidden"])
    touching = next(e for e in system["equations"] if hidden & {e["total"], *e["parts"]})
    system["equations"].remove(touching)


@pytest.mark.parametrize("change", [alter_a_number, put_one_back, leave_an_equation_out])
def test_verify_refuses_a_forged_release(
    release: Path, tmp_path: Path, change: Change, misconduct: Run
) -> None:
    ran = misconduct("verify", forged(release, tmp_path, "system.json", change))
    assert ran.code == 1, ran.said


def test_verify_refuses_a_file_that_differs_from_the_manifest(
    release: Path, tmp_path: Path, misconduct: Run
) -> None:
    copy = Path(shutil.copytree(release, tmp_path / release.name))
    with (copy / "site" / "index.html").open("a") as page:
        page.write(" ")
    assert misconduct("verify", copy).code == 1


def test_verify_cannot_read_what_is_no_release(tmp_path: Path, misconduct: Run) -> None:
    assert misconduct("verify", tmp_path).code == 2
