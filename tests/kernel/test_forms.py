import pytest
from django.core.exceptions import ValidationError
from django.forms import Form
from django.utils import translation

from cityloop.kernel.forms import DEEPEST, JSONField, depth_of


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("", 0),
        ("7", 0),
        ('{"a": [1, {"b": []}]}', 4),
        ('["[[[", "\\"[[", "\\\\"]', 1),
        ("[" * 100_000, 100_000),
        ("]]]", 0),
    ],
)
def test_depth_is_counted_outside_of_texts(text: str, depth: int) -> None:
    assert depth_of(text) == depth


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("[" * 100_000 + "]" * 100_000, "too deeply", id="nested without end"),
        pytest.param('{"a":' * (DEEPEST + 1) + "1" + "}" * (DEEPEST + 1), "too deeply", id="one level too deep"),
        pytest.param("[NaN]", "cannot be stored", id="not a number"),
        pytest.param('{"a": -Infinity}', "cannot be stored", id="infinity"),
        pytest.param("[1e999]", "cannot be stored", id="infinity in digits"),
        pytest.param('{"\\u0000": 1}', "cannot be stored", id="NUL in a key"),
        pytest.param('["\\ud800"]', "cannot be stored", id="half of a pair"),
        pytest.param("{", "JSON", id="broken"),
        pytest.param("[" + "1" * 5000 + "]", "too long", id="a number of thousands of digits"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_stays_in_the_form(text: str, why: str) -> None:
    class Settings(Form):
        values = JSONField()

    form = Settings({"values": text})
    with translation.override("en"):
        assert why in str(form.errors["values"])
    assert form["values"].value() == text


def test_what_can_be_kept_is_read() -> None:
    deep = "[" * DEEPEST + "]" * DEEPEST
    assert JSONField().clean('{"a": ["井盖", 1.5, null, "\\ud83d\\ude00"]}') == {"a": ["井盖", 1.5, None, "😀"]}
    assert JSONField().clean(deep)
    with pytest.raises(ValidationError):
        JSONField().clean(deep.replace("[]", "[[]]"))
