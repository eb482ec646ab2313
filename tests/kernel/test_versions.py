import pytest

from cityloop.kernel.versions import versions_of


@pytest.mark.django_db
def test_a_jurisdiction_that_never_changed_is_at_zero() -> None:
    assert versions_of("990101") == (0, 0)
