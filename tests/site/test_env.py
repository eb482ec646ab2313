from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from cityloop.site.settings import env


@pytest.mark.parametrize("value", ["yes", "true", "", "2", " 1"])
def test_a_flag_is_1_or_0_and_nothing_else(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CITYLOOP_X", value)
    with pytest.raises(ImproperlyConfigured, match=r"CITYLOOP_X is .*write 1 or 0"):
        env.flag("CITYLOOP_X")


def test_a_flag_reads_both_ways_and_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.flag("CITYLOOP_X", default=True)
    monkeypatch.setenv("CITYLOOP_X", "0")
    assert not env.flag("CITYLOOP_X", default=True)


@pytest.mark.parametrize("value", ["", "-1", "two", "1.5", "0"])
def test_a_number_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CITYLOOP_X", value)
    with pytest.raises(ImproperlyConfigured, match="whole number from 1 up"):
        env.number("CITYLOOP_X", 4, least=1)


def test_one_of_names_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYLOOP_X", "fr")
    with pytest.raises(ImproperlyConfigured, match="one of: zh-hans, en"):
        env.one_of("CITYLOOP_X", "zh-hans", ["zh-hans", "en"])


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\nnot this\n")
    monkeypatch.setenv("CITYLOOP_X_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("CITYLOOP_X", "not this either")
    assert env.text("CITYLOOP_X") == "s3cret"


def test_words_are_parted_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYLOOP_X", " a.example , ,b.example")
    assert env.words("CITYLOOP_X") == ["a.example", "b.example"]


@pytest.mark.parametrize(
    ("url", "host", "port", "name"),
    [
        pytest.param(
            "postgresql://u:p%40ss@db.example:5433/city?sslmode=require", "db.example", "5433", "city", id="a server"
        ),
        pytest.param("postgresql:///city?host=/var/run/pg&user=u", "/var/run/pg", "", "city", id="a socket"),
    ],
)
def test_a_database_url_is_taken_apart(url: str, host: str, port: str, name: str) -> None:
    settings = env.database(url)
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == (host, port, name)


def test_the_password_in_a_url_is_decoded_and_options_stay() -> None:
    settings = env.database("postgresql://u:p%40ss@db.example/city?sslmode=require")
    assert settings["PASSWORD"] == "p@ss"
    assert env.options_of(settings) == {"sslmode": "require"}


@pytest.mark.parametrize("url", ["mysql://u@h/city", "postgresql://host-but-no-name/", "city"])
def test_a_database_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="must look like postgresql://"):
        env.database(url)
