"""What differs between two releases, from their published files alone."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from disclosure.cells import at_vintage, vintage_of

Name = tuple[str, ...]
FIGURE = ("value", "marker", "notes")
VINTAGE = ("as_at", "cell")
LEFT_OUT = {
    (True, True): "left out for another reason",
    (False, True): "left out",
    (True, False): "no longer named as left out",
}
"""By whether the older and the newer release name the table among those left out."""
SECTIONS = {
    "register": "the figures called already public",
    "published_figures": "the published figures beside ours",
    "breaks": "the breaks in the series",
}


@dataclass(frozen=True)
class _Table:
    """One table of a release; `rows` by their years, codes and measure."""

    content: Mapping[str, Any]

    @cached_property
    def rows(self) -> dict[Name, Mapping[str, Any]]:
        """Every figure by its name."""
        return {_name(self.content, row): row for row in self.content["rows"]}

    @property
    def statements(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """Rates and medians by their name and the row that they stand beside."""
        names = {at_vintage(row["cell"], ""): name for name, row in self.rows.items()}
        found = {}
        for one in self.content.get("statements", ()):
            beside = at_vintage(one["denominator"], "")
            found[one["name"], ", ".join(names.get(beside, (beside,)))] = one
        return found

    @property
    def words(self) -> Mapping[str, Any]:
        """What the table says of itself: all but figures and days."""
        return {n: v for n, v in self.content.items() if n not in ("rows", "statements", "as_at")}


def difference(older: Path, newer: Path) -> tuple[str, ...]:
    """What differs between two releases, from their published files: tables, rows and days by their words."""
    before, after = (_protected(release) for release in (older, newer))
    old, new = ({t["table_id"]: _Table(t) for t in content["tables"]} for content in (before, after))
    gone = (f"no longer published: {table}" for table in old if table not in new)
    come = (f"new: {table}" for table in new if table not in old)
    both = [(table, old[table], new[table]) for table in new if table in old]
    return (
        *gone,
        *come,
        *(f"{table}: {text}" for table, a, b in both for text in _figures(a, b)),
        *_heads(before["header"], after["header"]),
        *(f"{table}: {text}" for table, a, b in both for text in _days(a, b)),
        *(f"{table}: {text}" for table, a, b in both for text in _words(a, b)),
        *_rest(before, after),
        *_pages(older, newer),
    )


def _protected(release: Path) -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads((release / "protected.json").read_text(encoding="utf-8"))
    return content


def _name(table: Mapping[str, Any], row: Mapping[str, Any]) -> Name:
    names = [dimension["name"] for dimension in table["dimensions"] if dimension["kind"] != "time"]
    years = f"{row['year_from']}-{row['year_to']}"
    return (years, *(f"{name} {row[name]}" for name in names), row["measure"])


def _figures(before: _Table, after: _Table) -> Iterator[str]:
    """Rows with another figure, and rates or medians with other bounds."""
    for name in sorted(before.rows.keys() | after.rows.keys()):
        old, new = before.rows.get(name), after.rows.get(name)
        if old is None or new is None or any(old[part] != new[part] for part in FIGURE):
            yield f"{', '.join(name)}: {_shown(old)} -> {_shown(new)}"
    for key in sorted(before.statements.keys() | after.statements.keys()):
        first, second = before.statements.get(key), after.statements.get(key)
        if _bounds(first) != _bounds(second):
            yield f"{key[0]} of {key[1]}: {_bounds(first)} -> {_bounds(second)}"


def _shown(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "absent"
    figure = f"[{row['marker']}]" if row["value"] is None else str(row["value"])
    return f"{figure} {row['notes']}".rstrip()


def _bounds(statement: Mapping[str, Any] | None) -> str:
    if statement is None:
        return "absent"
    least, most = statement["least"], statement["most"]
    return f"[{statement['marker']}]" if least is None else f"{least}" if least == most else f"{least}-{most}"


def _heads(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    if before["as_at"] != after["as_at"]:
        yield f"the release is as at {after['as_at']} in place of {before['as_at']}"
    if before["policy_sha256"] != after["policy_sha256"]:
        yield "the disclosure policy changed"
    left = {n for n in {**before, **after} if before.get(n) != after.get(n)} - {"as_at", "policy_sha256"}
    yield from (f"the header's {name.replace('_', ' ')} changed" for name in sorted(left))


def _days(before: _Table, after: _Table) -> Iterator[str]:
    """Which years of a table are as at another day, or stand as at the old one where the table does not."""
    moved: dict[tuple[str, str], list[str]] = {}
    for name in before.rows.keys() & after.rows.keys():
        pair = _vintage(before.rows[name]), _vintage(after.rows[name])
        moved.setdefault(pair, []).append(name[0])
    changed = before.content["as_at"] != after.content["as_at"] or any(a != b for a, b in moved)
    for (old, new), years in sorted(moved.items()) if changed else ():
        where = "" if len(moved) == 1 else f" ({', '.join(sorted(set(years)))})"
        yield f"stands as at {old}{where}" if old == new else f"as at {new} in place of {old}{where}"


def _vintage(row: Mapping[str, Any]) -> str:
    """The as-at day of a row, and which correction of that day's records it counts."""
    day, _, number = vintage_of(row["cell"]).partition("#")
    return f"{day}, correction {int(number) - 1}" if number else day


def _words(before: _Table, after: _Table) -> Iterator[str]:
    if before.words != after.words:
        yield "its title, words or groups changed"
    common = before.rows.keys() & after.rows.keys()
    same = [n for n in common if all(before.rows[n][part] == after.rows[n][part] for part in FIGURE)]
    if any(_said(before.rows[n]) != _said(after.rows[n]) for n in same):
        yield "the reasons beside its figures changed"


def _said(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in row.items() if name not in (*FIGURE, *VINTAGE)}


def _rest(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    old, new = ({d["table_id"]: d["reason"] for d in content["dropped"]} for content in (before, after))
    published: Collection[str] = {t["table_id"] for content in (before, after) for t in content["tables"]}
    for table in sorted(new.keys() | old.keys()):
        if old.get(table) != new.get(table) and table not in published:
            yield f"{LEFT_OUT[table in old, table in new]}: {table}"
    yield from (f"{words} changed" for name, words in SECTIONS.items() if before.get(name) != after.get(name))


def _pages(older: Path, newer: Path) -> Iterator[str]:
    versions = (
        json.loads((release / "manifest.json").read_text(encoding="utf-8")).get("site_version")
        for release in (older, newer)
    )
    if len({*versions}) > 1:
        yield "another version of the site made its pages"
