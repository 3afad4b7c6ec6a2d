"""The blocks that stand as released before are named on one line for each table and day."""

from __future__ import annotations

import json
from pathlib import Path

from dagster_project.release import standing_blocks


def _table(table_id: str, held: dict[str, str]) -> dict[str, object]:
    return {"table_id": table_id, "key": {"held": held} if held else {}}


def test_blocks_of_a_table_and_day_are_on_one_line(tmp_path: Path) -> None:
    tables = [
        _table("outcomes", {"Total": "2021-06-30", "2010-2013": "2021-06-30", "2014-2016": "2020-06-30#2"}),
        _table("officers", {}),
        _table("sanctions", {"2010-2016": "2021-06-30"}),
    ]
    (tmp_path / "tables.json").write_text(json.dumps(tables), encoding="utf-8")
    assert standing_blocks(tmp_path) == (
        "outcomes: 2010-2013, Total, as at 2021-06-30",
        "outcomes: 2014-2016, as at 2020-06-30",
        "sanctions: 2010-2016, as at 2021-06-30",
    )
