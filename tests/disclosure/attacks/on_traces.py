"""Attacks on what a release and a run leave behind: pages, files, hashes, reports, logs, messages."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from attack_world import CANARY, COUNTS, LARGE, ROOT, SEARCHED, Attack, Place, context, mart, protect

from disclosure.cells import Key
from disclosure.certificate import equation_texts
from disclosure.counts import CountError
from disclosure.publication import protect_publication
from disclosure.published import Published
from disclosure.register import Figure, Register
from expectations import PrivateFacts, gate_out
from expectations.scanner import scan

SECRET = LARGE["2019", "no_action"]
ARTEFACTS = (
    "catalog.json",
    "run_results.json",
    "compiled",
    "target",
    "graph.gpickle",
    "semantic_manifest.json",
)


def _found(write: Callable[[Path], object]) -> bool:
    """Whether private text or a withheld count can be found in what a function writes."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        return bool(scan(Path(folder), SEARCHED))


def _in_site(place: Place) -> bool:
    return bool(scan(place.release, SEARCHED))


def _in_files(*endings: str) -> Callable[[Place], bool]:
    def found(place: Place) -> bool:
        names = [leak.file for leak in scan(place.release, SEARCHED)]
        return any(name.endswith(endings) for name in names)

    return found


# --- pages and files, the naive way


def _figure(folder: Path) -> None:
    """A chart that leaves a gap for the withheld count, scaled to it and with all counts behind it."""
    packed = base64.b64encode(struct.pack("<2i", SECRET, 3)).decode()
    chart = {
        "data": [{"y": [None, 8], "customdata": {"dtype": "i4", "bdata": packed}}],
        "layout": {"yaxis": {"range": [0, SECRET]}},
    }
    (folder / "page.html").write_text(f"<script>{json.dumps(chart)}</script>", encoding="utf-8")


def _download(folder: Path) -> None:
    (folder / "table.csv").write_text(f"path,n,_n\nno_action,[c],{SECRET}\n", encoding="utf-8")


def _deleted_rows(folder: Path) -> None:
    import duckdb

    with duckdb.connect(str(folder / "published.duckdb")) as connection:
        connection.execute("pragma disable_checkpoint_on_shutdown")
        connection.execute(
            f"create table t as select '{CANARY}' as officer, 1 as n union all select 'all', 9"
        )
        connection.execute("checkpoint")
        connection.execute("delete from t where n < 5")


def _dictionary(folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    officers = pa.array([CANARY, "all"]).dictionary_encode()
    table = pa.table({"officer": officers, "n": [1, 9]})
    pq.write_table(table.slice(1), folder / "t.parquet", compression="zstd", write_statistics=False)


# --- certificate


def _leaves_out(place: Place) -> tuple[list[str], list[str]]:
    """The equations of a certificate from which one was left out, and those that the definitions imply."""
    read = Published.read(place.protected)
    implied = sorted([*(s.text for s in read.linked.sums), *(r.text for r in read.linked.relations)])
    return list(equation_texts(read.instance))[1:], implied


def _passes_a_check_of_itself(place: Place) -> bool:
    """A verifier that reads the equations from the file which it verifies finds all of them."""
    stated, _ = _leaves_out(place)
    return all(text in stated for text in stated)


def _passes_rebuilding(place: Place) -> bool:
    stated, implied = _leaves_out(place)
    return stated == implied


# --- hashes


def _guessed(hashes: set[str]) -> bool:
    """A small input is guessed: every count is tried until a hash that was published comes out."""
    for n in range(1, 40):
        text = f"2019,formal,{n}\n".encode()
        if any(
            known and digest(text).hexdigest().startswith(known) for digest in _DIGESTS for known in hashes
        ):
            return True
    return False


_DIGESTS = (hashlib.md5, hashlib.sha1, hashlib.sha256)


def _published_hashes(place: Place) -> set[str]:
    texts = [path.read_text(encoding="utf-8", errors="ignore") for path in place.release.rglob("*.*")]
    texts += [path.read_text(encoding="utf-8") for path in place.protected.iterdir()]
    return {found for text in texts for found in re.findall(r"\b[0-9a-f]{12,64}\b", text)}


# --- runs


def _gate(place: Place, folder: Path) -> str:
    """Gate 2 on a folder that it must refuse, with its pages; what it wrote and said."""
    judged, decisions = folder / "judged", folder / "decisions"
    for one in (judged, decisions):
        one.mkdir()
    content = json.loads((place.protected / "protected.json").read_text(encoding="utf-8"))
    content["tables"][0]["rows"][-1]["value"] = 4
    (judged / "protected.json").write_text(json.dumps(content), encoding="utf-8")
    for name in ("tables.json", "system.json"):
        (judged / name).write_bytes((place.protected / name).read_bytes())
    private = place.publication.private
    facts = PrivateFacts(private.values, private.primary, dict(private.singletons), frozenset({CANARY}))
    record = gate_out(judged, facts, decisions, folder / "docs")
    assert not record.passed
    record.write(folder / "record.json")
    return repr(record)


def _reports(place: Place) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "said.txt").write_text(_gate(place, folder), encoding="utf-8")
        assert any((folder / "docs").rglob("*.html"))
        return bool(scan(folder, SEARCHED))


