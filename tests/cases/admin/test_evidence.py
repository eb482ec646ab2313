"""The console over evidence: who looks at it, and what it says."""

import re
from datetime import UTC, datetime

import pytest

from cases.admin.conftest import Cities, Console, url
from cast import NOW
from cityloop.cases import models
from cityloop.cases.actions.verifying import verify_changes

OF_ALL = [models.Anchor, models.Verification]


def test_a_look_is_told_in_words_and_without_the_data(cities: Cities, console: Console) -> None:
    page = console("sysadmin").get(url(models.ReporterLook, "changelist")).content.decode()
    for words in (cities.ours, "acceptor", "Acceptor", "Reporter, Phone", "The case", "API"):
        assert words in page
    for secret in ("张三丰", "13812345678"):
        assert secret not in page


def test_what_is_over_all_cities_is_for_the_installations_administrators(cities: Cities, console: Console) -> None:
    verify_changes(now=NOW)
    for model in OF_ALL:
        row = model.objects.get()  # type: ignore[attr-defined]
        for who, status in (("sysadmin", 403), ("data_admin", 403), ("boss", 200)):
            desk = console(who)
            assert desk.get(url(model, "changelist")).status_code == status
            assert desk.get(url(model, "change", row.pk)).status_code in {status, 404}


def test_a_run_that_found_something_says_what(cities: Cities, console: Console) -> None:
    models.Case.objects.filter(number=cities.ours).update(street="330106001")
    verify_changes(now=NOW)
    run = models.Verification.objects.get()
    desk = console("boss")
    page = desk.get(url(models.Verification, "change", run.pk)).content.decode()
    assert f"{cities.ours}: street: " in page
    assert desk.get(url(models.Anchor, "changelist")).status_code == 200


def test_findings_stand_line_by_line_in_the_readers_language(cities: Cities, console: Console) -> None:
    models.Case.objects.filter(number=cities.ours).update(street="330106001", due_at=NOW, people=[4])
    verify_changes(now=NOW)
    run = models.Verification.objects.get()
    models.Verification.objects.update(told=f"{run.told}\nas it was kept before")
    desk = console("boss")
    desk.cookies["django_language"] = "zh-hans"
    page = desk.get(url(models.Verification, "change", run.pk))
    lines = re.findall(r'<p style="overflow-wrap: anywhere">(.*?)</p>', page.content.decode())
    assert len(lines) == 4
    assert f"{cities.ours}: street: 为 330106001，流程记录所述为 990101001" in lines
    assert "datetime" not in "".join(lines)
    assert lines[-1] == "as it was kept before"


def test_a_run_over_what_is_new_does_not_look_failed(cities: Cities, console: Console) -> None:
    verify_changes(now=NOW)
    page = console("boss").get(url(models.Verification, "changelist")).content.decode()
    assert "what is new, and a part of the rest" in page
    assert "close" not in re.findall(r'<td class="field-looked_at[^>]*>(.*?)</td>', page, re.DOTALL)[0]


def test_a_run_is_called_by_local_time(cities: Cities) -> None:
    verify_changes(now=datetime(2026, 7, 1, 20, 7, tzinfo=UTC))
    assert str(models.Verification.objects.get()) == "2026-07-02 04:07"


@pytest.mark.parametrize("model", OF_ALL)
def test_nobody_changes_evidence_here(cities: Cities, console: Console, model: type) -> None:
    verify_changes(now=NOW)
    desk = console("boss")
    pk = model.objects.get().pk  # type: ignore[attr-defined]
    assert desk.get(url(model, "add")).status_code == 403
    assert desk.post(url(model, "delete", pk), {"post": "yes"}).status_code == 403
    assert desk.post(url(model, "change", pk), {}).status_code == 403
