import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.media.rules.ranges import NotWithin, Part, part_of


@pytest.mark.parametrize(
    ("header", "part"),
    [
        pytest.param("bytes=0-99", Part(0, 99), id="the first hundred"),
        pytest.param("bytes=500-", Part(500, 999), id="from the middle"),
        pytest.param("bytes=-100", Part(900, 999), id="the last hundred"),
        pytest.param("bytes=-5000", Part(0, 999), id="more of the end than there is"),
        pytest.param("bytes=900-5000", Part(900, 999), id="over the end"),
        pytest.param("Bytes=0-0", Part(0, 0), id="a single byte"),
        pytest.param("bytes=5-2", None, id="backwards"),
        pytest.param("bytes=0-1,5-6", None, id="two at once"),
        pytest.param("lines=0-1", None, id="another unit"),
        pytest.param("bytes=-", None, id="neither end"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_part_of_a_thousand_bytes(header: str, part: Part | None) -> None:
    assert part_of(header, 1000) == part


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-2000", "bytes=-0"])
def test_nothing_lies_behind_the_end(header: str) -> None:
    with pytest.raises(NotWithin):
        part_of(header, 1000)


@given(first=st.integers(0, 2000), last=st.integers(0, 2000), size=st.integers(1, 1000))
def test_a_part_lies_within_the_file(first: int, last: int, size: int) -> None:
    try:
        part = part_of(f"bytes={first}-{last}", size)
    except NotWithin:
        assert first >= size
        return
    assert part is None or 0 <= part.first <= part.last < size
    assert part is not None or last < first
