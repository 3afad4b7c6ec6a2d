"""Marts to protected tables: the only module that opens the warehouse to read it for protection."""

from __future__ import annotations

import csv
import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project import log
from dagster_project.errors import BadInput, Refused
from dagster_project.query import unreadable
from dagster_project.raw import landing_of
from dagster_project.register import register_of
from dagster_project.release import ever_published
from dagster_project.settings import Settings

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from disclosure.ledger import Earlier
    from disclosure.policy import Policy
    from disclosure.publication import Context, Mart, MartRow, Publication
    from disclosure.publish import Publish
    from expectations import PrivateFacts
    from ingest import Landing

KEY_BYTES = 32
KEY_REMEDIES = (
    "restore it from a backup, then refresh again: another key chooses other cells to withhold beside the "
    "small ones, and whoever kept an old release may compare the two choices",
    "no backup: `misconduct refresh --new-key` makes another; see docs/runbook.md, 'The secret key is lost'",
)
BUDGET_S = 600.0
PRIVATE = "private.json"
OFFICERS = "officer_keys"
OUTCOME = frozenset(("result", "action", "sanction"))
TOLD_BY: Mapping[str, frozenset[str]] = {
    "officer_sex": frozenset(("sex",)),
    "action_path": OUTCOME,
    "sanction": OUTCOME,
    "case_to_answer": OUTCOME,
    "has_proceedings": frozenset(("proceedings_type",)),
    "proceedings_type": frozenset(("proceedings_type",)),
    "case_type": frozenset(("case_type",)),
}
"""The columns of an extract that can tell an attribute of a table."""


def protect(settings: Settings, manifest: Mapping[str, Any]) -> Publication:
    """Protect every mart that has a publish block as one linked system and write protected/ whole.

    Raises:
        Refused: no table can be proven, the warehouse cannot be read, or the secret key is lost.
        BadInput: there is no warehouse yet, or a file beside sources.toml is wrong.
        LedgerError: an earlier release is missing or altered.
    """
    from disclosure.publication import protect_publication

    landing = landing_of(settings)
    earlier = known_before(settings)
    policy, register = policy_of(settings), register_of(settings)
    with opened_warehouse(settings) as connection:
        marts = tuple(mart_of(connection, node) for node in published_nodes(manifest))
        context = context_of(settings, landing, days_of(connection))
    publication = protect_publication(
        marts,
        context,
        policy,
        register,
        earlier,
        secret_key(settings),
        BUDGET_S,
    )
    _refuse_unproven(settings, publication)
    _tell(publication)
    _write_private(settings, publication)
    _replace_protected(settings, publication)
    return publication


def _tell(publication: Publication) -> None:
    """For whoever runs the line: what is left out or stands as before, what combines, what to change."""
    for words in (*(table.words for table in publication.dropped), *publication.held):
        print(words, file=sys.stderr)


