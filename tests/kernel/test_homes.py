"""The city that somebody acts in, where they left it out."""

import pytest

from cityloop.kernel.errors import InvalidInput, NotAllowed
from cityloop.kernel.homes import home_asked


def test_it_is_the_one_named_or_the_only_one() -> None:
    assert home_asked({"990101", "990102"}, "990102") == "990102"
    assert home_asked({"990101"}, "") == home_asked({"990101"}, None) == "990101"


def test_where_none_can_be_meant_it_is_refused() -> None:
    with pytest.raises(NotAllowed):
        home_asked({"990101"}, "990102")
    with pytest.raises(NotAllowed):
        home_asked(set(), None)
    with pytest.raises(InvalidInput) as refused:
        home_asked({"990102", "990101"}, None)
    assert "990101" in refused.value.faults[0].why