def _unexpected_list(folder: Path) -> None:
    """The framework's own answer about a column of counts: the small and the withheld ones, one by one."""
    import great_expectations as gx
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("naive").add_dataframe_asset("counts")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(
        {"dataframe": pd.DataFrame({"n": [3, SECRET]})}
    )
    expectation = gx.expectations.ExpectColumnValuesToBeBetween(column="n", min_value=5, max_value=1000)
    answer = batch.validate(expectation, result_format="COMPLETE")
    (folder / "result.json").write_text(json.dumps(answer.to_json_dict()), encoding="utf-8")


def _row_counts(folder: Path) -> None:
    (folder / "manifest.json").write_text(json.dumps({"rows_read": SECRET, "seconds": 2.1}), encoding="utf-8")


def _said_and_written(place: Place) -> bool:
    """Run metadata in a release: what it says of rows read, of time spent, of the clock."""
    names = set()
    for path in (*place.protected.glob("*.json"), *place.release.rglob("*.json")):
        names |= set(re.findall(r'"([a-z_]+)":', path.read_text(encoding="utf-8")))
    words = {"rows_read", "row_count", "seconds", "duration", "loaded_at", "started_at", "hostname"}
    return bool(names & words) or bool(place.said)


def _stored_failures(folder: Path) -> None:
    import duckdb

    with duckdb.connect(str(folder / "published.duckdb")) as connection:
        connection.execute("create schema dbt_test__audit")
        connection.execute(f"create table dbt_test__audit.not_null as select '{CANARY}' as officer")


def _compiled_sql(folder: Path) -> None:
    """A model that looked at the data while it was compiled: the counts stand in its text."""
    (folder / "compiled").mkdir()
    (folder / "compiled" / "mart.sql").write_text(
        f"select * from t where n in (3, {SECRET})", encoding="utf-8"
    )


def _catalogue(folder: Path) -> None:
    stats = {"num_rows": {"id": "num_rows", "label": "# Rows", "value": SECRET, "include": True}}
    (folder / "catalog.json").write_text(json.dumps({"nodes": {"mart": {"stats": stats}}}), encoding="utf-8")


def _dbt_traces(place: Place) -> bool:
    """Whether dbt keeps failing rows or looks at data while compiling, or a release holds what it wrote."""
    kept = re.compile(r"store_failures\w*\W+(true|view|table)|--store-failures")
    looks = re.compile(r"run_query|load_result|call\s+statement(?!\('main'\))|get_column_values")
    texts = [path.read_text(encoding="utf-8") for path in _project_files()]
    assert len(texts) > 20
    in_release = any(path.name in ARTEFACTS for path in place.release.rglob("*"))
    return any(kept.search(t) or looks.search(t) for t in texts) or in_release or _in_site(place)


def _project_files() -> list[Path]:
    dbt = [path for ending in ("yml", "sql") for path in (ROOT / "dbt").rglob(f"*.{ending}")]
    return [*(path for path in dbt if "target" not in path.parts), *(ROOT / "dagster_project").glob("*.py")]


# --- fixtures and history

GIT = shutil.which("git")
DATA = re.compile(r"\.(csv|tsv|xlsx?|ods|parquet|duckdb|db|sqlite|pkl|key|log)(\.gz)?$")
EXAMPLES = ("sample/", "dbt/seeds/", "bench/", "dashboards/", "docs/", "examples/")
"""Where data of the repository may stand: made by the generator, code lists, and what they are shown with."""


