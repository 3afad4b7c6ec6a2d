"""Partners by elimination: which counts may be shown without fixing a withheld one by linear algebra alone.

Blind to bounds (a count is at least 0 or 1), so what it finds is a start for `moves`, not a protection.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Terms = Sequence[tuple[int, int]]
PRIME = 2_147_483_647


class Elimination:
    """Every unknown is either free or a combination of free ones, modulo a prime, as equations come in."""

    def __init__(self, equations: Iterable[Terms]) -> None:
        """Equations of the form sum(coefficient * unknown) = 0 over the unknowns that may move."""
        self._rows: dict[int, dict[int, int]] = {}
        self._users: dict[int, set[int]] = {}
        for terms in equations:
            self._impose(terms)

    def fixes(self, unknown: int, targets: frozenset[int]) -> bool:
        """Whether showing this unknown would fix one of the targets."""
        row = self._rows.get(unknown)
        if row is None:
            return any(
                len(self._rows[user]) == 1 and user in targets for user in self._users.get(unknown, ())
            )
        if not row:
            return False
        free = self._sparsest(row)
        if len(row) == 1 and free in targets:
            return True
        users = self._users[free] & targets
        return any(self._proportional(self._rows[user], row) for user in users if user != unknown)

    def show(self, unknown: int) -> None:
        """The unknown may no longer move."""
        if unknown in self._rows:
            self._impose([(unknown, 1)])
            return
        for user in self._users.pop(unknown, set()):
            del self._rows[user][unknown]
        self._rows[unknown] = {}

    def _impose(self, terms: Terms) -> None:
        row: dict[int, int] = {}
        for unknown, coefficient in terms:
            _add(row, self._rows.get(unknown, {unknown: 1}), coefficient)
        if not row:
            return
        pivot = self._sparsest(row)
        scale = -pow(row.pop(pivot), -1, PRIME) % PRIME
        solved = {free: value * scale % PRIME for free, value in row.items()}
        for user in self._users.pop(pivot, set()):
            self._replace(user, pivot, solved)
        self._rows[pivot] = solved
        for free in solved:
            self._users.setdefault(free, set()).add(pivot)

    def _replace(self, user: int, pivot: int, solved: dict[int, int]) -> None:
        row = self._rows[user]
        coefficient = row.pop(pivot)
        before = set(row)
        _add(row, solved, coefficient)
        for free in solved:
            if free in row:
                self._users.setdefault(free, set()).add(user)
            elif free in before:
                self._users[free].discard(user)

    def _sparsest(self, row: dict[int, int]) -> int:
        return min(row, key=lambda free: (len(self._users.get(free, ())), free))

    @staticmethod
    def _proportional(one: dict[int, int], other: dict[int, int]) -> bool:
        if one.keys() != other.keys():
            return False
        first = next(iter(one))
        left, right = one[first], other[first]
        return all(one[k] * right % PRIME == other[k] * left % PRIME for k in one)


def _add(row: dict[int, int], other: dict[int, int], times: int) -> None:
    for key, value in other.items():
        new = (row.get(key, 0) + times * value) % PRIME
        if new:
            row[key] = new
        else:
            row.pop(key, None)


def withheld(equations: Iterable[Terms], targets: frozenset[int], candidates: Iterable[int]) -> set[int]:
    """Candidates, offered in this order, that cannot be shown without fixing a target."""
    elimination = Elimination(equations)
    kept: set[int] = set()
    for candidate in candidates:
        if elimination.fixes(candidate, targets):
            kept.add(candidate)
        else:
            elimination.show(candidate)
    return kept
