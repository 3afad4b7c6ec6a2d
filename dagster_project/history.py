"""Dagster's record of a run, written through one connection a file.

Dagster opens a connection and compiles its statements anew for every event, and a refresh has some 500: 1.5
of 16 CPU seconds, and a flush of the disk each. A record in Postgres is left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from dagster_project.settings import Settings

WAIT_S = 60


class OneConnection(SqliteEventLogStorage):
    """The same files as Dagster's own; whoever else reads or writes them may do so meanwhile."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Open nothing yet."""
        self._engines: dict[str, Engine] = {}
        self._known: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> OneConnection:
        """As Dagster makes it from its configuration."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if shard not in self._engines:
            with super()._connect(shard):
                self._engines[shard] = _engine(self.conn_string_for_shard(shard))
        with self._db_lock, self._engines[shard].connect() as connection, connection.begin():
            yield connection

    def has_table(self, table_name: str) -> bool:
        """Asked for the same few tables at each event; one that is there stays there."""
        if table_name not in self._known and super().has_table(table_name):
            self._known.add(table_name)
        return table_name in self._known

    def dispose(self) -> None:
        """Close the files."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def _engine(address: str) -> Engine:
    arguments = {"timeout": WAIT_S, "check_same_thread": False}
    engine = create_engine(address, poolclass=StaticPool, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def relax(connection: Any, _: object) -> None:  # noqa: ANN401
        # A kill loses nothing; a power cut may lose the last lines of a run that it cut off anyway.
        connection.execute("pragma synchronous = normal")

    return engine


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """Dagster's storage in the home, for a run in this process."""
    stated = InstanceRef.from_dir(str(settings.dagster))
    if stated.storage_data is None or stated.storage_data.class_name != DagsterSqliteStorage.__name__:
        return dg.DagsterInstance.from_ref(stated)
    kept = f"base_dir: {json.dumps(str(settings.dagster / 'history' / 'runs'))}\n"
    data = ConfigurableClassData(__name__, OneConnection.__name__, kept)
    return dg.DagsterInstance.from_ref(stated._replace(storage_data=None, event_storage_data=data))
