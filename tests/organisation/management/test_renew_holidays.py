from unittest.mock import Mock

import pytest
from django.core.management import call_command

from cityloop.organisation import actions
from cityloop.site.management.commands.prepare import SEEDS


def test_an_upgrade_brings_its_holidays(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(actions, "renew_holidays", Mock(return_value=3))
    call_command("renew_holidays")
    assert "3" in capsys.readouterr().out
    call_command("renew_holidays", verbosity=0)
    monkeypatch.setattr(actions, "renew_holidays", Mock(return_value=0))
    call_command("renew_holidays")
    assert capsys.readouterr().out == ""
    assert "renew_holidays" in SEEDS
