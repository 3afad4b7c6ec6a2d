"""Linked systems for the solver's tests: tables of any shape, random ones, and an attacker by enumeration."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import highspy
from hypothesis import strategies as st

from disclosure.audit import audit
from disclosure.instance import Audit, Cell, Constraint, Equation, Instance, Protection
from disclosure.secondary import protect

TOTAL = "T"
FAR = 100_000
Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Dimension:
    """Leaf codes, and groups of them (a level between the leaves and the total)."""

    name: str
    leaves: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]

    def parts(self, code: str) -> tuple[str, ...]:
        if code != TOTAL:
            return self.groups.get(code, ())
        grouped = {leaf for leaves in self.groups.values() for leaf in leaves}
        return (*self.groups, *(leaf for leaf in self.leaves if leaf not in grouped))

    def codes(self) -> tuple[str, ...]:
        return (*self.leaves, *self.groups, TOTAL)

    def above(self, leaf: str) -> tuple[str, ...]:
        return (leaf, *(g for g, leaves in self.groups.items() if leaf in leaves), TOTAL)


def plain(name: str, size: int) -> Dimension:
    return Dimension(name, tuple(f"{name}{n}" for n in range(size)), {})


def linked(
    dimensions: Sequence[Dimension],
    counts: Mapping[tuple[str, ...], int],
    tables: Iterable[tuple[int, ...]] | None = None,
    **settings: object,
) -> Instance:
    """Tables over some of the dimensions each (all of them unless said), with all their totals and groups."""
    values: dict[Key, int] = {}
    links: set[tuple[Key, tuple[Key, ...]]] = set()
    for table in tables or [tuple(range(len(dimensions)))]:
        chosen = [dimensions[n] for n in table]
        for codes in itertools.product(*(d.codes() for d in chosen)):
            values[_key(chosen, codes)] = 0
            links.update(_links(chosen, codes))
    for leaves, count in counts.items():
        for codes in itertools.product(*(d.above(leaf) for d, leaf in zip(dimensions, leaves, strict=True))):
            key = _key(dimensions, codes)
            if key in values:
                values[key] += count
    ids = {key: n for n, key in enumerate(sorted(values))}
    cells = tuple(Cell(ids[key], "|".join(f"{a}={b}" for a, b in key), values[key]) for key in sorted(values))
    equations = tuple(Equation(ids[t], tuple(ids[p] for p in parts)) for t, parts in sorted(links))
    return replace(Instance(cells, equations), **settings)  # type: ignore[arg-type]


def _key(dimensions: Sequence[Dimension], codes: Sequence[str]) -> Key:
    return tuple(sorted((d.name, c) for d, c in zip(dimensions, codes, strict=True) if c != TOTAL))


def _links(dimensions: Sequence[Dimension], codes: tuple[str, ...]) -> Iterator[tuple[Key, tuple[Key, ...]]]:
    for n, dimension in enumerate(dimensions):
        parts = dimension.parts(codes[n])
        if parts:
            swapped = [(*codes[:n], part, *codes[n + 1 :]) for part in parts]
            yield _key(dimensions, codes), tuple(_key(dimensions, one) for one in swapped)


def table(rows: Sequence[Sequence[int]], **settings: object) -> Instance:
    """A published table of rows and columns with its totals."""
    r, c = plain("r", len(rows)), plain("c", len(rows[0]))
    counts = {(f"r{i}", f"c{j}"): v for i, row in enumerate(rows) for j, v in enumerate(row)}
    return linked([r, c], counts, **settings)


def at(instance: Instance, code: str) -> int:
    """The id of the cell with this code."""
    return next(cell.id for cell in instance.cells if cell.code == code)


def protected(instance: Instance) -> tuple[Protection, Audit]:
    """Protect, then attack what the pattern leaves."""
    found = protect(instance, escalate=True)
    return found, audit(instance.with_hidden(found.hidden, found.lower))


def enumerate_tables(instance: Instance, cap: int) -> Iterator[dict[int, int]]:
    """Every table of counts up to `cap` in the innermost cells that fits what is shown and known."""
    totals = {equation.total for equation in instance.equations}
    inner = [cell for cell in instance.cells if cell.id not in totals]
    for values in itertools.product(*(_range(instance, cell, cap) for cell in inner)):
        whole = _fill(instance, dict(zip((c.id for c in inner), values, strict=True)))
        if whole is not None:
            yield whole


def _range(instance: Instance, cell: Cell, cap: int) -> range:
    least, most = _limits(instance, cell)
    return (
        range(least, min(cap, most if most is not None else cap) + 1)
        if most != least
        else range(least, least + 1)
    )


def _limits(instance: Instance, cell: Cell) -> tuple[int, int | None]:
    known = instance.fixed_by_knowledge
    if cell.id in known:
        return known[cell.id], known[cell.id]
    if cell.published and cell.id not in instance.hidden:
        assert cell.value is not None
        return cell.value, cell.value
    default = 1 if cell.published and instance.zeros_published else 0
    return (cell.lower if cell.lower is not None else default), cell.upper


def _fill(instance: Instance, whole: dict[int, int]) -> dict[int, int] | None:
    waiting = list(instance.equations)
    while waiting:
        ready = [e for e in waiting if all(i in whole for i in e.parts)]
        for equation in ready:
            total = sum(whole[i] for i in equation.parts)
            if whole.setdefault(equation.total, total) != total:
                return None
        waiting = [e for e in waiting if e not in ready]
    for cell in instance.cells:
        least, most = _limits(instance, cell)
        if whole[cell.id] < least or (most is not None and whole[cell.id] > most):
            return None
    return whole if all(_holds(c, whole) for c in instance.constraints) else None


def _holds(constraint: Constraint, whole: Mapping[int, int]) -> bool:
    left = sum(coefficient * whole[i] for i, coefficient in constraint.terms)
    return {"<=": left <= constraint.rhs, ">=": left >= constraint.rhs, "==": left == constraint.rhs}[
        constraint.sense
    ]


def ranges(instance: Instance, cap: int) -> dict[int, set[int]]:
    """What each withheld cell may be, by enumeration."""
    seen: dict[int, set[int]] = {i: set() for i in instance.hidden}
    for whole in enumerate_tables(instance, cap):
        for identity, values in seen.items():
            values.add(whole[identity])
    return seen


def ends(whole: Instance, hidden: Collection[int] | None, lower: Mapping[int, int], cell: int) -> list[int]:
    """Least and largest whole number for who sees all but `hidden`; None: for who has seen nothing yet."""
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    fixed, x = whole.fixed_by_knowledge, {}
    for c in whole.cells:
        plain_least = int(whole.zeros_published and c.published and hidden is not None)
        least = c.lower if c.lower is not None else plain_least
        least, most = lower.get(c.id, least), FAR if c.upper is None else c.upper
        if c.id in fixed:
            least = most = fixed[c.id]
        elif c.published and hidden is not None and c.id not in hidden:
            least = most = c.value or 0
        x[c.id] = model.addVariable(lb=least, ub=most, type=highspy.HighsVarType.kInteger)
    for e in whole.equations:
        model.addConstr(sum(x[i] for i in e.parts) == x[e.total])
    found = []
    for solve in (model.minimize, model.maximize):
        solve(x[cell])
        assert model.getModelStatus() == highspy.HighsModelStatus.kOptimal
        found.append(round(model.getInfo().objective_function_value))
    return found


@st.composite
def dimensions(draw: st.DrawFn, count: int, most: int) -> list[Dimension]:
    """Two to `most` leaves each; sometimes the first two leaves form a group."""
    out = []
    for n in range(count):
        size = draw(st.integers(2, most))
        base = plain("abcde"[n], size)
        grouped = size > 2 and draw(st.booleans())
        groups = {f"g{base.name}": base.leaves[:2]} if grouped else {}
        out.append(Dimension(base.name, base.leaves, groups))
    return out


@st.composite
def systems(draw: st.DrawFn, tiny: bool = False) -> Instance:
    """One or several linked tables of 2 to 5 dimensions (tiny: 2), small counts and zeros, all settings."""
    count = 2 if tiny else draw(st.sampled_from([2] * 14 + [3] * 8 + [4] * 2 + [5]))
    shape = draw(dimensions(count, 2 if count > 2 else 4))
    counts = {
        leaves: draw(st.sampled_from([0, 0, 1, 2, 3, 6, 9] if not tiny else [0, 1, 2, 5]))
        for leaves in itertools.product(*(d.leaves for d in shape))
    }
    several = not tiny and count > 2 and draw(st.booleans())
    tables = list(itertools.combinations(range(count), 2)) if several else None
    threshold = draw(st.sampled_from([None, 3, 5] if not tiny else [None, 3]))
    instance = linked(
        shape, counts, tables, threshold=threshold, key=draw(st.sampled_from([None, "one", "two", "three"]))
    )
    if threshold is None:
        small = tuple(c.id for c in instance.cells if c.value in (1, 2))
        instance = replace(instance, primary=small)
    if not tiny and draw(st.integers(0, 3)) == 0:
        instance = with_officers(instance)
    if draw(st.integers(0, 5)) == 0:
        totals = sorted({e.total for e in instance.equations})
        instance = replace(instance, never_hide=frozenset({draw(st.sampled_from(totals))}))
    return replace(instance, zeros_published=draw(st.integers(0, 3)) > 0, budget_s=600.0)


def with_officers(instance: Instance) -> Instance:
    """Beside each count of allegations one of officers, which is no larger; officers add up in no line."""
    size = len(instance.cells)
    officers = tuple(
        Cell(cell.id + size, f"officers|{cell.code}", (cell.value or 0) - (cell.value or 0) // 3)
        for cell in instance.cells
    )
    rules = tuple(Constraint(((c.id + size, 1), (c.id, -1)), "<=", 0, "officers") for c in instance.cells)
    few = instance.threshold or 3
    primary = tuple(c.id - size for c in officers if 0 < (c.value or 0) < few)
    primary += tuple(c.id for c in officers if 0 < (c.value or 0) < few)
    return replace(
        instance, cells=instance.cells + officers, constraints=instance.constraints + rules, primary=primary
    )
