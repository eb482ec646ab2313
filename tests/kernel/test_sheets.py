"""CSV in and out: the encodings that are about, and nothing that a spreadsheet would run. Workbooks are tested where they are used."""

import pytest

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.sheets import Sheet, read_csv, write_csv


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_the_encodings_that_are_about(encoding: str) -> None:
    [row] = read_csv('编号,名称\n1,"城东, 街道"\n,\n'.encode(encoding))
    assert (row.number, row["编号"], row["名称"]) == (2, "1", "城东, 街道")


def test_csv_that_goes_out_holds_no_formula() -> None:
    data = write_csv(Sheet("s", ["名称"], [["=1+1"], ["街道"]]))
    assert data.startswith(b"\xef\xbb\xbf")
    assert [row["名称"] for row in read_csv(data)] == ["=1+1", "街道"]
    assert b"\r\n =1+1" in data


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b'a\n"b'])
def test_what_is_no_csv_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_csv(data)
