import json
import pickle

import pytest
from django.utils import translation

from cityloop.kernel.translation import _, how_said, listed, said_again


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


def test_a_text_is_said_again_in_another_language() -> None:
    """Its parameters too, where they are texts of ours; what somebody typed stays as it was."""
    with translation.override("zh-hans"):
        text = _("%(field)s: %(why)s") % {"field": "电话", "why": _("must be a UUID")}
        many = _("You have kept %(most)d searches. Delete one first.") % {"most": 20}
        kept = json.loads(json.dumps([how_said(one) for one in (text, many, "plain {x} %(y)s")]))
    with translation.override("en"):
        assert [said_again(one) for one in kept] == [
            "电话: must be a UUID", "You have kept 20 searches. Delete one first.", "plain {x} %(y)s",
        ]  # fmt: skip
    with translation.override("zh-hans"):
        assert said_again(kept[0]) == text


def test_a_text_that_remembers_is_a_text_like_any_other() -> None:
    with translation.override("en"):
        text = _("no")
    assert pickle.loads(pickle.dumps(text)) == text == "no"
    assert json.dumps(text) == '"no"'
    assert f"{text}!" == "no!"
    assert {text: 1}["no"] == 1
