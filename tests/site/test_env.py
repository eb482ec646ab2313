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


@pytest.mark.parametrize("value", ["", "-1", "two", "1.5", "0", "²", "８", " 7", "65536", "9" * 5000])
def test_a_number_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CITYLOOP_X", value)
    with pytest.raises(ImproperlyConfigured, match="whole number from 1 to 65535"):
        env.number("CITYLOOP_X", 4, least=1, most=65535)


def test_one_of_names_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYLOOP_X", "fr")
    with pytest.raises(ImproperlyConfigured, match="one of: zh-hans, en"):
        env.one_of("CITYLOOP_X", "zh-hans", ["zh-hans", "en"])


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\nnot this\n")
    monkeypatch.setenv("CITYLOOP_X_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("CITYLOOP_X", "not this either")
    assert env.text("CITYLOOP_X") == "s3cret"


@pytest.mark.parametrize("content", [None, b"", b"\nsecond", b"\xff\xfe"])
def test_a_file_that_gives_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv("CITYLOOP_X_FILE", str(tmp_path / "secret"))
    with pytest.raises(env.BadSetting, match=r"CITYLOOP_X_FILE is .*/secret"):
        env.text("CITYLOOP_X")


def test_a_secret_that_can_be_guessed_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYLOOP_X", "hunter2")
    with pytest.raises(env.BadSetting, match="CITYLOOP_X has 7 characters") as refused:
        env.secret("CITYLOOP_X")
    assert "hunter2" not in str(refused.value)
    monkeypatch.setenv("CITYLOOP_X", "x" * 32)
    assert env.secret("CITYLOOP_X") == "x" * 32


@pytest.mark.parametrize("host", ["city.example", ".city.example", "*", "127.0.0.1", "[::1]", "localhost"])
def test_a_name_of_the_site_is_taken(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("CITYLOOP_X", f"other.example, {host}")
    assert env.hosts("CITYLOOP_X", "") == ["other.example", host]


@pytest.mark.parametrize(
    "host", ["http://city.example", "city.example:8000", "city.example/x", "a b", "城市.example", "::1"]
)
def test_what_is_no_name_of_a_site_is_refused(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("CITYLOOP_X", f"other.example, {host}")
    with pytest.raises(env.BadSetting, match=r"CITYLOOP_X holds .*without http://") as refused:
        env.hosts("CITYLOOP_X", "")
    assert refused.value.values["value"] == host


@pytest.mark.parametrize("origin", ["https://city.example", "http://127.0.0.1:8000", "https://*.city.example"])
def test_an_origin_is_taken(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    monkeypatch.setenv("CITYLOOP_X", origin)
    assert env.origins("CITYLOOP_X") == [origin]


@pytest.mark.parametrize("origin", ["city.example", "https://city.example/", "ftp://city.example", "https://", "*"])
def test_what_is_no_origin_is_refused(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    monkeypatch.setenv("CITYLOOP_X", origin)
    with pytest.raises(env.BadSetting, match=r"CITYLOOP_X holds .*scheme and name"):
        env.origins("CITYLOOP_X")


def test_networks_are_addresses_or_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYLOOP_X", "192.0.2.7, 10.0.0.0/8,::1")
    assert [str(network) for network in env.networks("CITYLOOP_X")] == ["192.0.2.7/32", "10.0.0.0/8", "::1/128"]


@pytest.mark.parametrize("network", ["10.0.0.1/8", "proxy.example", "10.0.0", "*", "10.0.0.0/33"])
def test_what_is_no_network_is_refused(monkeypatch: pytest.MonkeyPatch, network: str) -> None:
    monkeypatch.setenv("CITYLOOP_X", network)
    with pytest.raises(env.BadSetting, match="CITYLOOP_X holds"):
        env.networks("CITYLOOP_X")


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1", "::", "localhost", "city.example"])
def test_an_address_to_listen_on_is_taken(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("CITYLOOP_X", address)
    assert env.listening_address("CITYLOOP_X", "") == address


@pytest.mark.parametrize("address", ["", "127.0.0.256", "127.0.0.1:8000", "http://localhost", "a b", "*"])
def test_what_nothing_can_listen_on_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("CITYLOOP_X", address)
    with pytest.raises(env.BadSetting, match="CITYLOOP_X is"):
        env.listening_address("CITYLOOP_X", "127.0.0.1")


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


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@h/city", "postgresql://hunter2-but-no-name/", "hunter2", "postgresql://u:hunter2@h:port/city",
        "postgresql://u:hunter2@h:70000/city", "postgresql://u:hunter2@[h/city",
    ],
)  # fmt: skip
def test_a_database_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(env.BadSetting, match="CITYLOOP_DATABASE_URL must look like postgresql://") as refused:
        env.database(url)
    assert "hunter2" not in str(refused.value)


def test_an_option_that_no_database_knows_is_refused() -> None:
    with pytest.raises(env.BadSetting, match=r"CITYLOOP_DATABASE_URL: .*: sslmod"):
        env.database("postgresql://u@h/city?sslmod=require")


def test_files_lie_in_a_folder_or_in_an_object_store() -> None:
    assert env.media_store("file:///srv/city%20files") == {
        "BACKEND": "cityloop.media.store.FolderStorage",
        "OPTIONS": {"location": "/srv/city files"},
    }
    store = env.media_store("s3://key:se%2Fcret@evidence/east/?endpoint=https://store.example:9000&region=cn-east")
    assert store["BACKEND"] == "cityloop.media.object_store.ObjectStorage"
    assert store["OPTIONS"] == {
        "bucket_name": "evidence",
        "location": "east",
        "endpoint_url": "https://store.example:9000",
        "region_name": "cn-east",
        "access_key": "key",
        "secret_key": "se/cret",
    }
    bare = env.media_store("s3://evidence")["OPTIONS"]
    assert isinstance(bare, dict)
    assert {name for name, value in bare.items() if value} == {"bucket_name"}


@pytest.mark.parametrize(
    "url",
    [
        "/srv/media",
        "file://srv/media",
        "file:///",
        "file:///srv?x=1",
        "https://store.example/evidence",
        "s3://",
        "s3://E!",
        "s3://key@evidence",
        "s3://key:hush-hush@evidence?endpoint=store.example",
        "s3://key:hush-hush@evidence?acl=public",
        "s3://key:hush-hush@[evidence",
    ],
)
def test_a_place_for_files_that_makes_no_sense_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="CITYLOOP_MEDIA_URL must look like") as refused:
        env.media_store(url)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("value", ["", "https://city.example/uploads", "http://192.0.2.7:8100", "https://[::1]:1/a/b"])
def test_an_address_to_send_people_to_is_taken(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CITYLOOP_X", value)
    assert env.address("CITYLOOP_X") == value
    monkeypatch.setenv("CITYLOOP_X", f"{value}/" if value else "")
    assert env.address("CITYLOOP_X") == value


@pytest.mark.parametrize("value", ["city.example", "ftp://city.example", "https://", "https://a b", "https://a/?x=1"])
def test_what_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CITYLOOP_X", value)
    with pytest.raises(ImproperlyConfigured, match="write a whole address"):
        env.address("CITYLOOP_X")


def test_tls_is_off_until_it_is_asked_for() -> None:
    assert (env.tls().mode, env.tls().is_on, env.tls().plain_port) == ("off", False, 8080)


def test_a_given_certificate_is_taken_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYLOOP_TLS", "files")
    monkeypatch.setenv("CITYLOOP_TLS_CERTIFICATE", "/etc/city/city.crt")
    with pytest.raises(ImproperlyConfigured, match="CITYLOOP_TLS_KEY names no file"):
        env.tls()
    monkeypatch.setenv("CITYLOOP_TLS_KEY", "/etc/city/city.key")
    assert (env.tls().certificate, env.tls().key) == (Path("/etc/city/city.crt"), Path("/etc/city/city.key"))


@pytest.mark.parametrize("mode", ["off", "local"])
def test_a_certificate_that_would_not_be_used_is_refused(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv("CITYLOOP_TLS", mode)
    monkeypatch.setenv("CITYLOOP_TLS_CERTIFICATE", "/etc/city/city.crt")
    with pytest.raises(ImproperlyConfigured, match="CITYLOOP_TLS_CERTIFICATE is set, but CITYLOOP_TLS is"):
        env.tls()
