"""What verification and the second gate both ask of published files, in one place.

Each function looks at one thing that the files must say in the words that their own definitions imply, and
yields what they say otherwise. Nothing private is read, and no count is named.
"""

from __future__ import annotations

from collections.abc import Iterator

from disclosure import rules
from disclosure.assemble import constraints, equations
from disclosure.instance import Instance
from disclosure.publication import canonical
from disclosure.published import Published
from disclosure.rates import RATE, Statement, belongs, rate_of, statements_in

LEAST_THRESHOLD = 2


def policy(published: Published) -> Iterator[str]:
    """One header, one threshold, one width (so many counts must be possible), one version."""
    head, threshold = published.header, published.header["threshold"]
    if published.protected["version"] != 1:
        yield "protected.json: is of another version"
    if type(threshold) is not int or threshold < LEAST_THRESHOLD:
        yield "protected.json: the threshold is no whole number above 1"
    if threshold != published.system.get("threshold"):
        yield "system.json: its threshold is not that of protected.json"
    if head.get("width") != published.system.get("width"):
        yield "system.json: its width is not that of protected.json"
    if canonical(published.stated["header"]) != canonical(head):
        yield "system.json: its header is not that of protected.json"


def knowledge(published: Published) -> Iterator[str]:
    """What is called public or known is exactly what register and structural zeros alone fix."""
    instance = published.instance
    if {instance.by_id[i].code: v for i, v in instance.known.items()} != published.known:
        yield "system.json: the known values are not the figures of the register and the structural zeros"
    if {c.code for c in instance.cells if c.public} != published.public.keys() & published.shown.keys():
        yield "system.json: the cells called public are not those that public knowledge alone fixes"


def system(published: Published) -> Iterator[str]:
    """The system has the cells, equations and inequalities that the definitions imply."""
    linked, instance = published.linked, published.instance
    codes = sorted(linked.keys)
    if [c.code for c in instance.cells] != codes or [c.id for c in instance.cells] != [*range(len(codes))]:
        yield "system.json: its cells are not those that the table definitions imply"
    bounds = constraints((*linked.relations, *published.relations), linked.ids)
    implied = Instance((), equations(linked.sums, linked.ids), bounds).to_payload()
    if any(canonical(published.system[n]) != canonical(implied[n]) for n in ("equations", "constraints")):
        yield "system.json: its equations are not those that the table definitions imply, in their one form"


def rows(published: Published) -> Iterator[str]:
    """Both files have for each table the rows of its definition, in order."""
    codes = [cell.code for cell in published.instance.cells]
    said = {t["table_id"]: [row["cell"] for row in t["rows"]] for t in published.protected["tables"]}
    for definition, entry in zip(published.own, published.tables, strict=True):
        name, implied = definition.table_id, [definition.row_key(p).code for p in definition.rows()]
        if [codes[i] if 0 <= i < len(codes) else "" for i in entry["rows"]] != implied:
            yield f"tables.json: the rows of {name} are not those of its definition"
        if said.get(name) != implied:
            yield f"protected.json: the rows of {name} are not those of its definition"


def bounds(published: Published) -> Iterator[str]:
    """Which cells may be zero follows from what is shown; zeros in small lines would tell too much."""
    instance, stated = published.instance, published.stated
    known = {*published.public, *stated.get("kept", ())}
    zeros = rules.possible_zeros(published.linked, instance, known)
    zeros |= set(stated.get("may_be_zero_before", ()))
    for cell in instance.cells:
        least = int(instance.zeros_published and cell.code not in zeros)
        lower = int(instance.zeros_published) if cell.lower is None else cell.lower
        if cell.id in instance.hidden and lower < least:
            yield f"system.json: a stated least value does not follow from the tables ({cell.code})"
        secret = cell.code in zeros or not (instance.zeros_published or cell.code in known)
        if secret and published.shown.get(cell.code) == 0:
            yield f"system.json: a zero is shown in a line that may be small ({cell.code})"
        if cell.upper is not None or (not cell.published and cell.lower is not None):
            yield f"system.json: a bound is stated that nothing published implies ({cell.code})"


def statements(published: Published) -> Iterator[str]:
    """Rates and medians stand beside a row of their table and are about its cells; exact rates follow."""
    definitions = {d.table_id: d for d in published.own}
    for one in statements_in(published.protected):
        where = f"protected.json: {one.table_id}: `{one.name}`"
        if not belongs(one, definitions[one.table_id]):
            yield f"{where} is not about the cells of a row of its table"
        elif one.kind == RATE and one.least is not None and one.least == one.most:
            part, total = published.shown.get(one.numerator[0][0]), published.shown.get(one.denominator)
            if part is None or not total or one.least != rate_of(part, total):
                yield f"{where} does not follow from counts that are shown"
    for table in published.protected["tables"]:
        for entry in table.get("statements", ()):
            if canonical(Statement.read(table["table_id"], entry).payload) != canonical(entry):
                yield f"protected.json: {table['table_id']}: `{entry['name']}` is not in its one form"
