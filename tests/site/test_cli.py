import os
import subprocess
import sys

import pytest

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.site import cli
from cityloop.site.options import Options
from cityloop.site.settings import env
from running import outside_environment


@pytest.fixture(autouse=True)
def environment_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """``--data`` writes the environment; give it back after each test."""
    monkeypatch.setenv("CITYLOOP_DATA", os.environ["CITYLOOP_DATA"])


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_is_short_and_names_each_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 0
    shown = capsys.readouterr().out
    assert all(f"cityloop {command}" in shown for command in ("up", "demo", "check", "init", "import", "verify"))
    assert len(shown.splitlines()) <= 20


@pytest.mark.parametrize("words", [["--data", "/x/y", "verify", "-v2"], ["--data=/x/y", "verify", "-v2"]])
def test_the_data_folder_may_stand_before_any_command(words: list[str]) -> None:
    assert cli._take_data(words) == ["verify", "-v2"]
    assert os.environ["CITYLOOP_DATA"] == "/x/y"


def test_import_becomes_the_command_of_that_name(monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[list[str]] = []
    monkeypatch.setattr(cli, "_manage", lambda words: passed.append(words) or 0)
    assert cli.main(["import", "grids", "grids.geojson", "--help"]) == 0
    assert passed == [["import_grids", "grids.geojson", "--help"]]


def test_an_unknown_thing_to_import_lists_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["import", "weather"]) == 2
    assert "grids" in capsys.readouterr().err


def test_any_other_word_is_a_management_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cityloop.site.cli", "version"], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout[:2]) == (0, "5.")


def test_an_unknown_command_fails_without_a_trace() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cityloop.site.cli", "fly", "--help"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "没有“fly”这个命令" in done.stderr or "There is no command “fly”" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_list_of_commands_is_that_of_a_city(capsys: pytest.CaptureFixture[str]) -> None:
    """Django's own stood beside them: flush, testserver, createsuperuser."""
    assert cli.main(["help"]) == 0
    listed = {line.split()[1] for line in capsys.readouterr().out.splitlines() if line.startswith("  cityloop")}
    assert {"init", "verify", "backup", "import_requests", "lay_grid"} <= listed
    assert not listed & {"flush", "testserver", "createsuperuser", "migrate", "prepare"}


def test_the_help_of_a_command_lists_its_own_options_alone(capsys: pytest.CaptureFixture[str]) -> None:
    from django.core.management import ManagementUtility

    with pytest.raises(SystemExit):
        ManagementUtility(["cityloop", "init", "--help"]).execute()
    shown = capsys.readouterr().out
    assert "--time-zone" in shown
    assert not any(
        option in shown for option in ("--pythonpath", "--no-color", "--traceback", "show this help message")
    )


@pytest.mark.parametrize("host", ["nonsense.invalid", "192.0.2.77"])
def test_an_address_of_another_machine_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    """It was found only when the database ran and was migrated; “check” called the port taken, or said nothing."""
    from cityloop.site import supervisor

    monkeypatch.setattr(supervisor, "supervise", lambda _options: pytest.fail("it was started"))
    assert cli.main(["up", "--host", host]) == 1
    assert host in capsys.readouterr().err


def test_no_name_at_all_for_the_site_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYLOOP_HOSTS", " , ")
    with pytest.raises(env.BadSetting, match="CITYLOOP_HOSTS is empty"):
        env.hosts("CITYLOOP_HOSTS", "localhost")


@pytest.mark.parametrize(
    ("words", "url"), [(["--port", "9"], ""), (["--host", "0.0.0.0", "--until-ready"], "postgresql://u@h/city")]
)
def test_up_hands_on_what_was_asked(monkeypatch: pytest.MonkeyPatch, words: list[str], url: str) -> None:
    from cityloop.site import supervisor

    asked: list[Options] = []
    monkeypatch.setattr(supervisor, "supervise", lambda options: asked.append(options) or 0)
    monkeypatch.setenv("CITYLOOP_DATABASE_URL", url)
    assert cli.main(["up", *words]) == 0
    assert asked[0].is_private is not bool(url)
    assert (asked[0].port, asked[0].host) == ((9, "127.0.0.1") if not url else (8000, "0.0.0.0"))
    assert asked[0].until_ready == (1800 if url else 0)
    assert not asked[0].is_quiet


