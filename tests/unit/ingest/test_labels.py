"""One idea of what makes two labels equal: in Python, in SQL, and in the warehouse."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pytest

from ingest.codelists import SPACES, normal, normal_sql
from ingest.findings import Finding
from ingest.keys import years

REPOSITORY = Path(__file__).resolve().parents[3]
BLANKS = [character for character in map(chr, range(1, sys.maxunicode + 1)) if character.isspace()]


def _spelt(blank: str) -> str:
    return f"{blank}No{blank}{blank}Further {blank}ACTION{blank}"


def _in_sql(texts: list[str], expression: str) -> list[str]:
    with duckdb.connect() as con:
        rows = con.execute(f"SELECT {expression} FROM (SELECT unnest(?) AS label)", [texts]).fetchall()
    return [text for (text,) in rows]


def test_a_label_is_the_same_whatever_blanks_it_was_typed_or_pasted_with() -> None:
    spelt = [_spelt(blank) for blank in BLANKS]
    assert len(spelt) > 20
    assert {normal(text) for text in spelt} == {"no further action"}
    assert set(_in_sql(spelt, normal_sql("label"))) == {"no further action"}


def test_blanks_of_ascii_alone_would_miss_those_of_word_processors() -> None:
    naive = r"lower(trim(regexp_replace(label, '\s+', ' ', 'g')))"
    assert _in_sql([_spelt("\u00a0")], naive) != ["no further action"]


@pytest.mark.parametrize("text", ["Straße", "\ufb01nal written warning", "\u212aept", "É", "Ж", "İ"])
def test_letters_that_python_takes_for_those_of_a_label_are_so_in_sql(text: str) -> None:
    assert not normal(text).isascii() or _in_sql([text], normal_sql("label")) == [normal(text)]


def test_the_warehouse_compares_labels_in_the_same_way() -> None:
    macros = (REPOSITORY / "dbt" / "macros" / "labels.sql").read_text(encoding="utf-8")
    assert f"lower(trim(regexp_replace({{{{ column }}}}, '{SPACES}', ' ', 'g')))" in macros


def test_a_finding_writes_out_what_would_steer_a_terminal() -> None:
    told = str(
        Finding("error", "heading_gone", "a\x1b[2J.csv", 4, "odd \x9b bytes\x00 and \u202e", "fetch it")
    )
    assert told.isprintable()
    assert r"a\x1b[2J.csv, row 4" in told


@pytest.mark.parametrize("text", ["0000", "1899", "2100", "2017-0000"])
def test_a_year_is_one_in_which_records_may_have_been_kept(text: str) -> None:
    with pytest.raises(ValueError, match="first year first"):
        years(text)
