"""Ask the private warehouse or the published database: nothing else is read, nothing is written."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from dagster_project.errors import BadInput, Refused

if TYPE_CHECKING:
    import duckdb

FORMATS = ("table", "csv")
CLOSED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
}
"""A question reads the one database it was put to: no other file, no network, no setting."""
REMEDIES = {
    "warehouse.duckdb": "run `misconduct refresh`, which builds it anew",
    "published.duckdb": "serve another release with `misconduct rollback`, or restore this one from a backup",
}


def ask(database: Path, sql: str, form: str, out: TextIO) -> None:
    """Write the answer of the last statement, as a table for people or as CSV.

    Raises:
        BadInput: there is no such database, or it does not understand or allow the question.
        Refused: the file may not be opened.
    """
    import duckdb

    with _opened(database) as connection:
        try:
            answer = connection.execute(sql)
            names = [column[0] for column in answer.description or ()] if answer else []
            rows = answer.fetchall() if names else []
        except (duckdb.Error, AttributeError, RuntimeError) as error:
            raise BadInput((_first_words(error),)) from None
    if not names:
        raise BadInput(("no question was put: give a SELECT as the argument or on standard input",))
    lines = [[_text(value, form) for value in row] for row in rows]
    if form == "csv":
        csv.writer(out, lineterminator="\n").writerows([names, *lines])
    else:
        out.writelines(f"{line}\n" for line in _table(names, lines))


def _opened(database: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    if not database.is_file():
        raise BadInput((f"{database} is not there: run `misconduct refresh` first",))
    try:
        with database.open("rb"):
            return duckdb.connect(str(database), read_only=True, config=dict(CLOSED))
    except PermissionError:
        raise Refused((f"{database} is not yours to read; `--public` asks the published tables",)) from None
    except duckdb.Error as error:
        raise unreadable(database, error) from None


def unreadable(database: Path, error: Exception) -> Refused:
    """Why DuckDB does not open a file, and what to do; its own words are left out but understood."""
    if "lock" in str(error).casefold():
        return Refused((f"{database} is open for writing in another program: close that, then try again",))
    words = "is damaged, or another version of DuckDB wrote it"
    return Refused((f"{database} cannot be read: it {words}: {REMEDIES[database.name]}",))


NO_FILES = "no file is read here, and views of schema staging read some: ask marts, or see docs/analyst.md"


def _first_words(error: Exception) -> str:
    if "file system operations are disabled" in str(error).casefold():
        return NO_FILES
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else "the question cannot be answered"


def _text(value: object, form: str) -> str:
    if value is None:
        return "" if form == "csv" else "NULL"
    return str(value)


def _table(names: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(names, *lines, strict=True)]
    for line in (names, ["-" * width for width in widths], *lines):
        yield "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