def published_nodes(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The models with a publish block, by name: no block, private for ever."""
    models = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return sorted(
        (node for node in models if node["config"]["meta"].get("publish")), key=lambda node: node["name"]
    )


def known_before(settings: Settings) -> tuple[Earlier, ...]:
    """What this home showed and the key that it chose with, asked before anything is read: both are cheap.

    Raises:
        Refused: the secret key is lost.
        LedgerError: an earlier release is missing or altered.
    """
    from disclosure.ledger import read_earlier

    _refuse_lost_key(settings)
    return read_earlier(settings.releases, ever_published(settings))


def secret_key(settings: Settings) -> bytes:
    """The key of the partner costs: made once, readable by its owner only, kept by every rebuild.

    Raises:
        Refused: it is lost, and something was published with it.
    """
    _refuse_lost_key(settings)
    path = settings.secret_key
    if not path.exists():
        _write_key(path)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return path.read_bytes()


def renew_key(settings: Settings) -> None:
    """Make another key where the old one is lost, and say so in the log.

    Raises:
        BadInput: it is not lost: with a second choice of cells readers would learn more than from one.
    """
    if _lost(settings) is None:
        raise BadInput((f"{settings.secret_key} is whole: leave --new-key out, which is for a lost one",))
    log.append(settings.log, "key", "a new secret key: the one before is lost")
    _write_key(settings.secret_key)


def _refuse_lost_key(settings: Settings) -> None:
    why = _lost(settings)
    if why is not None:
        headline = f"{settings.secret_key} {why}: nothing was read or published, the release before stays"
        raise Refused([headline, *(f"  {line}" for line in KEY_REMEDIES)])


def _lost(settings: Settings) -> str | None:
    """What is wrong with the key; a home that published nothing yet has none to lose.

    Anybody could try all keys that are shorter.
    """
    path = settings.secret_key
    if path.exists():
        return "is cut off, so it keeps no secret" if path.stat().st_size < KEY_BYTES else None
    published = ever_published(settings) or any(settings.releases.glob("*/manifest.json"))
    return "is missing, and this home has published releases" if published else None


def _write_key(path: Path) -> None:
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_private(settings: Settings) -> PrivateFacts:
    """What gate 2 holds the candidate against.

    Raises:
        BadInput: nothing was protected yet.
    """
    from expectations import PrivateFacts

    path = settings.build / PRIVATE
    if not (path.exists() and settings.protected.is_dir()):
        raise BadInput(("nothing is protected yet: materialise protected_publication first",))
    facts = json.loads(path.read_text(encoding="utf-8"))
    return PrivateFacts(
        values=facts["values"],
        primary=frozenset(facts["primary"]),
        singletons={cell: frozenset(known) for cell, known in facts["singletons"].items()},
        strings=frozenset(facts["strings"]),
        released=frozenset(facts["released"]),
    )


def _write_private(settings: Settings, publication: Publication) -> None:
    private = publication.private
    facts = {
        "values": dict(private.values),
        "primary": sorted(private.primary),
        "singletons": {cell: sorted(known) for cell, known in private.singletons},
        "strings": sorted(private_strings(settings)),
        "released": sorted(private.released),
    }
    (settings.build / PRIVATE).write_text(json.dumps(facts), encoding="utf-8")


def private_strings(settings: Settings) -> frozenset[str]:
    """Identifiers of people, cases and allegations, which no published byte may hold."""
    with opened_warehouse(settings) as connection:
        found = connection.execute(
            "select officer_key from marts.fct_allegations union select case_ref from marts.fct_allegations"
            " union select allegation_ref from marts.fct_allegations"
        ).fetchall()
    return frozenset(value for (value,) in found if value)


def policy_of(settings: Settings) -> Policy:
    """The disclosure policy.

    Raises:
        Refused: it is malformed.
    """
    from disclosure.policy import Policy, PolicyError

    try:
        return Policy.read(settings.policy)
    except PolicyError as error:
        raise Refused((str(error),)) from None


@contextmanager
def opened_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The private warehouse, read-only.

    Raises:
        BadInput: there is none yet.
        Refused: it cannot be read.
    """
    import duckdb

    if not settings.warehouse.exists():
        raise BadInput(("there is no warehouse yet: materialise the marts first",))
    try:
        connection = duckdb.connect(str(settings.warehouse), read_only=True)
    except duckdb.Error as error:
        raise unreadable(settings.warehouse, error) from None
    try:
        yield connection
    finally:
        connection.close()


def mart_of(connection: duckdb.DuckDBPyConnection, node: Mapping[str, Any]) -> Mart:
    """The rows of a published model, current vintage, with its publish block.

    Raises:
        Refused: the model lacks a column that its publish block names.
    """
    from disclosure.publication import Mart
    from disclosure.publish import Publish

    publish = Publish.parse(node["config"]["meta"]["publish"])
    relation = connection.table(f'"{node["schema"]}"."{node["name"]}"')
    wanted = (*publish.dimensions, publish.measures[0], OFFICERS, *publish.medians)
    missing = [name for name in wanted if name not in relation.columns]
    if missing:
        raise Refused([
            f"{node['name']}: its publish block needs the column `{name}`, which the model does not have: "
            "add it to the model or take it out of the block"
            for name in missing
        ])  # fmt: skip
    return Mart(publish=publish, description=node["description"], rows=tuple(_rows(relation, publish)))


def _rows(relation: duckdb.DuckDBPyRelation, publish: Publish) -> Iterator[MartRow]:
    """A row of the model each; a column of days (one list a row) for every median that is declared."""
    from disclosure.publication import MartRow

    names, medians = publish.dimensions, publish.medians
    columns = [*(f'cast("{name}" as varchar)' for name in names), f'"{publish.measures[0]}"', OFFICERS]
    found = relation.select(", ".join([*columns, *(f'"{name}"' for name in medians)])).fetchall()
    for row in found:
        codes, (n, officers, *days) = row[: len(names)], row[len(names) :]
        yield MartRow(
            dict(zip(names, codes, strict=True)),
            n,
            None if officers is None else frozenset(officers),
            {
                name: tuple(d for d in one or () if d is not None)
                for name, one in zip(medians, days, strict=True)
            },
        )


def days_of(connection: duckdb.DuckDBPyConnection) -> Mapping[int, date]:
    """The as-at day of each recorded year's current records: a year that was not sent again keeps its own."""
    found = connection.execute(
        "select recorded_year, max(as_at) from marts.fct_allegations where is_current_vintage"
        " and recorded_year is not null group by recorded_year"
    ).fetchall()
    return dict(found)


def context_of(settings: Settings, landing: Landing, days: Mapping[int, date]) -> Context:
    """What every table is about, and the words for its codes; `days` are the as-at days of the years."""
    from disclosure.publication import Context

    return Context(
        force=landing.force,
        scope=landing.scope,
        population=landing.population,
        as_at=max(source.as_at for source in landing.sources),
        years=landing.years,
        synthetic=landing.synthetic,
        vocabulary=landing.vocabulary,
        band_overrides=landing.bands,
        labels=_labels(settings.seeds / "seed_codes.csv"),
        breaks=_breaks(settings.seeds / "seed_breaks.csv", landing.vocabulary),
        published_figures=tuple(_read_csv(settings.landing / "published_figures.csv")),
        untold=untold(landing),
        days=days,
    )


def untold(landing: Landing) -> frozenset[str]:
    """The attributes of tables that every source is declared to lack: public, whatever the records say."""
    lacking = frozenset.intersection(*(frozenset(source.missing) for source in landing.sources))
    return frozenset(name for name, columns in TOLD_BY.items() if columns <= lacking)


def _breaks(path: Path, vocabulary: str) -> tuple[Mapping[str, str], ...]:
    rows = (row for row in _read_csv(path) if row["vocabulary"] == vocabulary)
    return tuple({name: row[name] for name in ("on", "label", "note")} for row in rows)


def _labels(path: Path) -> Mapping[str, Mapping[str, tuple[str, str]]]:
    labels: dict[str, dict[str, tuple[str, str]]] = {}
    for row in _read_csv(path):
        labels.setdefault(row["list"], {})[row["code"]] = (row["label"], row["definition"])
    return labels


def _read_csv(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _refuse_unproven(settings: Settings, publication: Publication) -> None:
    from disclosure.publication import PROVEN

    if publication.status == PROVEN:
        return
    log.append(settings.log, "refusal", "protection: nothing can be published safely")
    dropped = [f"  {table.words}" for table in publication.dropped]
    findings = [f"  {finding}" for finding in publication.findings]
    headline = "protection refused: nothing was published, the release before stays; see docs/runbook.md"
    raise Refused([headline, *findings, *dropped])


def _replace_protected(settings: Settings, publication: Publication) -> None:
    from disclosure.publication import write

    fresh, old = settings.build / "protected.new", settings.build / "protected.old"
    for folder in (fresh, old):
        shutil.rmtree(folder, ignore_errors=True)
    fresh.mkdir()
    write(publication, fresh)
    if settings.protected.exists():
        settings.protected.replace(old)
    fresh.replace(settings.protected)
    shutil.rmtree(old, ignore_errors=True)
