"""`python -m disclosure protect|audit INSTANCE.json`, `certify FOLDER`, `verify RELEASE`.

Exit 0 only if proven, 1 otherwise, 2 for bad input with one line that names field and id. What the first two
print is private. An INSTANCE lists cells and equations; or, for all margins of a large table whose inner
counts stay unpublished, it names a CSV file of those:

    {"version": 1, "threshold": 5, "key": "a secret", "cube": {"file": "counts.csv.gz", "order": 3}}

with a column a dimension and, last, `count`. Cells are then called by their codes (`force=f1|year=y2`, or
`total`), in `hidden` (for audit) and `singletons` (cells of one person beside the counts of 1) too. Progress
is on stderr.
"""

from __future__ import annotations

import argparse
import json
import reprlib
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

from disclosure.instance import Audit, InstanceError, Protection
from disclosure.margin_input import read_margins
from disclosure.reading import parse

PROVEN, NOT_PROVEN, BAD_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m disclosure", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = {"protect": _protect, "audit": _audit, "certify": _certify, "verify": _verify}
    parser.add_argument("command", choices=commands)
    parser.add_argument("path", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        return commands[chosen.command](chosen.path)
    except InstanceError as error:
        print(f"{chosen.path.name}: {error}", file=sys.stderr)
        return BAD_INPUT


def _protect(path: Path) -> int:
    payload = _decoded(path)
    if _is_cube(payload):
        from disclosure.margin_command import protected_margins

        return _told(protected_margins(read_margins(payload, path.parent), _progress))
    from disclosure.secondary import protect

    return _told(_protection(protect(parse(payload), escalate=True)))


def _audit(path: Path) -> int:
    payload = _decoded(path)
    if _is_cube(payload):
        from disclosure.margin_command import audited_margins

        return _told(audited_margins(read_margins(payload, path.parent), _progress))
    from disclosure.audit import audit

    return _told(_audited(audit(parse(payload))))


def _is_cube(payload: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(payload, dict) and "cube" in payload


def _told(found: Mapping[str, Any]) -> int:
    print(json.dumps(found))
    return PROVEN if found["status"] == "proven" else NOT_PROVEN


def _progress(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _certify(folder: Path) -> int:
    from disclosure.certificate import certify

    certify(folder)
    return PROVEN


def _verify(release: Path) -> int:
    from disclosure.verify import verify

    findings = verify(release)
    print("\n".join(findings) if findings else "proven")
    return NOT_PROVEN if findings else PROVEN


def _decoded(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_once)
    except OSError as error:
        raise InstanceError(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InstanceError(f"is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise InstanceError(f"is not JSON: {error.msg} at line {error.lineno}") from error
    except RecursionError as error:
        raise InstanceError("is not JSON: nested too deeply") from error
    except InstanceError:
        raise
    except ValueError as error:
        raise InstanceError("is not JSON that can be read: a number has too many digits") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names differ: of two `hidden` the last would silently win."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise InstanceError(f"is ambiguous: the name {reprlib.repr(twice)} stands twice in one object")
    return found


def _protection(found: Protection) -> dict[str, Any]:
    return {
        "status": found.status,
        "hidden": found.hidden,
        "secondary": found.secondary,
        "unprotectable": found.unprotectable,
        "lower": {str(i): v for i, v in found.lower.items()},
        "seconds": found.seconds,
    }


def _audited(found: Audit) -> dict[str, Any]:
    return {
        "status": found.status,
        "exact": found.exact,
        "narrow": found.narrow,
        "below_threshold": found.below_threshold,
        "intervals": {str(i): list(ends) for i, ends in found.intervals.items()},
        "zero_lines": found.zero_lines,
        "singletons": found.singletons,
    }


if __name__ == "__main__":
    sys.exit(main())
