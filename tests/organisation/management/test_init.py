"""Day one on the command line."""

import getpass
import io
import sys
from collections.abc import Callable, Iterator

import pytest
from django.core.management import CommandError, call_command

from cast import PASSWORD
from cityloop.organisation import models, queries

FLAGS = ["--code", "990101", "--city", "环城市", "--username", "boss", "--no-input"]


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYLOOP_ADMIN_PASSWORD", PASSWORD)


def init(*flags: str) -> str:
    out = io.StringIO()
    call_command("init", *flags, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.usefixtures("password")
def test_flags_alone_are_enough() -> None:
    text = init(*FLAGS, "--time-zone", "Asia/Urumqi")
    assert "环城市" in text
    named = ("import regions", "import grids", "lay_grid", "people_template", "import people", "check")
    places = [text.index(f"cityloop {command}") for command in named]
    assert places == sorted(places), "in the order of docs/how-to/first-day.md"
    assert queries.city("990101").time_zone.key == "Asia/Urumqi"
    assert models.User.objects.get(username="boss").check_password(PASSWORD)


@pytest.mark.django_db
@pytest.mark.usefixtures("password")
def test_a_second_time_is_refused_before_anything_is_asked() -> None:
    init(*FLAGS)
    with pytest.raises(CommandError, match="already"):
        init("--no-input")
    assert models.Jurisdiction.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("password")
@pytest.mark.parametrize("flags", [["--no-input"], ["--code", "12", "--city", "x", "--no-input"]])
def test_what_is_missing_or_wrong_is_said(flags: list[str]) -> None:
    with pytest.raises(CommandError):
        init(*flags)
    assert not queries.is_founded()


@pytest.mark.django_db
def test_without_a_password_nothing_is_made() -> None:
    with pytest.raises(CommandError, match="CITYLOOP_ADMIN_PASSWORD"):
        init(*FLAGS)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str], list[str]], None]:
    """Somebody at a terminal who types these answers and these passwords."""

    def prepare(answers: list[str], passwords: list[str]) -> None:
        lines: Iterator[str] = iter(answers)
        secrets: Iterator[str] = iter(passwords)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", lambda _prompt: next(lines))
        monkeypatch.setattr(getpass, "getpass", lambda _prompt: next(secrets))

    return prepare


@pytest.mark.django_db
def test_what_is_not_given_is_asked_until_it_can_be_used(typed: Callable[[list[str], list[str]], None]) -> None:
    typed(
        ["12", "990101", "", "环城市", "Asia/Peking", "", "", ""],
        ["short", PASSWORD, "differs", PASSWORD, PASSWORD],
    )
    text = init()
    assert "six digits" in text
    city = queries.city("990101")
    assert (city.name, city.time_zone.key) == ("环城市", "Asia/Shanghai")
    assert models.User.objects.get().username == "admin"


@pytest.mark.django_db
@pytest.mark.parametrize("stopped", [EOFError, KeyboardInterrupt], ids=["Ctrl-D", "Ctrl-C"])
@pytest.mark.parametrize("prompt", ["builtins.input", "getpass.getpass"])
def test_whoever_breaks_off_at_a_question_has_made_nothing(
    typed: Callable[[list[str], list[str]], None],
    monkeypatch: pytest.MonkeyPatch,
    stopped: type[BaseException],
    prompt: str,
) -> None:
    def stop(_prompt: str) -> str:
        raise stopped

    typed(["990101", "环城市", "", "", ""], [])
    monkeypatch.setattr(prompt, stop)
    with pytest.raises(CommandError, match="Broken off"):
        init()
    assert not queries.is_founded()
