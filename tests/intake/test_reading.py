import csv
import gzip
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cityloop.intake.reading import NumberedRow, Unreadable, fingerprint, open_file
from cityloop.intake.rules.mapping import FileShape
from cityloop.kernel.errors import InvalidInput

CSV = FileShape()
PARQUET = FileShape(type="parquet")


def rows_of(path: Path, shape: FileShape = CSV, columns: tuple[str, ...] = ("id", "text")) -> list[NumberedRow]:
    with open_file(path, shape, columns) as file:
        return list(file.rows())


def written(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_rows_carry_the_line_they_begin_on(tmp_path: Path, packed: bool) -> None:
    text = b'id,text\r\n1,one\r\n2,"two\r\nlines"\r\n\r\n3,three\r\n'
    path = written(tmp_path / "a.csv", gzip.compress(text) if packed else text)
    assert rows_of(path) == [
        (2, {"id": "1", "text": "one"}),
        (3, {"id": "2", "text": "two\r\nlines"}),
        (6, {"id": "3", "text": "three"}),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path / "a.csv", "\ufeffid,text\n1,x\n")) == [(2, {"id": "1", "text": "x"})]


def test_another_encoding_and_delimiter(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "id;text\n1;路灯不亮\n".encode("gb18030"))
    shape = FileShape(encoding="gb18030", delimiter=";")
    assert rows_of(path, shape) == [(2, {"id": "1", "text": "路灯不亮"})]


def test_a_row_of_another_width_is_unreadable_and_the_rest_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "id,text\n1\n2,two,2\n3,three\n")
    (first, why), (second, _), third = rows_of(path)
    assert (first, second) == (2, 3)
    assert isinstance(why, Unreadable)
    assert "The heading has 2 cells, this row 1." in why
    assert third == (4, {"id": "3", "text": "three"})


def test_broken_quotes_cost_one_row(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'id,text\n1,"one"x\n2,two\n')
    (line, why), good = rows_of(path)
    assert line == 2
    assert isinstance(why, Unreadable)
    assert good == (3, {"id": "2", "text": "two"})


def test_a_quote_that_never_closes_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'id,text\n1,"one\n' + "2,two\n" * 400_000)
    with open_file(path, CSV, ("id",)) as file:
        line, why = next(file.rows())
    assert line == 2
    assert isinstance(why, Unreadable)


def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "id,txt\n1,x\n")
    with pytest.raises(InvalidInput, match=r"no column text; it has id, txt"):
        rows_of(path)


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        pytest.param(CSV, gzip.compress(b"id,text\n" + b"1,x\n" * 100_000)[:-400], id="gzip cut off"),
        pytest.param(CSV, b"\x1f\x8bnonsense", id="no gzip at all"),
        pytest.param(PARQUET, b"id,text\n1,x\n", id="no Parquet"),
    ],
)
def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path, shape: FileShape, data: bytes) -> None:
    path = written(tmp_path / "a", data)
    with pytest.raises(InvalidInput, match="damaged"):
        rows_of(path, shape)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There is no file"):
        rows_of(tmp_path / "nowhere.csv")


def test_parquet_gives_the_wanted_columns_with_their_types(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    day = datetime.fromisoformat("2019-01-01")
    table = pa.table({"id": [1, 2], "text": ["x", None], "at": [day, None], "unwanted": [1, 2]})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert rows_of(tmp_path / "a.parquet", PARQUET, ("id", "text", "at")) == [
        (1, {"id": 1, "text": "x", "at": day}),
        (2, {"id": 2, "text": None, "at": None}),
    ]
    assert len(rows_of(tmp_path / "a.parquet", CSV)) == 2  # told by its first bytes
    with pytest.raises(InvalidInput, match="no column when"):
        rows_of(tmp_path / "a.parquet", PARQUET, ("when",))


def test_done_grows_from_nothing_to_all(tmp_path: Path) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("id", "text"), *((n, "x" * 50) for n in range(20_000))])
    with open_file(written(tmp_path / "a.csv", out.getvalue()), CSV, ("id",)) as file:
        seen = list(_done(file.rows(), file))
    assert seen == sorted(seen)
    assert seen[0] < 0.1
    assert seen[-1] == 1.0


def _done(rows: Iterator[NumberedRow], file: Any) -> Iterator[float]:
    for _ in rows:
        yield file.done()


def test_the_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert fingerprint(written(tmp_path / "a", b"abc")) == known
    assert fingerprint(written(tmp_path / "a.gz", gzip.compress(b"abc"))) == known
    with pytest.raises(InvalidInput, match="damaged"):
        fingerprint(written(tmp_path / "b.gz", gzip.compress(b"abc")[:-3]))
    with pytest.raises(InvalidInput, match="There is no file"):
        fingerprint(tmp_path / "nowhere")