def test_demo_is_up_with_a_city_from_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    from cityloop.site import supervisor

    asked: list[Options] = []
    monkeypatch.setattr(supervisor, "supervise", lambda options: asked.append(options) or 0)
    assert cli.main(["demo", "--from", "/x/requests.csv"]) == 0
    assert asked[0].prepare == ("--demo", "--from", "/x/requests.csv")
    assert asked[0].is_quiet


@pytest.mark.parametrize(
    ("words", "given", "folder"),
    [
        pytest.param([], None, "cityloop-demo", id="a folder of its own"),
        pytest.param([], "/x/city", "city", id="the one of the environment"),
        pytest.param(["--data", "/x/other"], "/x/city", "other", id="the one that is asked for"),
    ],
)
def test_a_demo_stays_out_of_a_real_citys_folder(
    monkeypatch: pytest.MonkeyPatch, words: list[str], given: str | None, folder: str
) -> None:
    """In the folder of a real city it stood in the way of “cityloop init”."""
    from cityloop.site import supervisor

    asked: list[Options] = []
    monkeypatch.setattr(supervisor, "supervise", lambda options: asked.append(options) or 0)
    if given:
        monkeypatch.setenv("CITYLOOP_DATA", given)
    else:
        monkeypatch.delenv("CITYLOOP_DATA")
    assert cli.main(["demo", *words]) == 0
    assert asked[0].data.name == folder


def test_a_refused_value_is_told_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_words: list[str]) -> int:
        faults = [Fault("kind", "“nonsense” is not known", "nonsense"), Fault("code", "must have 6 digits", "7")]
        raise InvalidInput("Refused.", faults=faults)

    monkeypatch.setattr(cli, "_manage", refuse)
    assert cli.main(["import_requests"]) == 1
    assert capsys.readouterr().err == "Refused.\n  kind: “nonsense” is not known\n  code: must have 6 digits 7\n"


NONSENSE = {
    "CITYLOOP_HOST": "http://localhost",
    "CITYLOOP_PORT": "http",
    "CITYLOOP_HOSTS": "https://city.example",
    "CITYLOOP_ORIGINS": "city.example",
    "CITYLOOP_PROXIES": "proxy.example",
    "CITYLOOP_WEB_WORKERS": "0",
    "CITYLOOP_WEB_THREADS": "many",
    "CITYLOOP_LANGUAGE": "fr",
    "CITYLOOP_LOG": "yaml",
    "CITYLOOP_DATABASE_URL": "mysql://localhost/city",
    "CITYLOOP_DATABASE_URL_FILE": "/nowhere",
    "CITYLOOP_SECRET_KEY": "x",
    "CITYLOOP_DATA": "/dev/null",
}


@pytest.mark.parametrize("words", [["check"], ["up"]])
def test_nonsense_in_a_setting_is_named_in_plain_words(words: list[str], subtests: pytest.Subtests) -> None:
    """A variable that is wrong must not become a default, nor a trace: whoever set it is told which one it is."""
    surroundings = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    for name, value in NONSENSE.items():
        with subtests.test(name):
            done = subprocess.run(
                [sys.executable, "-m", "cityloop.site.cli", *words],
                env=surroundings | {name: value}, check=False, capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            said = done.stdout + done.stderr
            assert done.returncode == 1, said
            assert name in said
            assert "Traceback" not in said
            # A folder that cannot be used is one finding of the check among others.
            assert len(said.splitlines()) <= 2 or (words, name) == (["check"], "CITYLOOP_DATA"), said


def test_nonsense_is_told_in_the_installations_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CITYLOOP_LOG", "yaml")
    assert cli.main(["up"]) == 1
    assert "应为以下之一" in capsys.readouterr().err
    monkeypatch.setenv("CITYLOOP_LANGUAGE", "en")
    assert cli.main(["up"]) == 1
    assert "CITYLOOP_LOG is “yaml”; write one of: text, json." in capsys.readouterr().err


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "９", "9" * 20])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["up", "--port", port])
    assert ended.value.code == 2
    assert "65535" in capsys.readouterr().err


def test_the_command_line_finds_its_supervisor_before_the_apps_are_loaded() -> None:
    words = "import cityloop.site.private, sys; sys.exit('cityloop.media.models' in sys.modules)"
    environment = outside_environment() | {"DJANGO_SETTINGS_MODULE": "cityloop.site.settings.dev"}
    subprocess.run([sys.executable, "-c", words], env=environment, check=True)
