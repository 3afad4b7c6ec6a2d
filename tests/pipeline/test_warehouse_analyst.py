"""The analyst's guide: each example runs, and gives the answer that is printed below it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

GUIDE = (Path(__file__).parents[2] / "docs" / "analyst.md").read_text(encoding="utf-8")
PRIVATE, RELEASED = GUIDE.split("\n# The released tables\n")
QUERY = re.compile(r"```sql\n(?P<code>.*?)```\n\n(?P<answer>(?:\|[^\n]*\n)+)", flags=re.DOTALL)
PYTHON = re.compile(
    r"```python\n(?P<code>[^`]*answer = [^`]*)```\n\n```text\n(?P<answer>[^`]*)\n```", flags=re.DOTALL
)
WAREHOUSE, FILES = '"data/warehouse.duckdb"', 'Path("data/current/site/files")'


def _examples(pattern: re.Pattern[str], text: str) -> list[tuple[str, str]]:
    return [(match["code"], match["answer"]) for match in pattern.finditer(text)]


def _printed(relation: duckdb.DuckDBPyRelation) -> str:
    lines = [relation.columns, ["---"] * len(relation.columns)]
    lines += [["NULL" if value is None else str(value) for value in row] for row in relation.fetchall()]
    return (
        "".join("| " + " | ".join(line) + " |\n" for line in lines)
        .replace("| --- ", "|---")
        .replace("--- |", "---|")
    )


def _run_each(examples: list[tuple[str, str]], names: dict[str, Any]) -> None:
    for code, answer in examples:
        exec(code, names)
        assert str(names["answer"]) == answer


def test_every_example_has_its_answer() -> None:
    for text, queries, snippets in ((PRIVATE, 35, 10), (RELEASED, 3, 3)):
        assert len(_examples(QUERY, text)) == text.count("```sql") >= queries
        assert len(_examples(PYTHON, text)) == text.count("```text") == snippets
    for letter in "abceg":
        assert f"({letter})" in GUIDE


@pytest.mark.parametrize(("query", "answer"), _examples(QUERY, PRIVATE))
def test_a_query_gives_the_printed_answer(
    sample_warehouse: tuple[Path, dict[str, str]],
    open_warehouse: Callable[[Path], duckdb.DuckDBPyConnection],
    query: str,
    answer: str,
) -> None:
    with open_warehouse(sample_warehouse[0]) as connection:
        assert _printed(connection.sql(query)) == answer


def test_the_pandas_and_ibis_examples_give_the_printed_answers(
    sample_warehouse: tuple[Path, dict[str, str]],
) -> None:
    path = sample_warehouse[0] / "build" / "warehouse.duckdb"
    found = _examples(PYTHON, PRIVATE)
    examples = [(code.replace(WAREHOUSE, repr(str(path))), answer) for code, answer in found]
    assert sum("ibis" in code for code, _ in examples) >= 1
    with duckdb.connect(str(path), read_only=True) as warehouse:
        names: dict[str, Any] = {"warehouse": warehouse}
        _run_each(examples, names)
        names["tables"].disconnect()


def test_the_cookbook_of_the_released_tables_gives_the_printed_answers(release: Path) -> None:
    """On the release of the example, opened as the cookbook opens it."""
    opening = re.search(r"```python\n([^`]*released = [^`]*)```", RELEASED)
    assert opening is not None
    names: dict[str, Any] = {}
    exec(opening[1].replace(FILES, f"Path({str(release / 'site' / 'files')!r})"), names)
    for query, answer in _examples(QUERY, RELEASED):
        assert _printed(names["released"].sql(query)) == answer
    _run_each(_examples(PYTHON, RELEASED), names)
    names["released"].close()
    names["tables"].disconnect()
