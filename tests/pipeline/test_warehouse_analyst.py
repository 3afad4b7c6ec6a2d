"""The analyst's guide: each query runs on the example and gives the answer that is printed below it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

GUIDE = (Path(__file__).parents[2] / "docs" / "analyst.md").read_text(encoding="utf-8")
PAIR = re.compile(r"```sql\n(?P<query>.*?)```\n\n(?P<answer>(?:\|[^\n]*\n)+)", flags=re.DOTALL)
PANDAS = re.compile(r"```python\n(?P<code>[^`]*answer = [^`]*)```\n\n```text\n(?P<answer>[^`]*)\n```")
PAIRS = [(match["query"], match["answer"]) for match in PAIR.finditer(GUIDE)]


def _printed(relation: duckdb.DuckDBPyRelation) -> str:
    lines = [relation.columns, ["---"] * len(relation.columns)]
    lines += [["NULL" if value is None else str(value) for value in row] for row in relation.fetchall()]
    return (
        "".join("| " + " | ".join(line) + " |\n" for line in lines)
        .replace("| --- ", "|---")
        .replace("--- |", "---|")
    )


def test_every_query_has_its_answer() -> None:
    assert len(PAIRS) == GUIDE.count("```sql") >= 24
    for letter in "abceg":
        assert f"({letter})" in GUIDE


@pytest.mark.parametrize(("query", "answer"), PAIRS)
def test_a_query_gives_the_printed_answer(
    sample_warehouse: tuple[Path, dict[str, str]],
    open_warehouse: Callable[[Path], duckdb.DuckDBPyConnection],
    query: str,
    answer: str,
) -> None:
    with open_warehouse(sample_warehouse[0]) as connection:
        assert _printed(connection.sql(query)) == answer


def test_the_pandas_examples_give_the_printed_answers(
    sample_warehouse: tuple[Path, dict[str, str]],
    open_warehouse: Callable[[Path], duckdb.DuckDBPyConnection],
) -> None:
    examples = list(PANDAS.finditer(GUIDE))
    assert len(examples) == GUIDE.count("```text") == 5
    with open_warehouse(sample_warehouse[0]) as connection:
        names: dict[str, object] = {"warehouse": connection}
        for example in examples:
            exec(example["code"], names)
            assert str(names["answer"]) == example["answer"]
