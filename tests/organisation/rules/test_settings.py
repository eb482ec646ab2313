from typing import Any

import pytest

from cityloop.kernel.errors import InvalidInput
from cityloop.organisation.rules import settings
from cityloop.organisation.rules.settings import Setting, check_settings, declare, with_defaults


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DECLARED", {})
    declare(
        Setting("test.signing", default=True, title="Signing"),
        Setting("test.minutes", default=30, title="Minutes", least=1, most=60),
        Setting("test.share", default=0.5, title="Share", least=0, most=1),
        Setting("test.colours", default=["red"], title="Colours", allowed=("red", "green")),
    )


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"test.sining": False}, "settings.test.sining"),
        ({"test.signing": 1}, "settings.test.signing"),
        ({"test.minutes": True}, "settings.test.minutes"),
        ({"test.minutes": 0}, "settings.test.minutes"),
        ({"test.minutes": 61}, "settings.test.minutes"),
        ({"test.minutes": 1.5}, "settings.test.minutes"),
        ({"test.colours": ["blue"]}, "settings.test.colours"),
        ({"test.colours": "red"}, "settings.test.colours"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_by_name(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_settings(given)
    assert [fault.field for fault in refusal.value.faults] == [field]


def test_what_is_nothing_of_the_city_is_told_with_what_was_perhaps_meant() -> None:
    known = {"s/event/06010": "Rubbish", "s/event/06011": "Heap"}
    one = Setting("test.classes", default=[], title="Classes", members=lambda _city: known)
    assert one.stranger_in(["s/event/06011"], "990101") is None
    assert one.stranger_in(["anything"], "") is None, "a city that is not there yet has no classes"
    fault = one.stranger_in(["s/event/0601", "x"], "990101")
    assert fault is not None
    assert (fault.field, "“s/event/0601” and “x”" in fault.why or "s/event/0601" in fault.why) == (
        "settings.test.classes",
        True,
    )
    assert "s/event/06010 (Rubbish)" in fault.why


def test_good_settings_pass_and_the_others_have_their_defaults() -> None:
    given = {"test.minutes": 60, "test.share": 1}
    check_settings(given)
    assert with_defaults(given) == {
        "test.signing": True,
        "test.minutes": 60,
        "test.share": 1,
        "test.colours": ["red"],
    }
