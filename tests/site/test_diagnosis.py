import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cast import load_standards
from cityloop.geography.actions import lay_regular_grid
from cityloop.organisation import actions
from cityloop.site import diagnosis, findings
from cityloop.site.findings import Finding
from cityloop.site.tls import Certificate


def levels(found: Iterator[Finding]) -> list[tuple[str, str]]:
    return [(finding.name, finding.level) for finding in found]


@pytest.mark.parametrize(
    ("number", "postgis", "verdict"),
    [
        (150004, "3.3.2", ("database", "ok")),
        (170001, "3.10.0", ("database", "ok")),
        (140010, "3.3.2", ("database", "wrong")),
        (150004, "", ("postgis", "wrong")),
        (150004, "3.2.9", ("postgis", "wrong")),
    ],
)
def test_a_server_is_judged_by_its_versions(number: int, postgis: str, verdict: tuple[str, str]) -> None:
    assert levels(diagnosis.judge_server(number, "x", postgis)) == [verdict]


@pytest.mark.parametrize(
    ("today", "level"),
    [(date(2026, 3, 1), "ok"), (date(2026, 11, 2), "note"), (date(2027, 1, 1), "wrong")],
)
def test_holidays_that_are_not_known_are_told_in_time(today: date, level: str) -> None:
    assert diagnosis.judge_calendar(today, 2026).level == level


@pytest.mark.parametrize(("mode", "level"), [(0o600, "ok"), (0o640, "wrong"), (0o604, "wrong")])
def test_a_secret_that_others_may_read_is_wrong(tmp_path: Path, mode: int, level: str) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(mode)
    assert levels(diagnosis.secret(tmp_path)) == [("secret", level)]


def test_no_secret_yet_is_only_a_note(tmp_path: Path) -> None:
    assert levels(diagnosis.secret(tmp_path)) == [("secret", "note")]


def test_a_citys_own_authority_is_told_with_its_fingerprint(settings: Any, tmp_path: Path) -> None:
    assert list(diagnosis.certificate(tmp_path)) == []
    settings.TLS = replace(settings.TLS, mode="local")
    assert levels(diagnosis.certificate(tmp_path)) == [("certificate", "note")]
    Certificate(settings.TLS, tmp_path, tuple(settings.HOSTS)).bring_up_to_date(datetime.now(UTC))
    assert levels(diagnosis.certificate(tmp_path)) == [("certificate", "ok"), ("root_certificate", "ok")]


def test_a_certificate_is_looked_at_without_the_settings_of_the_service_too(settings: Any, tmp_path: Path) -> None:
    """Somebody who typed “cityloop check” was not told that the certificate had ended: CITYLOOP_TLS stood in the service's file."""
    local, hosts = replace(settings.TLS, mode="local"), tuple(settings.HOSTS)
    served = Certificate(local, tmp_path, hosts, life=timedelta(days=90))
    served.bring_up_to_date(datetime.now(UTC) - timedelta(days=91))
    assert levels(diagnosis.certificate(tmp_path)) == [("certificate", "wrong"), ("tls", "note")]
    (tmp_path / "tls" / "served.pem").unlink()
    served.bring_up_to_date(datetime.now(UTC))
    (tmp_path / "address").write_text("https://localhost:8000/\n")
    assert levels(diagnosis.certificate(tmp_path)) == [("certificate", "ok"), ("tls", "note")]
    (tmp_path / "address").write_text("http://localhost:8000/\n")
    assert levels(diagnosis.certificate(tmp_path)) == [], (
        "it speaks plain HTTP now: what it served once is nothing to anybody"
    )


def test_a_given_certificate_that_cannot_be_read_is_told(settings: Any, tmp_path: Path) -> None:
    missing = tmp_path / "city.crt"
    settings.TLS = replace(settings.TLS, mode="files", certificate=missing, key=missing)
    [found] = [finding for finding in diagnosis.examine() if finding.name == "certificate"]
    assert (found.level, str(missing) in found.what) == ("wrong", True)


def test_a_variable_that_nobody_reads_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert levels(diagnosis.variables(tmp_path)) == []
    monkeypatch.setenv("CITYLOOP_PROT", "80")
    [finding] = diagnosis.variables(tmp_path)
    assert (finding.level, "CITYLOOP_PROT" in finding.what) == ("note", True)


def test_a_full_disk_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert levels(diagnosis.disk(tmp_path / "not" / "yet")) == [("disk", "ok")]
    monkeypatch.setattr(diagnosis, "LEAST_FREE_GB", 1e9)
    assert levels(diagnosis.disk(tmp_path)) == [("disk", "wrong")]


def test_a_data_folder_that_is_a_file_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert levels(diagnosis.folder(tmp_path / "data")) == [("folder", "wrong")]


def test_missing_programs_are_wrong_and_the_rest_is_still_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis.postgres, "program", _unavailable)
    found = diagnosis.examine()
    assert [finding.name for finding in found if finding.level == "wrong"][:1] == ["programs"]
    assert "disk" in {finding.name for finding in found}


def _unavailable(name: str) -> str:
    from cityloop.kernel.errors import Unavailable

    raise Unavailable(name)


@pytest.mark.django_db
def test_a_database_that_answers_is_looked_through(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CITYLOOP_DATABASE_URL", "postgresql://as-in-the-tests/x")
    found = dict(levels(diagnosis.database(tmp_path)))
    assert found == {"database": "ok", "migrations": "ok", "worker": "wrong"}


@pytest.mark.django_db
def test_what_a_new_city_lacks_is_named_until_it_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """After init all was well by “check”, and no place could be found in the city."""
    monkeypatch.setenv("CITYLOOP_DATABASE_URL", "postgresql://as-in-the-tests/x")
    assert levels(diagnosis.cities(tmp_path)) == [("city", "note")]
    load_standards()
    actions.create_jurisdiction("990101", "环城市")
    found = list(diagnosis.cities(tmp_path))
    assert levels(iter(found)) == [("areas", "wrong"), ("people", "note")]
    assert all("环城市" in finding.what for finding in found)
    lay_regular_grid("990101", 116.0, 39.0, 116.01, 39.01, 500, date(2026, 1, 1))
    user = actions.create_user("acceptor", jurisdiction="990101")
    actions.appoint(user.pk, "acceptor", "990101", valid_from=date(2026, 1, 1))
    assert levels(diagnosis.cities(tmp_path)) == []


def test_each_wrong_thing_says_how_to_mend_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CITYLOOP_DATA", str(tmp_path))
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0o666)
    found = diagnosis.examine()
    assert any(finding.level == "wrong" for finding in found)
    assert all(finding.how for finding in found if finding.level == "wrong")


def test_as_json_it_says_whether_all_is_well() -> None:
    bad = findings.wrong("disk", "full", "free some")
    assert json.loads(findings.as_json([findings.ok("a", "b")]))["ok"] is True
    assert json.loads(findings.as_json([bad])) == {
        "ok": False,
        "findings": [{"name": "disk", "level": "wrong", "what": "full", "how": "free some"}],
    }


def test_as_text_the_way_out_stands_below() -> None:
    assert findings.as_text([findings.wrong("disk", "full", "free some")]) == "✗ full\n    → free some"


def test_what_cannot_even_load_is_a_finding() -> None:
    assert "libgdal" in findings.cannot_load(OSError("libgdal is not there")).what
