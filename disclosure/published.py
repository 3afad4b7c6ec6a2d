"""A protected publication read back from its three files, and the system that its definitions imply."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from disclosure import vintages
from disclosure.assemble import instance_of, structural_zeros
from disclosure.cells import Scope, vintage_of
from disclosure.instance import Instance
from disclosure.lp import BudgetError
from disclosure.rates import statements_in
from disclosure.reading import parse
from disclosure.register import Figure, fixed_by_knowledge
from disclosure.system import Definition, Linked, Relation, from_payload, link

NAMES = ("protected", "tables", "system")
BUDGET_S = 600.0


class Unreadable(ValueError):
    """A published file is missing or broken."""


@dataclass(frozen=True)
class Published:
    """What the three files say. Nothing here is computed from anything else."""

    protected: Mapping[str, Any]
    tables: tuple[Mapping[str, Any], ...]
    system: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Published:
        """Read `protected.json`, `tables.json` and `system.json`.

        Raises:
            Unreadable: one of them is missing or no JSON.
        """
        protected, tables, system = (load(folder / f"{name}.json") for name in NAMES)
        return cls(protected, tuple(tables), system)

    @property
    def header(self) -> Mapping[str, Any]:
        """Whose publication it is, under which policy."""
        return dict(self.protected["header"])

    @property
    def stated(self) -> Mapping[str, Any]:
        """What the system was built from besides the tables: figures, earlier tables, exceptions."""
        return dict(self.system["release"])

    @cached_property
    def instance(self) -> Instance:
        """The linked system as it is published."""
        return read_system(self.system)

    @cached_property
    def own(self) -> tuple[Definition, ...]:
        """The tables of this release."""
        return tuple(from_payload(t) for t in self.tables)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The public figures that bind it."""
        head = self.header
        scope = Scope(head["force"], head["scope"], head["population"], head["as_at"])
        return tuple(Figure.read(entry, scope) for entry in self.stated["figures"])

    @cached_property
    def linked(self) -> Linked:
        """The system that the definitions imply."""
        figures = (f.definition for f in self.figures)
        excess = bool(self.stated.get("excess", False))
        before = tuple(from_payload(t) for t in self.stated["earlier"])
        definitions = vintages.in_every_vintage((*self.own, *before))
        return link((*definitions, *figures), int(self.stated["inner_cells"]), excess)

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """Inequalities besides those of the tables: public figures, earlier and own rates and medians."""
        figures = (r for f in self.figures for r in f.relations)
        before = (Relation.read(entry) for entry in self.stated.get("statements", ()))
        own = (r for one in statements_in(self.protected) for r in one.relations)
        return (*figures, *before, *own)

    @cached_property
    def shown(self) -> Mapping[str, int]:
        """Every number shown, by canonical code."""
        hidden, cells = self.instance.hidden, self.instance.cells
        return {c.code: c.value for c in cells if c.published and c.id not in hidden and c.value is not None}

    @cached_property
    def figure_values(self) -> Mapping[str, int]:
        """The register's numbers by code."""
        return {f.key.code: f.least for f in self.figures if f.value is not None}

    @cached_property
    def structural(self) -> Mapping[str, str]:
        """What the rules or the calendar leave no other value than zero, with the words for why."""
        return structural_zeros(self.linked.definitions)

    @cached_property
    def known(self) -> Mapping[str, int]:
        """The register's numbers, and the structural zeros that no table shows."""
        shown = {c.code for c in self.instance.cells if c.published}
        return {**dict.fromkeys(self.structural.keys() - shown, 0), **self.figure_values}

    @cached_property
    def public(self) -> Mapping[str, int]:
        """The published cells that register and structural zeros alone fix, worked out again."""
        intervals = tuple(r for f in self.figures for r in f.relations)
        known = {**dict.fromkeys(self.structural, 0), **self.figure_values}
        names = {c.id: c.code for c in self.instance.cells if c.published}
        found = fixed_by_knowledge(instance_of(self.linked, known, intervals), names, BUDGET_S)
        return {names[i]: value for i, value in found.items()}

    def given_away(self) -> tuple[str, ...]:
        """Counts that no table shows whose small difference from a public one can be worked out."""
        label, exempt = self.own[0].scope.as_at, self.stated.get("hold_exempt")
        settled = {c for c in self.shown if vintage_of(c) != label} | set(self.stated.get("kept", ()))
        near = vintages.differences(self.linked, self.figures, exempt, self.shown, settled)
        number = {c.code: c.id for c in self.instance.cells}
        ids = {number[code]: old for code, old in near.items()}
        attacked = (instance for name, instance in self.attacks() if name != vintages.STATIC)
        try:
            found = {i for instance in attacked for i in vintages.given_away(instance, ids)}
        except BudgetError:
            return tuple(near)
        return tuple(code for code in near if number[code] in found)

    def attacks(self) -> Iterator[tuple[str, Instance]]:
        """The system as each attacker has it."""
        return iter(self._attacks)

    @cached_property
    def _attacks(self) -> tuple[tuple[str, Instance], ...]:
        return tuple(vintages.met(self.instance, self.linked))


def read_system(system: Mapping[str, Any]) -> Instance:
    """The instance in a parsed `system.json`."""
    return parse({name: value for name, value in system.items() if name != "release"})


def load(path: Path) -> Any:  # noqa: ANN401
    """A JSON file.

    Raises:
        Unreadable: it is missing or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path.name} cannot be read ({type(error).__name__})") from None
