"""How much room words take in a picture: measured with the widths of Arial, so that no browser is needed."""

from __future__ import annotations

SLIM, SMALL, USUAL, CAPITAL, BROAD = 0.28, 0.36, 0.556, 0.69, 0.86
WIDTHS = (
    dict.fromkeys("iljI.,:;'|!’ ", SLIM) | dict.fromkeys("ftr()[]-/†", SMALL) | dict.fromkeys("mwMW%—", BROAD)
)


def width(text: str, size: float) -> float:
    """The width of a line of text in pixels, a little generous."""
    ems = (WIDTHS.get(letter, CAPITAL if letter.isupper() else USUAL) for letter in text)
    return size * sum(ems)


def in_lines(text: str, room: float, size: float) -> list[str]:
    """The words in lines that fit so many pixels; a longer word has a line of its own."""
    lines = [""]
    for word in text.split():
        if lines[-1] and width(f"{lines[-1]} {word}", size) > room:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
