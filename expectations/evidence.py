"""What gate 2 looks at: the bytes of the protected folder, and the private facts to hold them against."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.record import CERTIFICATE

if TYPE_CHECKING:
    from disclosure.published import Published

JUDGED = ("protected.json", "tables.json", "system.json")
HISTORY = "history.json"
ALLOWED = (*JUDGED, HISTORY, CERTIFICATE)
BUDGET_S = 600.0
PUBLIC = "already public"
STRUCTURAL = "z"
WITHHELD = "c"


@dataclass(frozen=True)
class PrivateFacts:
    """What only the private process knows. It never leaves the gate.

    Attributes:
        values: the true count of every cell that may be published, by canonical key.
        primary: keys of the cells that are small in themselves.
        singletons: for each withheld cell of one officer, the keys of the cells that this officer knows.
        strings: officer keys, case references and other text that must appear in no published byte.
        released: keys of the cells whose count an earlier release showed: a stricter policy takes none back.
    """

    values: Mapping[str, int]
    primary: Collection[str] = frozenset()
    singletons: Mapping[str, Collection[str]] = field(default_factory=dict)
    strings: Collection[str] = frozenset()
    released: Collection[str] = frozenset()


class Unreadable(ValueError):
    """A judged file is missing or is not the JSON it should be. Names the file."""


@dataclass(frozen=True)
class Row:
    """One published figure: where it stands, and what it says."""

    table_id: str
    content: Mapping[str, Any]

    @property
    def cell(self) -> str:
        """The canonical key."""
        return str(self.content.get("cell"))

    @property
    def value(self) -> object:
        """The published count, or None."""
        return self.content.get("value")

    @property
    def marker(self) -> object:
        """`c`, `z` or `x` in place of a value."""
        return self.content.get("marker")

    @property
    def count(self) -> int | None:
        """The value an outsider reads off the row: structural zeros are zeros."""
        if self.marker == STRUCTURAL:
            return 0
        return self.value if isinstance(self.value, int) else None

    @property
    def years(self) -> tuple[int, int]:
        """First and last year that the figure covers."""
        return int(self.content.get("year_from", 0)), int(self.content.get("year_to", 0))

    @property
    def vintage(self) -> str:
        """The vintage of its cell: the day that it is as at, and the number of a later correction."""
        from disclosure.cells import vintage_of

        return vintage_of(self.cell)

    @property
    def says_public(self) -> bool:
        """Whether the row calls its figure already public."""
        return PUBLIC in str(self.content.get("reason", ""))


@dataclass(frozen=True)
class Evidence:
    """The parsed files of a protected folder, the private facts and the decision records."""

    folder: Path
    protected: Mapping[str, Any]
    tables: Sequence[Mapping[str, Any]]
    system: Mapping[str, Any]
    private: PrivateFacts
    decisions: Path
    history: Sequence[Mapping[str, Any]] = ()

    @property
    def threshold(self) -> int:
        """The smallest count that may be shown."""
        return int(self.protected["header"]["threshold"])

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every published figure of every table."""
        return tuple(
            Row(str(table["table_id"]), row) for table in self.protected["tables"] for row in table["rows"]
        )

    @cached_property
    def cells(self) -> Mapping[str, Mapping[str, Any]]:
        """The cells of the linked system by canonical key."""
        return {str(cell.get("code", "")): cell for cell in self.system["cells"]}

    @cached_property
    def public(self) -> frozenset[str]:
        """Keys of the cells that the system says public knowledge fixes."""
        known = {int(number) for number in self.system.get("known", {})}
        return frozenset(
            code for code, cell in self.cells.items() if cell.get("public") or cell["id"] in known
        )

    @cached_property
    def published(self) -> Published:
        """The files as the attacker reads them: what has no value is withheld, whatever they say."""
        from disclosure.published import Published

        cells = self.system["cells"]
        empty = {c["id"] for c in cells if c.get("published", True) and c.get("value") is None}
        hidden = sorted(empty | set(self.system.get("hidden", ())))
        system = {**self.system, "hidden": hidden, "threshold": self.threshold, "budget_s": BUDGET_S}
        return Published(self.protected, tuple(self.tables), system)

    def structure(self, table_id: str) -> Mapping[str, Any]:
        """A table's definition in tables.json.

        Raises:
            KeyError: tables.json does not define the table.
        """
        return {str(table["table_id"]): table for table in self.tables}[table_id]

    def by_table(self) -> Iterator[tuple[Mapping[str, Any], tuple[Row, ...]]]:
        """Each protected table with its rows."""
        for table in self.protected["tables"]:
            yield table, tuple(row for row in self.rows if row.table_id == table["table_id"])


def read(folder: Path, private: PrivateFacts, decisions: Path) -> Evidence:
    """Read the judged files strictly: a repeated key or a number that is no number is refused.

    Raises:
        Unreadable: a file is missing or malformed.
    """
    protected, tables, system = (_parsed(folder / name) for name in JUDGED)
    history = _parsed(folder / HISTORY) if (folder / HISTORY).exists() else ()
    return Evidence(folder, protected, tables, system, private, decisions, history)


def _parsed(path: Path) -> Any:  # noqa: ANN401
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path.name} cannot be read") from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key is repeated")
    return content


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
