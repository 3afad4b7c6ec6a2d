"""The leak scanner: a leak planted at each surface is found, and named by file and surface only."""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import json
import lzma
import sqlite3
import struct
import time
import urllib.parse
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from expectations.scanner import Leak, is_distinctive, registered_surfaces, scan, scan_bytes

CANARY = "Canary-Officer-90417"
NUMBER = "918273645"
FORBIDDEN = (CANARY, NUMBER, 'Case "A&B" 2017/0042', "Zoë-Canary")


def parquet(path: Path, values: list[str], **options: object) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"code": values}), path, **options)


def parquet_value(path: Path) -> None:
    parquet(path, ["a" * 40, CANARY, "z" * 40], compression="zstd", write_statistics=False)


def parquet_statistics(path: Path) -> None:
    parquet(path, [CANARY] * 3, compression="zstd")


def parquet_metadata(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = gzip.compress(CANARY.encode())
    pq.write_table(pa.table({"n": [5]}).replace_schema_metadata({b"note": text}), path)


def parquet_unused_dictionary(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    column = pa.DictionaryArray.from_arrays(pa.array([0, 0]), pa.array(["shown", CANARY]))
    pq.write_table(pa.table({"code": column}), path, compression="zstd", write_statistics=False)


def parquet_number(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"n": pa.array([1, int(NUMBER), 7], pa.int32())}), path, write_statistics=False)


def duckdb_with(path: Path, *statements: str) -> None:
    import duckdb

    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def duckdb_value(path: Path) -> None:
    code = f"case when i = 777 then '{CANARY}' else 'Canary-Officer-' || i end as code"
    duckdb_with(path, f"create table t as select {code} from range(3000) t(i)", "checkpoint")


def duckdb_number(path: Path) -> None:
    duckdb_with(
        path, f"create table t as select 918270000 + i as n from range({int(NUMBER) % 10000 + 5}) t(i)"
    )


def duckdb_deleted_row(path: Path) -> None:
    duckdb_with(
        path,
        "pragma disable_checkpoint_on_shutdown",
        f"create table t as select '{CANARY}' as code union all select 'kept'",
        "checkpoint",
        f"delete from t where code = '{CANARY}'",
    )


