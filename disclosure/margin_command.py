"""What `python -m disclosure protect|audit` answers for the margins of a cube, with cells by their names."""

from __future__ import annotations

import time
from typing import Any

from disclosure.instance import InstanceError
from disclosure.lp import BudgetError
from disclosure.margin_input import Margins
from disclosure.margin_proof import prove_margins
from disclosure.margins import Progress, find_witnesses, protect_margins


def protected_margins(asked: Margins, progress: Progress) -> dict[str, Any]:
    """What to withhold; `secondary` are the partners.

    Raises:
        InstanceError: without a key, or some `hidden`, which only the attack reads.
    """
    if asked.key is None:
        raise InstanceError("key: is missing, partners in a cube are drawn by a secret key")
    started = time.monotonic()
    alone = asked.cube.alone() | asked.alone
    found = protect_margins(asked.cube, asked.threshold, asked.key, asked.budget_s, alone, progress)
    margins = asked.cube.margins()
    small = {c for c in found.hidden if 0 < margins[c[0]][c[1]] < asked.threshold}
    return {
        "status": found.status,
        "hidden": asked.named(found.hidden),
        "secondary": asked.named(found.hidden - small),
        "unprotectable": asked.named(found.unprotectable),
        "seconds": round(time.monotonic() - started, 3),
    }


def audited_margins(asked: Margins, progress: Progress) -> dict[str, Any]:
    """Whether what is withheld can be proven, by witnesses looked for inside it.

    `disclosive` where a small count or a zero of a small line is shown; `budget` where only the search for
    witnesses came to its end: `unproven` and `singletons` name the cells then.
    """
    cube, threshold, hidden = asked.cube, asked.threshold, asked.hidden
    alone = cube.alone() | asked.alone
    try:
        witnesses = find_witnesses(cube, threshold, hidden, asked.budget_s, alone, progress)
    except BudgetError:
        return {"status": "budget"}
    progress("proving by what was found")
    found = prove_margins(cube, threshold, hidden, witnesses, alone)
    plain = found.shown or found.zero_lines
    return {
        "status": "budget" if found.status != "proven" and not plain else found.status,
        "shown": asked.named(found.shown),
        "zero_lines": asked.named(found.zero_lines),
        "unproven": asked.named(found.unproven),
        "singletons": asked.named(found.singletons),
    }
