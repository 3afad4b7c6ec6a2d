"""What differs between two releases, from their published files alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def difference(older: Path, newer: Path) -> tuple[str, ...]:
    """What differs between two releases, from their published files: tables, and rows by their words."""
    before, after = _published_rows(older), _published_rows(newer)
    gone = [f"no longer published: {table}" for table in before if table not in after]
    new = [f"new: {table}" for table in after if table not in before]
    changed = [
        f"{table}: {_words(row)}: {_shown(before[table].get(row))} -> {_shown(after[table].get(row))}"
        for table in after
        if table in before
        for row in sorted(before[table].keys() | after[table].keys())
        if before[table].get(row) != after[table].get(row)
    ]
    return (*gone, *new, *changed)


def _published_rows(release: Path) -> dict[str, dict[tuple[str, ...], tuple[str, str]]]:
    tables = json.loads((release / "protected.json").read_text(encoding="utf-8"))["tables"]
    return {table["table_id"]: {_key(table, row): _figure(row) for row in table["rows"]} for table in tables}


def _key(table: dict[str, Any], row: dict[str, Any]) -> tuple[str, ...]:
    names = [dimension["name"] for dimension in table["dimensions"] if dimension["name"] != "recorded_year"]
    return (
        f"{row['year_from']}-{row['year_to']}",
        *(f"{name} {row[name]}" for name in names),
        row["measure"],
    )


def _figure(row: dict[str, Any]) -> tuple[str, str]:
    value, marker = row["value"], row["marker"]
    return (f"[{marker}]" if value is None else str(value), row["notes"])


def _words(row: tuple[str, ...]) -> str:
    return ", ".join(row)


def _shown(figure: tuple[str, str] | None) -> str:
    return "absent" if figure is None else " ".join(part for part in figure if part)
