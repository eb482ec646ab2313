"""What is shown of a person to those who may not know who it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.cases.queries import rights
from cityloop.cases.queries.privacy import masked_name, masked_phone, masked_text
from cityloop.organisation.rules.staffing import HeldPost, Viewer


@pytest.mark.parametrize(
    ("name", "shown"),
    [("", ""), ("王", "王"), ("王芳", "王*"), ("张三丰", "张**"), ("欧阳娜娜", "欧**"), ("Smith", "S**")],
)
def test_of_a_name_the_first_character_is_left(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("", ""), ("110", "***"), ("12345", "*****"), ("62345678", "********"), ("057162345", "057**2345"),
        ("13812341234", "138****1234"), ("+8613812341234", "+86*******1234"),
    ],
)  # fmt: skip
def test_of_a_phone_the_ends_are_left_if_something_lies_between(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown


@given(st.text(min_size=2, max_size=100), st.sampled_from(["reporter_name", "reporter_phone"]))
def test_a_mask_gives_nobody_away(text: str, field: str) -> None:
    shown = masked_text(field, text)
    assert "*" in shown
    assert len(shown) <= len(text)
    hidden = sum(one == "*" for one in shown)
    assert hidden >= min(len(text) - 1, 2)


def test_who_may_know_callers_is_said_by_the_table_of_each_city_also_to_a_centre_above_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    knows = {("990100", "leader"), ("990101", "acceptor")}
    monkeypatch.setattr(rights, "may", lambda city, post, _right: (city, post) in knows)
    above = Viewer(1, "leader", posts=(HeldPost("leader", "990100", below=frozenset({"990101"})),))
    assert rights.knowing_posts(above) == {"990100": "leader"}
    assert rights.knowing_post(above, "990101") is None
