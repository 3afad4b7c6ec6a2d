"""Rules as pure functions, and the frame of findings that judging them gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from expectations.record import Finding

if TYPE_CHECKING:
    import pandas as pd

E = TypeVar("E")
HELD = "held"
BROKEN = "broken"
RAISED = "raised"


@dataclass(frozen=True)
class Rule(Generic[E]):
    """One thing that must hold.

    Attributes:
        name: the expectation's name, `Expect...`, also its anchor in docs/gates.md.
        says: the sentence that must be true.
        remedy: what to do where it is not.
        judge: gives the places where it does not hold: files, tables, columns, never counts or values.
    """

    name: str
    says: str
    remedy: str
    judge: Callable[[E], Iterable[str]]

    @property
    def advice(self) -> str:
        """The remedy, with where to read more."""
        return f"{self.remedy} See docs/gates.md#{self.name.lower()}."


@dataclass(frozen=True)
class Judgement:
    """What one rule came to: held, broken (with the places) or raised (with the kind of error)."""

    name: str
    state: str
    places: tuple[str, ...]
    remedy: str

    def findings(self) -> tuple[Finding, ...]:
        """The places as findings; none if the rule held."""
        return tuple(Finding(self.name, place, self.remedy) for place in self.places)


def judge(rule: Rule[E], evidence: E) -> Judgement:
    """Judge one rule. Whatever it raises is a failure of the rule, and only the kind of error is kept."""
    try:
        places = tuple(sorted(set(rule.judge(evidence))))
    except Exception as error:
        return Judgement(rule.name, RAISED, (f"not judged: {type(error).__name__}",), rule.advice)
    return Judgement(rule.name, BROKEN if places else HELD, places, rule.advice)


def unjudged(rules: Sequence[Rule[E]], why: str) -> tuple[Judgement, ...]:
    """Every rule as raised, for evidence that cannot be read at all."""
    return tuple(Judgement(rule.name, RAISED, (why,), rule.advice) for rule in rules)


def frame(judgements: Iterable[Judgement]) -> pd.DataFrame:
    """One row per finding, and one per rule that held: expectation, state, place, remedy."""
    import pandas as pd

    rows = [
        (judgement.name, judgement.state, place, judgement.remedy)
        for judgement in judgements
        for place in (judgement.places or ("",))
    ]
    return pd.DataFrame(rows, columns=["expectation", "state", "place", "remedy"], dtype="object")