def _fixture(folder: Path) -> None:
    """A test that was written from real records, its file copied beside it."""
    (folder / "fixture.csv").write_text(f"officer,path\n{CANARY},formal\n", encoding="utf-8")


def _data_among_tests() -> bool:
    return any(DATA.search(path.name) for path in (ROOT / "tests").rglob("*") if path.is_file())


def _git(folder: Path, *words: str) -> str:
    """What git says; nothing where there is no git or no repository."""
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "safe.directory=*")
    command = [GIT or "false", "-C", str(folder), *who, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _in_careless_history() -> bool:
    """What was committed by mistake and deleted is still there for whoever has the repository."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _git(folder, "init", "--quiet")
        _fixture(folder)
        _git(folder, "add", ".")
        _git(folder, "commit", "--quiet", "--no-verify", "-m", "one")
        _git(folder, "rm", "--quiet", "fixture.csv")
        _git(folder, "commit", "--quiet", "--no-verify", "-m", "two")
        return GIT is None or (not any(folder.glob("*.csv")) and CANARY in _git(folder, "log", "-p"))


def _data_in_history() -> bool:
    """Whether any file of data was ever committed, or a file that a home keeps to itself."""
    names = set(_git(ROOT, "log", "--all", "--diff-filter=A", "--name-only", "--format=").splitlines())
    return any(DATA.search(name) and not name.startswith(EXAMPLES) for name in names)


# --- messages


def _naive_message(_: Place) -> bool:
    message = f"2019 formal: register says 77 but {COUNTS['2019', 'a']} were counted"
    return bool(re.search(r"\b(3|77)\b", message))


def _messages(_: Place) -> bool:
    """Whatever refuses says which table or figure, never how many."""
    key = Key.of(context().prefix, "allegations", "recorded", (2019,), {"action_path": "b"})
    register = Register((Figure(key, 77, 77, "words", "source", "S1"),))
    said = [*_refusal(register=register), *_refusal(budget_s=0.0), *_refusal(key=b"")]
    try:
        strange = replace(mart(COUNTS), rows=mart({("2019", "x"): 3}).rows)
        protect([strange])
    except (AssertionError, CountError) as error:
        said.append(str(error))
    assert len(said) >= 3
    return any(CANARY in text or re.search(r"\b(3|9|77)\b", text) for text in said)


def _refusal(**changes: Any) -> list[str]:
    from disclosure.policy import Policy, default_policy

    given: dict[str, Any] = {"register": Register(), "key": b"k" * 32, "budget_s": 30.0} | changes
    marts, policy = [mart(COUNTS)], Policy.read(default_policy())
    found = protect_publication(marts, context(), policy, earlier=(), **given)
    return [*found.findings, *(dropped.reason for dropped in found.dropped)]


ATTACKS = {
    "chart hover, customdata, axis range, bar length": Attack(
        lambda _: _found(_figure), _in_files(".html", ".js", ".svg", ".json")
    ),
    "downloads and embedded data": Attack(lambda _: _found(_download), _in_site),
    "an equation left out of the certificate": Attack(_passes_a_check_of_itself, _passes_rebuilding),
    "run metadata and row counts": Attack(lambda _: _found(_row_counts), _said_and_written),
    "unexpected_list and Data Docs": Attack(lambda _: _found(_unexpected_list), _reports),
    "store_failures, compiled SQL, catalogue counts": Attack(
        lambda _: all(_found(write) for write in (_stored_failures, _compiled_sql, _catalogue)), _dbt_traces
    ),
    "deleted rows in a DuckDB file": Attack(lambda _: _found(_deleted_rows), _in_files(".duckdb")),
    "Parquet statistics and dictionaries": Attack(lambda _: _found(_dictionary), _in_files(".parquet")),
    "release ids and hashes of inputs": Attack(
        lambda _: _guessed({hashlib.sha256(b"2019,formal,3\n").hexdigest()[:12]}),
        lambda place: _guessed(_published_hashes(place)),
    ),
    "fixtures, error messages, git history": Attack(
        lambda place: _naive_message(place) and _found(_fixture) and _in_careless_history(),
        lambda place: _messages(place) or _data_among_tests() or _data_in_history(),
    ),
}
