"""Small pieces of SQL text."""

from __future__ import annotations


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def optional(text: str | None) -> str:
    """A SQL string literal, or NULL."""
    return "NULL" if text is None else literal(text)
