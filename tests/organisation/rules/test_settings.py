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


def test_good_settings_pass_and_the_others_have_their_defaults() -> None:
    given = {"test.minutes": 60, "test.share": 1}
    check_settings(given)
    assert with_defaults(given) == {
        "test.signing": True,
        "test.minutes": 60,
        "test.share": 1,
        "test.colours": ["red"],
    }