def sqlite(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (a text, b text, c text)")
        connection.execute("insert into t values ('left', ?, 'right')", (NUMBER,))


def xlsx(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<sst><si><t>{CANARY}</t></si></sst>")


def ods_with_entities(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", "<text:p>Case &quot;A&amp;B&quot; 2017/0042</text:p>")


def zip_in_zip(path: Path) -> None:
    xlsx(path)
    inner = path.read_bytes()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tables.xlsx", inner)


def zip_member_name(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{CANARY}/rows.csv", "a,b")


def real_workbook(path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["code", CANARY])
    book.save(path)


def figure(values: np.ndarray, order: str = "dtype") -> str:
    data = base64.b64encode(values.tobytes()).decode()
    pairs = {"dtype": values.dtype.str[1:], "bdata": data}
    return json.dumps({"y": pairs if order == "dtype" else dict(reversed(pairs.items()))})


def numbers(kind: str) -> np.ndarray:
    return np.array([3, int(NUMBER), 12], dtype=kind)


def text(content: str, encoding: str = "utf-8") -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content.encode(encoding)) and None


def raw(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def shifted(pad: int) -> str:
    return b64(b"." * pad + CANARY.encode() + b"tail")


SURFACES: tuple[tuple[str, str, Callable[[Path], None]], ...] = (
    ("a.html", "plain bytes", text(f'<p title="{CANARY}">')),
    ("upper.html", "plain bytes", text(CANARY.upper())),
    ("joined.bin", "plain bytes", text(f"xx{CANARY}yy")),
    ("utf16.csv", "plain bytes", text(f"code\n{CANARY}\n", "utf-16")),
    ("utf16be.csv", "plain bytes", text(CANARY, "utf-16-be")),
    ("accent.txt", "plain bytes", text("Zoë-Canary")),
    ("number.json", "plain bytes", text(f'{{"n":{NUMBER}}}')),
    ("separated.html", "plain bytes", text("918,273,645 officers")),
    ("hex.txt", "plain bytes", text(CANARY.encode().hex())),
    ("sha256.txt", "plain bytes", text(hashlib.sha256(CANARY.encode()).hexdigest())),
    ("short-md5.txt", "plain bytes", text(f"id-{hashlib.md5(CANARY.encode()).hexdigest()[:12]}")),
    ("packed.bin", "plain bytes", raw(b"\x01" + struct.pack("<q", int(NUMBER)) + b"\x02")),
    ("packed-double.bin", "plain bytes", raw(struct.pack(">d", float(NUMBER)))),
    ("entities.html", "escapes", text("Case &quot;A&amp;B&quot; 2017/0042")),
    ("numeric.html", "escapes", text("".join(f"&#{ord(c)};" for c in CANARY))),
    ("json.json", "escapes", text(json.dumps('Case "A&B" 2017/0042'))),
    ("unicode.json", "escapes", text(json.dumps("Zoë-Canary"))),
    ("link.html", "escapes", text("?q=" + urllib.parse.quote('Case "A&B" 2017/0042', safe=""))),
    ("a.gz", "gzip", raw(gzip.compress(CANARY.encode()))),
    ("a.bz2", "bzip2", raw(bz2.compress(CANARY.encode()))),
    ("a.xz", "xz", raw(lzma.compress(CANARY.encode()))),
    ("a.xlsx", "zip", xlsx),
    ("real.xlsx", "zip", real_workbook),
    ("a.ods", "zip > escapes", ods_with_entities),
    ("names.zip", "zip", zip_member_name),
    ("pack.zip", "zip > zip", zip_in_zip),
    ("data.html", "base64", text(f'<img src="data:image/png;base64,{shifted(0)}">')),
    ("shift1.html", "base64", text(shifted(1))),
    ("shift2.html", "base64", text(shifted(2))),
    ("url-safe.txt", "base64", text(base64.urlsafe_b64encode(b"\xff\xfe" + CANARY.encode()).decode())),
    ("gz.html", "base64 > gzip", text(b64(gzip.compress(CANARY.encode() + bytes(range(256)) * 4)))),
    ("a.parquet", "Parquet", parquet_value),
    ("stats.parquet", "Parquet", parquet_statistics),
    ("dictionary.parquet", "Parquet", parquet_unused_dictionary),
    ("number.parquet", "Parquet", parquet_number),
    ("meta.parquet", "Parquet > gzip", parquet_metadata),
    ("a.duckdb", "DuckDB", duckdb_value),
    ("number.duckdb", "DuckDB", duckdb_number),
    ("deleted.duckdb", "plain bytes", duckdb_deleted_row),
    ("a.sqlite", "SQLite", sqlite),
    *(
        (f"{kind[1:]}-{order}.html", "typed array", text(f"<script>{figure(numbers(kind), order)}</script>"))
        for kind in ("<i4", "<u4", "<i8", "<f8", "<f4")
        for order in ("dtype", "bdata")
    ),
    ("escaped.html", "escapes > typed array", text(figure(numbers("<i4")).replace('"', "&quot;"))),
)


@pytest.mark.parametrize(("name", "surface", "plant"), SURFACES, ids=[name for name, *_ in SURFACES])
def test_a_planted_leak_is_found(
    tmp_path: Path, name: str, surface: str, plant: Callable[[Path], None]
) -> None:
    (tmp_path / "site").mkdir()
    plant(tmp_path / "site" / name)
    leaks = scan(tmp_path, FORBIDDEN)
    assert Leak(f"site/{name}", surface) in leaks
    assert not scan(tmp_path, ["Another-Officer-11111"])


def test_every_registered_surface_has_a_planted_leak() -> None:
    planted = {part for _, surface, _ in SURFACES for part in surface.split(" > ")}
    assert set(registered_surfaces()) <= planted


@pytest.mark.parametrize("name", [f"{CANARY}.csv", f"{CANARY.lower()}/page.html", f"pages-{CANARY}-1.html"])
def test_a_file_name_leaks_too_and_is_not_repeated(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("nothing", encoding="utf-8")
    leaks = scan(tmp_path, FORBIDDEN)
    assert {leak.surface for leak in leaks} == {"file name"}
    assert CANARY.lower() not in str(leaks).lower()


def test_the_target_of_a_link_leaks_too(tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(f"/nowhere/{CANARY}")
    assert {leak.surface for leak in scan(tmp_path, FORBIDDEN)} == {"file name"}


def test_a_leak_never_shows_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(f"{CANARY} {NUMBER}", encoding="utf-8")
    said = str(scan(tmp_path, FORBIDDEN))
    assert "a.html" in said
    assert not any(text in said for text in FORBIDDEN)


@pytest.mark.parametrize(
    "magic", [b"PK\x03\x04", b"\x1f\x8b\x08", b"PAR1", b"SQLite format 3\x00", b"........DUCK"]
)
def test_what_cannot_be_opened_is_not_cleared(tmp_path: Path, magic: bytes) -> None:
    (tmp_path / "broken.bin").write_bytes(magic + bytes(range(200)))
    assert any("cannot be read" in leak.surface for leak in scan(tmp_path, FORBIDDEN))


def stored_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", "<p>0 &lt; 1 &amp; 2</p>")
        archive.writestr("more.xml", "<p>%20</p>")


def named_gzip(path: Path) -> None:
    with path.open("wb") as target, gzip.GzipFile("a%20b&amp;c", "wb", fileobj=target) as file:
        file.write(b"nothing")


def plain_parquet(path: Path) -> None:
    parquet(path, ["0 &lt; 1 &amp; 2", "%20"], compression="none")


def sqlite_with_escapes(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table t as select '0 &lt; 1 &amp; 2' as a")


def duckdb_with_escapes(path: Path) -> None:
    duckdb_with(path, "create table t as select '0 &lt; 1 &amp; 2' as a", "checkpoint")


HONEST = (stored_zip, named_gzip, plain_parquet, sqlite_with_escapes, duckdb_with_escapes)


@pytest.mark.parametrize("make", HONEST, ids=lambda make: make.__name__)
def test_an_honest_file_is_opened_once_although_its_bytes_look_escaped(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """Compressed bytes hold `%41` and the like by chance; unescaped, they are no file any more."""
    make(tmp_path / "file")
    assert scan(tmp_path, FORBIDDEN) == ()


def test_a_member_dropped_from_the_list_is_not_cleared(tmp_path: Path) -> None:
    file = tmp_path / "a.ods"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("kept.xml", "kept"), ("dropped.xml", CANARY * 9), ("last.xml", "last")):
            archive.writestr(name, content)
        dropped = archive.getinfo("dropped.xml")
        archive.filelist.remove(dropped)
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == ["kept.xml", "last.xml"]
    assert scan(tmp_path, FORBIDDEN) == (Leak("a.ods", "zip > zip (cannot be read)"),)


def test_what_is_nested_too_deep_is_not_cleared(tmp_path: Path) -> None:
    content = CANARY.encode()
    for _ in range(7):
        content = gzip.compress(content)
    (tmp_path / "a.gz").write_bytes(content)
    assert [leak.surface for leak in scan(tmp_path, FORBIDDEN)] == ["gzip > " * 5 + "gzip (nested too deep)"]


def test_a_copy_is_reported_too(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        xlsx(tmp_path / name)
    assert scan(tmp_path, FORBIDDEN) == (Leak("a.xlsx", "zip"), Leak("b.xlsx", "zip"))


@pytest.mark.parametrize(
    ("content", "forbidden"),
    [
        ("officers counted: 1234, 5678", "1234"),
        ("total 918273645001", NUMBER),
        ("x0.918273645001", NUMBER),
        ("the officers of 2017", "officer"),
        ("abcO00123def", "O00123"),
    ],
)
def test_chance_resemblance_is_no_leak(tmp_path: Path, content: str, forbidden: str) -> None:
    (tmp_path / "a.html").write_text(content, encoding="utf-8")
    assert scan(tmp_path, [forbidden]) == ()


def test_a_short_key_is_found_as_a_word(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("code,n\nO00123,7\n", encoding="utf-8")
    assert scan(tmp_path, ["O00123"]) == (Leak("a.csv", "plain bytes"),)


def test_what_counts_as_distinctive() -> None:
    assert [t for t in ("12345678", "123456789", "abcde", "abcdef", " ab ") if is_distinctive(t)] == [
        "123456789",
        "abcdef",
    ]


def test_nothing_forbidden_nothing_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("text", encoding="utf-8")
    assert scan(tmp_path, []) == ()


def test_messages_and_logs_can_be_searched_too() -> None:
    assert scan_bytes(f"refused: {CANARY}".encode(), FORBIDDEN) == ("plain bytes",)
    assert scan_bytes(b"refused: a table", FORBIDDEN) == ()


def test_ten_megabytes_and_two_thousand_strings_are_quick(tmp_path: Path) -> None:
    """Bounded generously: a shared machine may be several times slower than the second that is aimed at."""
    alphabet = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz0123456789(){};=  ", dtype=np.uint8)
    letters = np.random.default_rng(0).integers(0, len(alphabet), 10_000_000, dtype=np.uint8)
    (tmp_path / "library.js").write_bytes(alphabet[letters].tobytes())
    forbidden = [f"example-officer-{i:05}" for i in range(2000)]
    start = time.process_time()
    assert scan(tmp_path, forbidden) == ()
    assert time.process_time() - start < 5
