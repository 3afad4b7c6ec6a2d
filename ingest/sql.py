"""Small pieces of SQL text."""

from __future__ import annotations


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def optional(text: str | None) -> str:
    """A SQL string literal, or NULL."""
    return "NULL" if text is None else literal(text)


def value(held: object) -> str:
    """A SQL literal of a text, a number, a moment or a list of texts; NULL for None."""
    if isinstance(held, tuple):
        return f"[{', '.join(literal(text) for text in held)}]"
    return optional(None if held is None else str(held))
