"""Whether published files are sound: the form, equations and numbers that their own definitions imply.

A file that says the same in another way, or twice, may be read in two ways. `certify` refuses before a
release what `verify` would refuse after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from disclosure import forms, layout, render, rules
from disclosure.ages import follow_on
from disclosure.publication import canonical
from disclosure.publish import LEVELS
from disclosure.published import Published
from disclosure.register import Figure
from disclosure.system import Definition, Position, from_payload, payload
from disclosure.vintages import block_of

FIGURE = ("value", "marker", "notes", "reason", "exemption")
SYSTEM = (
    "version", "threshold", "zeros_published", "cells", "equations", "constraints", "known", "hidden",
)  # fmt: skip


def findings(published: Published) -> Iterator[str]:
    """What the three files must not say, whatever a certificate says; empty means sound."""
    yield from _layout(published)
    yield from forms.policy(published)
    yield from forms.knowledge(published)
    yield from forms.system(published)
    yield from forms.rows(published)
    yield from forms.bounds(published)
    yield from forms.statements(published)
    yield from _tables(published)
    yield from _system(published)
    tables = {t["table_id"]: t for t in published.protected["tables"]}
    if list(tables) != [d.table_id for d in published.own]:
        yield "protected.json: its tables are not those of tables.json"
    for definition in published.own:
        yield from _table(definition, tables[definition.table_id])
        yield from _shown(published, definition, tables[definition.table_id]["rows"])
    yield from _register(published)
    yield from _counts(published)


def _layout(published: Published) -> Iterator[str]:
    yield from layout.findings("protected.json", published.protected, layout.PROTECTED)
    yield from layout.findings("tables.json", [*published.tables], [layout.STRUCTURE])
    yield from layout.findings("system.json", published.system, layout.SYSTEM)


def _tables(published: Published) -> Iterator[str]:
    stated = [("tables.json", table) for table in published.tables]
    stated += [("system.json", table) for table in published.stated["earlier"]]
    for file, table in stated:
        definition = from_payload(table)
        if canonical(payload(definition, table["rows"])) != canonical(table) or not _sound(definition):
            yield f"{file}: the definition of {table['table_id']} is not in its one form"


def _sound(definition: Definition) -> bool:
    """Names are texts, categories differ, years are those of the time axis, held blocks are its own."""
    texts = [definition.table_id, definition.unit, definition.measure, *(a.name for a in definition.axes)]
    lists = [definition.years, *(a.leaves for a in definition.axes), *(a.shown for a in definition.axes)]
    zeros = [sorted(entry.items()) for entry in definition.structural_zero]
    times = [a.leaves for a in definition.axes if a.time]
    leaves = {a.name: set(a.leaves) for a in definition.axes if not a.time}
    return (
        all(isinstance(text, str) and text for text in texts)
        and all(len(set(one)) == len(one) for one in lists)
        and all(zeros.count(entry) == 1 and len(set(c)) == len(c) for entry in zeros for _, c in entry)
        and definition.held.keys() <= {block_of(definition, p) for p in definition.rows()}
        and all(leaves == tuple(str(y) for y in definition.years) for leaves in times)
        and all(follow_on(ages) and ages.keys() < leaves[n] for n, ages in definition.ages.items())
        and all(_another_day(definition, year) for year in definition.days)
        and all(isinstance(flag, bool) for a in definition.axes for flag in (a.total, a.adds, a.time))
    )


def _another_day(definition: Definition, year: str) -> bool:
    """Whether the day of a year's records, in its one form, is before that of the table."""
    day = definition.day_of(year).isoformat()
    return definition.days[year] == day < definition.scope.day and int(year) in definition.years


def _system(published: Published) -> Iterator[str]:
    whole, said = published.instance.to_payload(), {**published.system}
    said.pop("release")
    names = (*SYSTEM, "width") if "width" in whole else SYSTEM
    if canonical({name: whole[name] for name in names}) != canonical(said):
        yield "system.json: is not in its one form"
    scope = published.own[0].scope
    for entry in published.stated["figures"]:
        if canonical(Figure.read(entry, scope).payload) != canonical(entry):
            yield "system.json: a public figure is not in its one form"


