"""Small pieces of SQL text."""

from __future__ import annotations

SPACES = " \t\r\n\u00a0\ufeff"


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def optional(text: str | None) -> str:
    """A SQL string literal, or NULL."""
    return "NULL" if text is None else literal(text)


def trimmed(column: str) -> str:
    """A cell without the white space around it, NULL where nothing is left."""
    return f"nullif(trim({column}, {literal(SPACES)}), '')"
