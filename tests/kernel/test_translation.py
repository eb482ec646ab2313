import pytest
from django.utils import translation

from cityloop.kernel.translation import listed


@pytest.mark.parametrize(
    ("spoken", "words", "told"),
    [
        ("zh-hans", ["受理员", "值班长", "派遣员"], "受理员、值班长、派遣员"),
        ("en", ["acceptor", "duty chief"], "acceptor, duty chief"),
        ("zh-hans", ["受理员"], "受理员"),
        ("zh-hans", [], ""),
    ],
)
def test_names_are_divided_by_the_sign_of_the_language(spoken: str, words: list[str], told: str) -> None:
    with translation.override(spoken):
        assert listed(words) == told
        assert listed(word for word in words) == told
