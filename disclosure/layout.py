"""The form of the published files: the names that each has, the kind of each value, and nothing besides.

What follows from the table definitions is compared with them elsewhere (`soundness`); `object` stands for it
here. A form is a type, a list of one form, several forms as alternatives, or names with their forms, where
`name?` may be absent and `*` is any name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import NoneType

TEXT = (str, NoneType)
NUMBER = (int, float, NoneType)
WORDS = {"code": str, "label": str, "definition": str}
HEADER = {
    "force": str, "scope": str, "population": str, "as_at": str, "year_from": int, "year_to": int,
    "synthetic": bool, "vocabulary": str, "policy_version": str, "policy_sha256": str, "threshold": int,
    "width?": int,
}  # fmt: skip
STATEMENT = {
    "name": str, "kind": str, "label": str, "definition": str, "unit": str, "least": NUMBER, "most": NUMBER,
    "marker": TEXT, "reason": str, "exemption": str, "numerator": [[str]], "denominator": str,
    "breakpoints?": [int],
}  # fmt: skip
TABLE = {
    "table_id": str, "title": str, "description": str, "unit": str, "time_basis": str, "as_at": str,
    "measures": [str], "within": [{"name": str, "dimension": str, **WORDS}],
    "dimensions": [
        {"name": str, "label": str, "definition": str, "kind": str, "levels": [str], "total": TEXT,
         "categories": [WORDS]}
    ],
    "rows": [{"notes": str, "reason": str, "exemption": str, "*": (str, int, NoneType)}],
    "statements?": [STATEMENT],
}  # fmt: skip
PROTECTED = {
    "version": int, "header": HEADER, "tables": [TABLE],
    "dropped": [{"table_id": str, "title": str, "reason": str}],
    "breaks": [{"on": str, "label": str, "note": str}],
    "register": [
        {"wording": str, "source": str, "source_ref": str, "year_from": int, "year_to": int, "unit": str,
         "value": (int, str)}
    ],
    "published_figures": [{"*": str}],
}  # fmt: skip
STRUCTURE = {
    "table_id": str, "key": object, "dimensions": object, "measures": object, "rule": object,
    "structural_zero": object, "rows": [int],
}  # fmt: skip
RELATION = {"terms": [[(str, int)]], "sense": str, "rhs": int, "why": str}
SYSTEM = {
    "version": int, "threshold": int, "zeros_published": bool, "width?": int, "cells": object,
    "equations": object, "constraints": object, "known": object, "hidden": object,
    "release": {
        "header": HEADER, "inner_cells": int, "earlier": [STRUCTURE], "figures": object, "excess?": bool,
        "hold_exempt?": [str], "kept?": [str], "may_be_zero_before?": [str], "statements?": [RELATION],
    },
}  # fmt: skip
CERTIFICATE = {
    "version": int, "release_id": TEXT, "policy_sha256": str, "threshold": int, "width?": int,
    "system_sha256": str, "equations": [str], "attackers": [str],
    "proofs": [{"cell": int, "p1": [int], "p2": int, "attacker?": str}],
    "witnesses": [{"*": int}], "exempt": [int],
}  # fmt: skip
MANIFEST = {
    "release_id": str, "site_version": str, "files": {"*": str}, "published_on?": str, "address?": str,
    "schema?": {"version": int, "tables": {"*": [[str]]}, "announcement": [str]},
}  # fmt: skip
HISTORY = [{"release_id": str, "as_at": str, "tables": [str], "what_changed": [str]}]


def findings(file: str, content: object, form: object) -> Iterator[str]:
    """What of a file has another form, each place once."""
    for place in dict.fromkeys(strange(content, form, file)):
        yield f"{place}: is not of the form that a release has"


def strange(value: object, form: object, where: str) -> Iterator[str]:
    """Where a value has another form, by the names that lead there: no position, no value.

    True is no whole number here, and 9.0 is none either: there is one way to write each count.
    """
    if isinstance(form, tuple):
        if all(any(strange(value, one, where)) for one in form):
            yield where
    elif isinstance(form, list):
        if type(value) is list:
            for item in value:
                yield from strange(item, form[0], where)
        else:
            yield where
    elif isinstance(form, Mapping):
        yield from _named(value, form, where)
    elif form is not object and type(value) is not form:
        yield where


def _named(value: object, form: Mapping[str, object], where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield where
        return
    forms = {name.removesuffix("?"): inner for name, inner in form.items()}
    for name in form:
        if not name.endswith(("?", "*")) and name not in value:
            yield f"{where}: {name}"
    for name, inner in value.items():
        if name in forms or "*" in forms:
            known = name in forms and name != "*"
            yield from strange(inner, forms[name if known else "*"], f"{where}: {name}" if known else where)
        else:
            yield f"{where}: a name that is none of its own"