def _table(definition: Definition, table: Mapping[str, Any]) -> Iterator[str]:
    said = {name: table.get(name) for name in ("unit", "time_basis", "as_at", "measures")}
    meant = {
        "unit": definition.unit, "time_basis": definition.time_basis,
        "as_at": definition.scope.day, "measures": [definition.measure],
    }  # fmt: skip
    axes = [(d.get("name"), d.get("kind"), d.get("total")) for d in table["dimensions"]]
    whole = [
        (a.name, "time" if a.time else "category", "Total" if a.total else None) for a in definition.axes
    ]
    codes = [[c["code"] for c in d["categories"]] for d in table["dimensions"]]
    used = [[c for c in a.shown if c in _used(definition, n)] for n, a in enumerate(definition.axes)]
    within = {w["name"]: w["code"] for w in table["within"]}
    levels = {level for d in table["dimensions"] for level in d["levels"]} <= {*LEVELS}
    if (said, axes, codes, within, levels) != (meant, whole, used, dict(definition.within), True):
        yield f"protected.json: {definition.table_id} is described in other words than its definition has"


def _used(definition: Definition, axis: int) -> set[str]:
    return {position[axis] for position in definition.rows()}


def _shown(published: Published, definition: Definition, rows: list[Mapping[str, Any]]) -> Iterator[str]:
    positions = definition.rows()
    for row, position in zip(rows, positions, strict=False):
        if {n: v for n, v in row.items() if n not in FIGURE} != render.identity(definition, position):
            yield f"protected.json: a row of {definition.table_id} says other than its cell"
        structural = row["cell"] in published.structural
        expected = None if structural else published.shown.get(row["cell"])
        marker = "z" if structural else None if expected is not None else "c"
        if row["value"] != expected or row["marker"] != marker:
            yield f"protected.json: {definition.table_id} and system.json differ ({row['cell']})"
        elif not _explained(published, row, definition, position):
            yield f"protected.json: a row of {definition.table_id} gives another reason ({row['cell']})"


def _explained(
    published: Published, row: Mapping[str, Any], definition: Definition, position: Position
) -> bool:
    """Whether reason and exemption are the fixed ones for what the row shows."""
    public = row["cell"] in published.public and row["value"] is not None
    reasons = {"c": render.WITHHELD, "z": published.structural.get(row["cell"])}
    reason = reasons.get(str(row["marker"]), render.ALREADY_PUBLIC if public else "")
    cited = row["exemption"] == (render.ACCESSIBLE if public else "") or row["marker"] == "c"
    old = definition.row_key(position) != definition.key(position)
    return old or (row["reason"] == reason and cited and bool(row["exemption"]) >= (row["marker"] == "c"))


def _register(published: Published) -> Iterator[str]:
    known = Counter((f.key.years[0], f.key.years[-1], f.key.unit, _value(f)) for f in published.figures)
    names = ("year_from", "year_to", "unit", "value")
    if Counter(tuple(entry[n] for n in names) for entry in published.protected["register"]) - known:
        yield "protected.json: a public figure is not one of those that bind the release, or stands twice"


def _value(figure: Figure) -> int | str:
    return figure.least if figure.value is not None else f"{figure.least}-{figure.most}"


def _counts(files: Published) -> Iterator[str]:
    """What is shown gives nothing small away by itself; that it adds up `parse` asks."""
    instance = files.instance
    for cell in instance.cells:
        withheld = cell.published and cell.id in instance.hidden
        if cell.published and withheld == (cell.value is not None):
            yield f"system.json: a cell is neither shown nor withheld ({cell.code})"
        if not cell.published and cell.value is not None:
            yield f"system.json: an unpublished cell has a value ({cell.code})"
    yield from _small_shown(files)
    inner = rules.small_inner(instance)
    yield from (f"system.json: a small inner count follows ({instance.cells[i].code})" for i in sorted(inner))
    yield from (f"system.json: a small difference can be worked out ({code})" for code in files.given_away())


def _small_shown(files: Published) -> Iterator[str]:
    kept = {*files.public, *files.stated.get("kept", ())}
    for code, value in files.shown.items():
        if 0 < value < files.header["threshold"] and code not in kept:
            yield f"system.json: a small count is shown ({code})"
