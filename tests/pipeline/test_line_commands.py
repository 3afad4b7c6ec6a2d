"""The life of a release: held, approved, rolled back, withdrawn, compared; never published twice."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project import log
from dagster_project.cli import main
from dagster_project.release import LEDGER, identity
from disclosure.ledger import read_earlier

pytestmark = pytest.mark.slow

OLD, NEW = "2021-06-30-000000000001", "2021-06-30-000000000002"
Command = Callable[..., tuple[int, str]]


@pytest.fixture
def two(release: Path, tmp_path: Path) -> Path:
    """A home with two published releases, the newer one current; the newer one shows one number more."""
    home = tmp_path / "two"
    for name in (OLD, NEW):
        shutil.copytree(release, home / "releases" / name)
        log.append(home / "log" / "log.jsonl", "publish", "published", name)
    path = home / "releases" / NEW / "protected.json"
    content = json.loads(path.read_text())
    next(row for table in content["tables"] for row in table["rows"] if row["value"] == 42)["value"] = 43
    path.write_text(json.dumps(content))
    manifest = json.loads((path.parent / "manifest.json").read_text())
    manifest["files"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest["release_id"] = identity(path.parent)
    (path.parent / "manifest.json").write_text(json.dumps(manifest))
    (home / "current").symlink_to(f"releases/{NEW}")
    return home


def current(home: Path) -> str:
    return (home / "current").resolve().name


def test_releases_lists_them_with_their_state(two: Path, command: Command) -> None:
    assert command("releases", "--home", two) == (0, f"{OLD}  published\n{NEW}  current\n")


def test_an_empty_home_has_no_release(tmp_path: Path, command: Command) -> None:
    code, said = command("releases", "--home", tmp_path)
    assert code == 0
    assert "misconduct refresh" in said


def test_diff_names_what_changed_in_published_words(two: Path, command: Command) -> None:
    code, said = command("diff", OLD, NEW, "--home", two)
    assert code == 0
    assert re.fullmatch(r"\w+: \d{4}-\d{4}, .*: 42 -> 43\n", said)
    assert command("diff", OLD, OLD, "--home", two)[1] == "the same tables with the same figures\n"


def test_rollback_serves_an_older_release_and_is_logged(two: Path, command: Command) -> None:
    assert command("rollback", OLD, "--home", two)[0] == 0
    assert current(two) == OLD
    assert (
        log.entries(two / "log" / "log.jsonl")[-1].event,
        sorted(p.name for p in (two / "releases").iterdir()),
    ) == (
        "rollback",
        [OLD, NEW],
    )


def test_withdrawing_the_current_release_serves_a_notice_at_once(two: Path, command: Command) -> None:
    assert command("withdraw", NEW, "--reason", "a wrong <label>", "--home", two)[0] == 0
    page = (two / "current" / "site" / "index.html").read_text()
    assert "A wrong &lt;label&gt;" in page
    assert (two / "releases" / NEW / "system.json").is_file()
    assert f"{NEW}  withdrawn" in command("releases", "--home", two)[1]
    code, said = command("rollback", NEW, "--home", two)
    assert code == 1
    assert "withdrawn" in said


@pytest.mark.parametrize(
    ("address", "href"), [('"https://figures.example.org"', f"/releases/{NEW}/"), ("7", "./")]
)
def test_a_notice_knows_where_its_release_said_that_the_site_stands(
    address: str, href: str, two: Path, command: Command
) -> None:
    manifest = two / "releases" / NEW / "manifest.json"
    manifest.chmod(0o644)
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("{", '{"address": ' + address + ",", 1), encoding="utf-8")
    assert command("withdraw", NEW, "--reason", "wrong", "--home", two)[0] == 0
    notice = (two / "withdrawn" / NEW / "site" / "index.html").read_text(encoding="utf-8")
    assert f'<link rel="stylesheet" href="{href}' in notice


def test_withdrawing_another_release_leaves_the_current_one(two: Path, command: Command) -> None:
    assert command("withdraw", OLD, "--reason", "old", "--home", two)[0] == 0
    assert current(two) == NEW


@pytest.mark.parametrize("name", ["rollback", "approve", "withdraw"])
def test_a_release_that_nobody_knows_is_bad_input(name: str, two: Path, command: Command) -> None:
    reason = ["--reason", "text"] if name == "withdraw" else []
    code, said = command(name, "2020-01-01-ffffffffffff", *reason, "--home", two)
    assert code == 2
    assert "misconduct releases" in said


def test_a_pointer_that_is_gone_is_put_back(two: Path, command: Command) -> None:
    command("rollback", OLD, "--home", two)
    (two / "current").unlink()
    command("withdraw", NEW, "--reason", "text", "--home", two)
    assert current(two) == OLD


def test_a_held_release_waits_until_it_is_approved(home: Path, new_landing: Path, command: Command) -> None:
    before = current(home)
    code, said = command("refresh", "--home", home, "--landing", new_landing, "--hold")
    assert code == 0
    held = re.search(r"misconduct approve (\S+)", said)
    assert held, said
    assert current(home) == before
    assert sorted(path.name for path in (home / "releases").iterdir()) == [before]
    assert f"{held[1]}  held" in command("releases", "--home", home)[1]
    assert command("approve", held[1], "--home", home)[0] == 0
    assert current(home) == held[1]
    events = [entry.event for entry in log.entries(home / "log" / "log.jsonl")]
    assert events[-3:] == ["hold", "approval", "publish"]
    assert log.verify(home / "log" / "log.jsonl") == ()


def test_a_held_release_judged_before_a_newer_one_is_not_approved(
    home: Path, new_landing: Path, release: Path, command: Command
) -> None:
    _, said = command("refresh", "--home", home, "--landing", new_landing, "--hold")
    held = re.search(r"misconduct approve (\S+)", said)
    assert held, said
    shutil.copytree(release, home / "releases" / NEW)
    log.append(home / "log" / "log.jsonl", "publish", "published", NEW)
    code, said = command("approve", held[1], "--home", home)
    assert code == 1
    assert "refresh again" in said


def test_a_refresh_does_not_undo_a_rollback(home: Path, new_landing: Path, command: Command) -> None:
    first = current(home)
    assert command("refresh", "--home", home, "--landing", new_landing)[0] == 0
    assert current(home) != first
    assert command("rollback", first, "--home", home)[0] == 0
    (home / "build" / "last.json").unlink()
    code, said = command("refresh", "--home", home, "--landing", new_landing)
    assert code == 0
    assert "not published again" in said
    assert current(home) == first


def read_only_parts(home: Path, name: str) -> set[str]:
    return {path.name for path in (home / "releases" / name).iterdir()}


def test_prune_keeps_the_newest_and_all_that_the_others_showed(two: Path, command: Command) -> None:
    before = read_earlier(two / "releases")
    code, said = command("prune", "--keep", 1, "--home", two)
    assert code == 0
    assert said == f"pruned: {OLD}; what it showed is kept\ndone\n"
    assert read_only_parts(two, OLD) == set(LEDGER)
    assert {"site", "tables", "published.duckdb"} <= read_only_parts(two, NEW)
    assert read_earlier(two / "releases") == before
    assert command("releases", "--home", two)[1] == f"{OLD}  pruned\n{NEW}  current\n"
    assert log.entries(two / "log" / "log.jsonl")[-1].event == "prune"
    assert command("prune", "--keep", 1, "--home", two) == (0, "nothing to prune\n")
    assert command("log", "verify", "--home", two)[0] == 0


def test_prune_never_takes_the_current_release(two: Path, command: Command) -> None:
    assert command("rollback", OLD, "--home", two)[0] == 0
    assert command("prune", "--keep", 1, "--home", two) == (0, "nothing to prune\n")
    assert (two / "current" / "site" / "index.html").is_file()


def test_a_pruned_release_is_not_served_again_but_compared(two: Path, command: Command) -> None:
    command("prune", "--keep", 1, "--home", two)
    code, said = command("rollback", OLD, "--home", two)
    assert (code, "pruned" in said) == (1, True)
    assert "42 -> 43" in command("diff", OLD, NEW, "--home", two)[1]
    assert current(two) == NEW


def test_a_prune_that_a_kill_interrupted_is_finished_by_the_next_command(two: Path, command: Command) -> None:
    log.append(two / "log" / "log.jsonl", "prune", "pages and files taken away", OLD)
    assert command("rollback", NEW, "--home", two)[0] == 0
    assert read_only_parts(two, OLD) == set(LEDGER)
    assert [path.name for path in (two / "releases").iterdir() if path.name.startswith(".")] == []


def test_prune_leaves_original_files_unless_asked(home: Path, landing: Path, command: Command) -> None:
    old = home / "raw" / "originals" / ("0" * 64)
    old.mkdir()
    (old / "allegations_1999.csv").write_text("sent long ago")
    kept = {path.name for path in old.parent.iterdir()} - {old.name}
    assert command("prune", "--keep", 1, "--home", home) == (0, "nothing to prune\n")
    assert old.exists()
    code, said = command("prune", "--keep", 1, "--originals", "--home", home, "--landing", landing)
    assert (code, said) == (0, f"deleted: raw/originals/{old.name}\ndone\n")
    assert {path.name for path in old.parent.iterdir()} == kept


@pytest.mark.parametrize("keep", ["0", "-1", "all", "1.5"])
def test_prune_wants_a_whole_number_above_0(keep: str, two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["prune", f"--keep={keep}", "--home", str(two)])
    assert ended.value.code == 2
    assert "whole number" in capsys.readouterr().err


def test_a_withdrawal_that_a_kill_interrupted_is_finished_by_the_next_command(
    two: Path, command: Command
) -> None:
    log.append(two / "log" / "log.jsonl", "withdrawal", "a wrong label", NEW)
    assert command("prune", "--keep", 2, "--home", two)[0] == 0
    assert "wrong label" in (two / "current" / "site" / "index.html").read_text()
    assert command("releases", "--home", two)[1] == f"{OLD}  published\n{NEW}  withdrawn\n"


def test_a_release_is_withdrawn_once_and_with_a_reason(two: Path, command: Command) -> None:
    assert command("withdraw", OLD, "--reason", "old", "--home", two)[0] == 0
    assert command("withdraw", OLD, "--reason", "older", "--home", two)[0] == 1
    with pytest.raises(SystemExit) as ended:
        command("withdraw", NEW, "--reason", " ", "--home", two)
    assert ended.value.code == 2


def test_the_log_is_held_against_the_home(two: Path, command: Command) -> None:
    assert command("log", "verify", "--home", two)[0] == 0
    (two / "current").unlink()
    (two / "current").symlink_to(f"releases/{OLD}")
    code, said = command("log", "verify", "--home", two)
    assert (code, "the log does not say so" in said) == (1, True)
    shutil.rmtree(two / "log")
    code, said = command("log", "verify", "--home", two)
    assert code == 1
    assert "missing at the end" in said


@pytest.mark.parametrize("arguments", [("log", "verify"), ("query", "select 1"), ("prune", "--keep", "1")])
def test_a_home_that_is_not_there_is_bad_input(
    arguments: tuple[str, ...], tmp_path: Path, command: Command
) -> None:
    code, said = command(*arguments, "--home", tmp_path / "nowhere")
    assert code == 2
    assert "misconduct refresh" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("refresh",),
        ("check",),
        ("releases",),
        ("diff", OLD, NEW),
        ("approve", NEW),
        ("rollback", OLD),
        ("withdraw", OLD, "--reason", "text"),
        ("prune", "--keep", "1"),
        ("log", "verify"),
        ("policy", "try", "--threshold", "3"),
        ("query", "select 1"),
        ("serve",),
        ("ui",),
    ],
)
def test_a_file_in_the_place_of_the_home_is_refused(
    arguments: tuple[str, ...], tmp_path: Path, command: Command
) -> None:
    (tmp_path / "file").write_text("")
    code, said = command(*arguments, "--home", tmp_path / "file")
    assert code == 1
    assert "the home is not a folder" in said


def test_a_port_in_use_is_refused_before_anything_is_said_to_be_served(two: Path, command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = command("serve", "--home", two, "--port", str(port))
    assert code == 1
    assert f"port {port}: " in said
    assert "another with --port" in said
    assert "serving" not in said


@pytest.mark.parametrize("name", ["../x", ".staging-x", "a/b", ""])
def test_a_name_that_is_no_release_id_is_bad_usage(
    name: str, two: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["rollback", name, "--home", str(two)])
    assert ended.value.code == 2
    assert "no release id" in capsys.readouterr().err


def test_policy_try_says_what_each_table_would_cost_and_writes_nothing(home: Path, command: Command) -> None:
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    code, said = command("policy", "try", "--threshold", "10", "--set", "zeros=withheld", "--home", home)
    assert code == 0, said
    head, columns, *rows = said.splitlines()
    assert "threshold = 10, zeros = withheld" in head
    assert "withheld then" in columns
    assert [row.split()[0] for row in rows[:-1]] == sorted(row.split()[0] for row in rows[:-1])
    now, then = (int(rows[-1].split()[place]) for place in (3, 5))
    assert rows[-1].startswith("all tables")
    assert now < then or "would be left out" in said
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before


def test_policy_try_alone_prices_each_option(release_home: Path, command: Command) -> None:
    code, said = command("policy", "try", "--home", release_home)
    assert code == 0, said
    head, columns, *rows = said.splitlines()
    assert "each option by itself" in head
    assert columns.startswith("option ")
    withheld = {row[:40].split("  ")[0].strip(): row for row in rows}
    assert {"threshold 3", "threshold 5", "threshold 10", "without the register"} <= set(withheld)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--threshold", "4"), "must be one of 3, 5, 10"),
        (("--set", "zerros=withheld"), "did you mean `zeros`"),
        (("--set", "zeros"), "NAME=VALUE"),
    ],
)
def test_policy_try_names_what_a_policy_cannot_have(
    arguments: tuple[str, ...], words: str, release_home: Path, command: Command
) -> None:
    code, said = command("policy", "try", *arguments, "--home", release_home)
    assert code == 2
    assert words in said


def test_query_asks_the_warehouse_and_in_public_the_release(release_home: Path, command: Command) -> None:
    marts = "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
    assert "mart_foi_questions" in command("query", marts, "--home", release_home)[1]
    code, said = command("query", "--public", "--format", "csv", "show tables", "--home", release_home)
    assert (code, said.splitlines()[:2]) == (0, ["name", "allegations_by_year"])
    code, said = command("query", "--public", marts, "--home", release_home)
    assert said.splitlines() == ["table_name", "----------"]


def test_query_reads_standard_input(
    release_home: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("select 1 as one, null as none;"))
    assert command("query", "--home", release_home) == (0, "one  none\n---  ----\n1    NULL\n")


@pytest.fixture(params=["no database", "cut off", "nothing in it"])
def junk(request: pytest.FixtureRequest, release_home: Path) -> bytes:
    whole = (release_home / "warehouse.duckdb").read_bytes()
    return {"no database": b"junk\n", "cut off": whole[: len(whole) // 3], "nothing in it": b""}[
        request.param
    ]


@pytest.mark.parametrize("arguments", [("query", "select 1"), ("policy", "try", "--threshold", "3")])
def test_a_warehouse_that_cannot_be_read_is_named_with_what_builds_it_anew(
    arguments: tuple[str, ...], junk: bytes, tmp_path: Path, command: Command
) -> None:
    (tmp_path / "warehouse.duckdb").write_bytes(junk)
    code, said = command(*arguments, "--home", tmp_path)
    assert code == 1, said
    for words in (
        f"{tmp_path}/warehouse.duckdb",
        "is damaged, or another version",
        "run `misconduct refresh`",
    ):
        assert words in said


def test_a_database_of_a_release_is_not_built_anew(tmp_path: Path, command: Command) -> None:
    (tmp_path / "current").mkdir()
    (tmp_path / "current" / "published.duckdb").write_bytes(b"junk\n")
    code, said = command("query", "--public", "select 1", "--home", tmp_path)
    assert (code, "`misconduct rollback`" in said) == (1, True), said


def test_a_warehouse_that_another_program_writes_is_not_called_damaged(
    tmp_path: Path, command: Command
) -> None:
    database = tmp_path / "warehouse.duckdb"
    hold = f"import duckdb; c = duckdb.connect({str(database)!r}); print('open', flush=True); input()"
    command_line = [sys.executable, "-c", hold]
    with subprocess.Popen(command_line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        code, said = command("query", "select 1", "--home", tmp_path)
        writer.communicate("\n")
    assert (code, "is open for writing in another program" in said) == (1, True), said


@pytest.mark.parametrize(
    "sql",
    [
        "create table marts.t as select 1",
        "delete from marts.fct_allegations",
        "copy (select 1) to '{folder}/out.csv'",
        "attach '{folder}/other.duckdb'",
        "select * from read_text('{home}/secret.key')",
        "select * from staging.stg_allegations limit 1",
        "set threads = 1",
        "install httpfs",
        "selec 1",
        "",
    ],
)
def test_query_writes_nothing_and_reads_nothing_else(
    sql: str, release_home: Path, tmp_path: Path, command: Command
) -> None:
    before = (release_home / "warehouse.duckdb").read_bytes()
    code, said = command("query", sql.format(folder=tmp_path, home=release_home), "--home", release_home)
    assert code == 2, said
    assert "disabled by configuration" not in said
    assert list(tmp_path.iterdir()) == []
    assert (release_home / "warehouse.duckdb").read_bytes() == before
