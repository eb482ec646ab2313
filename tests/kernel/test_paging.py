import pytest

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.paging import decode_cursor, encode_cursor


def test_a_cursor_gives_back_its_key() -> None:
    assert decode_cursor(encode_cursor("2026-07-01T00:00:00Z", 17), 2) == ["2026-07-01T00:00:00Z", 17]


@pytest.mark.parametrize("rubbish", ["", "%%%", "AAAA", encode_cursor(1)])
def test_a_foreign_cursor_is_refused(rubbish: str) -> None:
    with pytest.raises(InvalidInput):
        decode_cursor(rubbish, 2)
