"""The `publish` block of a mart: which of its counts become a table, and how it may be protected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from disclosure.ages import Ages, follow_on

UNITS = ("allegations", "cases", "officers_in_case", "officers")
TIME_BASES = ("recorded", "finalised")
LEVELS = ("leaves", "bands", "merge", "total")
ZERO_LINES = ("withhold", "drop")
FULL_LINES = ("show", "merge", "withhold", "drop")
TOTAL = "Total"

Band = tuple[int, int]
Codes = tuple[str, ...]


class PublishError(ValueError):
    """A publish block is wrong; the message lists every finding with the table and the key it concerns."""

    def __init__(self, table: str, findings: Sequence[str]) -> None:
        """Name the table once and list all findings."""
        super().__init__(f"publish block of {table}: " + "; ".join(findings))
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Publish:
    """A table to publish. Years are strings ("2017") wherever they stand among other category codes.

    `categories` hold the leaves of every dimension but time, whose leaves are the landing's years; `bands`
    and `merge` group leaves of the time dimension and of the others; `show` names the levels tabulated.
    `alternatives` are other `bands`, `merge`, `show` or `never_hide`, tried in turn where the table cannot be
    proven.
    `full_lines` is what to do with lines that have all in one category; left empty, the policy says it.
    `rates` name a dimension and the category below the line; `medians` a dimension of durations and the last
    day of each of its categories but the open last one (`breakpoints`). A median has the name of the mart's
    column of days. Both may have a `label` and a `definition` for readers.
    `never_hide` are patterns (dimension to code or `Total`) of cells that may not serve as partners.
    `ages` give, for a dimension of ages on the as-at day, the first and last day of its categories: those
    that the calendar rules out for a year of record are structural zeros. A category without days is for
    records whose dates tell no age.
    """

    table_id: str
    title: str
    unit: str
    measures: Codes
    dimensions: Codes
    time_basis: str = "recorded"
    categories: Mapping[str, Codes] = field(default_factory=dict)
    within: Mapping[str, str] = field(default_factory=dict)
    bands: Mapping[str, tuple[Band, ...]] = field(default_factory=dict)
    merge: Mapping[str, Mapping[str, Codes]] = field(default_factory=dict)
    show: Mapping[str, Codes] = field(default_factory=dict)
    structural_zero: tuple[Mapping[str, Codes], ...] = ()
    core: bool = True
    never_hide: tuple[Mapping[str, str], ...] = ()
    zero_lines: str = "withhold"
    full_lines: str = ""
    alternatives: tuple[Mapping[str, Any], ...] = ()
    rates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    medians: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ages: Mapping[str, Ages] = field(default_factory=dict)

    @property
    def time_dimension(self) -> str:
        """The name of the year column that belongs to the time basis."""
        return f"{self.time_basis}_year"

    @property
    def order(self) -> int:
        """How many attributes the table crosses, those it is confined to included."""
        return len(self.dimensions) + len(self.within)

    @classmethod
    def parse(cls, block: Mapping[str, Any]) -> Publish:
        """Read a block strictly.

        Raises:
            PublishError: unknown keys (with the nearest known one), wrong types, inconsistent groups.
        """
        table = str(block.get("table_id", "(no table_id)"))
        findings = [*_unknown_keys(block, cls.__dataclass_fields__)]
        values: dict[str, Any] = {}
        for key, reader in _READERS.items():
            if key in block:
                try:
                    values[key] = reader(block[key])
                except (TypeError, ValueError, AttributeError) as error:
                    findings.append(f"`{key}` {error}")
        findings += [f"`{key}` is missing" for key in _REQUIRED if key not in block]
        if findings:
            raise PublishError(table, findings)
        publish = cls(**values)
        findings += _inconsistent(publish)
        if publish.full_lines == "merge" and not publish.alternatives:
            findings.append("`full_lines` is `merge`, but there are no `alternatives` that merge anything")
        for number, other in enumerate(publish.regrouped(), start=1):
            findings += [f"alternative {number}: {text}" for text in _inconsistent(other)]
        if findings:
            raise PublishError(table, findings)
        return publish

    def regrouped(self) -> tuple[Publish, ...]:
        """The table with each alternative in turn."""
        return tuple(replace(self, alternatives=(), **other) for other in self.alternatives)

    def fitted(self, years: Collection[int], overrides: Mapping[str, Sequence[Band]]) -> Publish:
        """The same table with bands overridden by `sources.toml`, cut to the years that are there.

        Beside a total, years that no band covers are bands of their own: a reader could subtract them anyway.
        Where years are missing in the middle a band ends and another begins, and no total over years is
        shown: neither would say which years it counts.
        """
        bands = {name: _cut(overrides.get(name, own), years) for name, own in self.bands.items()}
        whole = {
            n: (*own, *_uncovered(own, years)) for n, own in bands.items() if self._has_total_of_bands(n)
        }
        fitted = replace(self, bands={**bands, **whole})
        return fitted if len(list(_runs(years))) < 2 else fitted._without_total_of_years()

    def years_told(self, years: Iterable[int]) -> tuple[int, ...]:
        """The years that some row counts: where only bands are shown, those that a band covers."""
        bands, only = self.bands.get(self.time_dimension, ()), {"bands"}
        if self.time_dimension not in self.dimensions or {*self._levels(self.time_dimension)} != only:
            return tuple(years)
        return tuple(y for y in years if any(first <= y <= last for first, last in bands))

    def _levels(self, name: str) -> Codes:
        return self.show.get(name, ("leaves", "total"))

    def _has_total_of_bands(self, name: str) -> bool:
        levels = self._levels(name)
        return "total" in levels and "bands" in levels and "leaves" not in levels

    def _without_total_of_years(self) -> Publish:
        name = self.time_dimension
        levels = tuple(level for level in self._levels(name) if level != "total")
        return replace(self, show={**self.show, name: levels}) if name in self.dimensions else self


def band_code(band: Band) -> str:
    """`2010-2013`, or `2017` for a band of one year."""
    first, last = band
    return str(first) if first == last else f"{first}-{last}"


def _cut(bands: Iterable[Sequence[int]], years: Collection[int]) -> tuple[Band, ...]:
    runs = [run for first, last in bands for run in _runs(y for y in years if first <= y <= last)]
    return tuple(dict.fromkeys(runs))


def _uncovered(bands: Iterable[Band], years: Collection[int]) -> Iterator[Band]:
    return _runs(y for y in years if not any(a <= y <= b for a, b in bands))


def _runs(years: Iterable[int]) -> Iterator[Band]:
    """First and last of each run of years without a gap."""
    left = sorted(years)
    while left:
        run = [y for n, y in enumerate(left) if y == left[0] + n]
        yield run[0], run[-1]
        left = left[len(run) :]


def _unknown_keys(block: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    names = list(known)
    return [f"unknown key `{key}`{_nearest(key, names)}" for key in block if key not in names]


def _nearest(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(str(word), list(known), n=1)
    return f", did you mean `{close[0]}`?" if close else ""


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("must be a text that is not empty")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("must be true or false")
    return value


def _one_of(allowed: Codes) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}{_nearest(str(value), allowed)}")
        return str(value)

    return read


def _codes(value: object) -> Codes:
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise TypeError("must be a list that is not empty")
    codes = tuple(str(v) for v in value)
    if len(set(codes)) != len(codes):
        raise ValueError("names a code twice")
    return codes


def _mapping(read: Callable[[Any], Any]) -> Callable[[object], dict[str, Any]]:
    def reader(value: object) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise TypeError("must be a table of names")
        return {str(name): read(inner) for name, inner in value.items()}

    return reader


def _bands(value: object) -> tuple[Band, ...]:
    if not isinstance(value, Sequence):
        raise TypeError("must be a list of [first, last] years")
    bands = []
    for pair in value:
        first, last = pair
        if not (isinstance(first, int) and isinstance(last, int) and first <= last):
            raise ValueError("must hold [first, last] pairs of years in order")
        bands.append((first, last))
    return tuple(bands)


def _levels(value: object) -> Codes:
    levels = _codes(value)
    for level in levels:
        _one_of(LEVELS)(level)
    return levels


def _code_or_codes(value: object) -> Codes:
    return _codes(value) if isinstance(value, Sequence) and not isinstance(value, str) else (str(value),)


def _zeros(value: object) -> tuple[dict[str, Codes], ...]:
    if not isinstance(value, Sequence):
        raise TypeError("must be a list of tables of dimension values")
    return tuple(_mapping(_code_or_codes)(entry) for entry in value)


def _patterns(value: object) -> tuple[dict[str, str], ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError('must be a list of "total" or tables of dimension values')
    return tuple({"*": TOTAL} if entry == "total" else _mapping(str)(entry) for entry in value)


def _alternatives(value: object) -> tuple[dict[str, Any], ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError("must be a list of tables with `bands`, `merge`, `show` or `never_hide`")
    found = []
    for entry in value:
        if not isinstance(entry, Mapping) or not entry or not entry.keys() <= _OTHERWISE.keys():
            raise TypeError("must be a list of tables with `bands`, `merge`, `show` or `never_hide`")
        found.append({key: _OTHERWISE[key](inner) for key, inner in entry.items()})
    return tuple(found)


def _medians(value: object) -> dict[str, dict[str, Any]]:
    found = _mapping(_mapping(lambda inner: inner))(value)
    for entry in found.values():
        days = entry.get("breakpoints")
        named = entry.keys() - _WORDS == {"dimension", "breakpoints"}
        if not named or not isinstance(days, Mapping) or not days or not _are_texts(entry, "breakpoints"):
            raise TypeError("must hold `dimension` and `breakpoints` (category to days) each")
        if list(days.values()) != sorted(set(days.values())) or not all(
            isinstance(d, int) for d in days.values()
        ):
            raise ValueError("needs `breakpoints` in whole days that grow")
    return found


def _rates(value: object) -> dict[str, dict[str, str]]:
    found = _mapping(_mapping(_text))(value)
    if any(entry.keys() - _WORDS != {"dimension", "category"} for entry in found.values()):
        raise TypeError("must hold `dimension` and `category` each")
    return found


def _span(value: object) -> tuple[Any, Any]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise TypeError("must hold [first, last] days each")
    return (value[0], value[1])


def _ages(value: object) -> dict[str, Ages]:
    found: dict[str, Ages] = _mapping(_mapping(_span))(value)
    if not all(map(follow_on, found.values())):
        raise ValueError("must hold [first, last] days from 0 on without a gap, the last open: [731, null]")
    return found


_WORDS = frozenset(("label", "definition"))


def _are_texts(entry: Mapping[str, Any], but: str) -> bool:
    return all(isinstance(inner, str) and inner for name, inner in entry.items() if name != but)


_REGROUPING: Mapping[str, Callable[[Any], Any]] = {
    "bands": _mapping(_bands),
    "merge": _mapping(_mapping(_codes)),
    "show": _mapping(_levels),
}
_OTHERWISE = {**_REGROUPING, "never_hide": _patterns}
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "table_id": _text,
    "title": _text,
    "unit": _one_of(UNITS),
    "measures": _codes,
    "dimensions": _codes,
    "time_basis": _one_of(TIME_BASES),
    "categories": _mapping(_codes),
    "within": _mapping(_text),
    **_REGROUPING,
    "alternatives": _alternatives,
    "structural_zero": _zeros,
    "core": _flag,
    "never_hide": _patterns,
    "zero_lines": _one_of(ZERO_LINES),
    "full_lines": _one_of(FULL_LINES),
    "rates": _rates,
    "medians": _medians,
    "ages": _ages,
}
_REQUIRED = ("table_id", "title", "unit", "measures", "dimensions")


def _inconsistent(publish: Publish) -> list[str]:
    categories = [d for d in publish.dimensions if d != publish.time_dimension]
    findings = [f"dimension `{d}` has no `categories`" for d in categories if d not in publish.categories]
    for key in ("categories", "bands", "merge", "show"):
        names = getattr(publish, key)
        findings += [
            f"`{key}` names `{n}`{_strange(n, publish)}" for n in names if n not in publish.dimensions
        ]
    findings += [
        f"`bands` are for `{publish.time_dimension}`, not `{n}`" for n in publish.bands if n in categories
    ]
    findings += [
        f"`{n}` is a dimension and also in `within`" for n in publish.within if n in publish.dimensions
    ]
    for name, groups in publish.merge.items():
        findings += _bad_groups(name, groups, publish.categories.get(name, ()))
    if len(publish.measures) != 1:
        findings.append("`measures` holds more than one measure: give each a table of its own")
    for pattern in (*publish.structural_zero, *publish.never_hide):
        findings += [f"`{n}` is no dimension" for n in pattern if n not in (*publish.dimensions, "*")]
    return [*findings, *_unknown_zeros(publish), *_unknown_parts(publish), *_unknown_ages(publish)]


def _unknown_zeros(publish: Publish) -> Iterator[str]:
    """Codes of structural zeros that the table does not have: a slip there would protect nothing."""
    for name, codes in ((n, c) for entry in publish.structural_zero for n, c in entry.items()):
        leaves = publish.categories.get(name, ())
        for code in codes:
            if name == publish.time_dimension and not code.isdecimal():
                yield f"`structural_zero`: `{code}` is no year"
            elif name in publish.categories and code not in leaves:
                yield f"`structural_zero`: `{name}` has no category `{code}`{_nearest(code, leaves)}"


def _unknown_ages(publish: Publish) -> Iterator[str]:
    """Ages of nothing, without a year of record, or without a category for records that tell none."""
    for name, ages in publish.ages.items():
        leaves = publish.categories.get(name, ())
        strange = [code for code in ages if code not in leaves]
        if name not in publish.dimensions:
            yield f"`ages` names `{name}`{_strange(name, publish)}"
        elif strange:
            yield from (
                f"`ages` of `{name}`: there is no category `{c}`{_nearest(c, leaves)}" for c in strange
            )
        elif set(leaves) <= ages.keys():
            yield f"`ages` of `{name}`: leave a category without days, for records whose dates tell no age"
    if publish.ages and "recorded_year" not in {publish.time_dimension} & {*publish.dimensions}:
        yield "`ages` need `recorded_year` among the dimensions: they are counted from the day of the record"


def _unknown_parts(publish: Publish) -> Iterator[str]:
    """Rates and medians of categories that the table does not have, or without the total they need."""
    yield from (f"`{name}` is both a rate and a median" for name in publish.rates if name in publish.medians)
    for name, entry in publish.medians.items():
        leaves, ends = publish.categories.get(entry["dimension"], ()), [*entry["breakpoints"]]
        if set(ends) <= set(leaves) and ends != [*leaves[:-1]]:
            wrong = "`breakpoints` must give the last day of every category but the last, in order"
            yield f"`medians` of `{name}`: {wrong}"
    parts = [("rates", name, rate["dimension"], [rate["category"]]) for name, rate in publish.rates.items()]
    parts += [("medians", n, str(m["dimension"]), [*m["breakpoints"]]) for n, m in publish.medians.items()]
    for key, name, dimension, codes in parts:
        leaves = publish.categories.get(dimension, ())
        known = (*leaves, *publish.merge.get(dimension, {})) if key == "rates" else leaves
        for code in codes:
            if code not in known:
                yield f"`{key}` of `{name}`: `{dimension}` has no category `{code}`{_nearest(code, known)}"
        if "total" not in publish.show.get(dimension, ("leaves", "total")):
            yield f"`{key}` of `{name}`: the table shows no total of `{dimension}`"


def _strange(name: str, publish: Publish) -> str:
    return f", which is no dimension of the table{_nearest(name, publish.dimensions)}"


def _bad_groups(name: str, groups: Mapping[str, Codes], leaves: Codes) -> list[str]:
    findings = [f"merge `{g}` of `{name}` has the name of a category" for g in groups if g in leaves]
    for group, parts in groups.items():
        unknown = [p for p in parts if p not in leaves]
        findings += [f"merge `{group}` of `{name}` holds `{p}`{_nearest(p, leaves)}" for p in unknown]
    members = [p for parts in groups.values() for p in parts]
    if len(set(members)) != len(members):
        findings.append(f"merges of `{name}` overlap: a category may be in one of them only")
    return findings
