"""The console's form for a city's process."""

from typing import Any

from django.contrib.messages import get_messages

from cases.admin.conftest import Cities, Console, url
from cast import CITY, NOW, OTHER_CITY
from cityloop.cases import models
from cityloop.cases.actions import set_table
from cityloop.cases.queries.tables import default_text, table_in_force, text_in_force, version_in_force

ADD = url(models.LoopTable, "add")
SIGNING = "  signing: true "


def form(text: str, city: str = CITY, **more: Any) -> dict[str, Any]:
    return {"jurisdiction": city, "note": "不再签收", "text": text, "base": 1} | more


def test_the_form_begins_with_the_table_in_force(cities: Cities, console: Console) -> None:
    page = console("sysadmin").get(ADD)
    fields = page.context["adminform"].form.initial
    assert (fields["jurisdiction"], fields["text"], fields["base"]) == (CITY, default_text(), 1)


def test_a_table_is_edited_and_says_who_and_why(cities: Cities, console: Console) -> None:
    text = default_text().replace(SIGNING, "  signing: false ")
    answer = console("sysadmin").post(ADD, form(text.replace("\n", "\r\n")))
    assert answer.status_code == 302
    row = models.LoopTable.objects.get(jurisdiction=CITY, version=2)
    assert (row.note, row.created_by, row.text) == ("不再签收", cities.people["sysadmin"], text)
    assert not table_in_force(CITY).settings.signing
    assert table_in_force(OTHER_CITY).settings.signing


def test_a_broken_table_is_told_line_by_line_and_what_was_typed_stays(cities: Cities, console: Console) -> None:
    text = default_text().replace(SIGNING, "  signed: true ")
    answer = console("sysadmin").post(ADD, form(text))
    assert answer.status_code == 200
    typed = answer.context["adminform"].form
    line = text[: text.index("  signed: true")].count("\n") + 1
    told = typed.errors["text"]
    assert "stays" in told[0]
    assert f"line {line}, settings.signed: no rule knows this key  |  signed: true" in " ".join(told)
    assert typed["text"].value() == text
    page = answer.content.decode()
    assert f"line {line}, settings.signed" in page
    assert version_in_force(CITY) == 1


def test_a_table_lands_only_in_the_city_that_it_was_opened_for(cities: Cities, console: Console) -> None:
    desk = console("boss")
    page = desk.get(ADD, {"jurisdiction": OTHER_CITY}).context["adminform"].form
    assert [code for code, _name in page.fields["jurisdiction"].choices] == [OTHER_CITY]
    desk = console("sysadmin")
    answer = desk.post(ADD, form(default_text(), OTHER_CITY))
    assert "jurisdiction" in answer.context["adminform"].form.errors
    assert desk.get(ADD, {"jurisdiction": OTHER_CITY}).context["adminform"].form.initial == {}
    assert version_in_force(OTHER_CITY) == 1


def test_who_was_overtaken_is_told(cities: Cities, console: Console) -> None:
    set_table(CITY, default_text(), actor_id=None, now=NOW, note="quicker")
    answer = console("sysadmin").post(ADD, form(default_text()))
    told = " ".join(str(message) for message in get_messages(answer.wsgi_request))
    assert "somebody else made version 2" in told
    assert version_in_force(CITY) == 3


def test_versions_stay_as_they_are(cities: Cities, console: Console) -> None:
    row = models.LoopTable.objects.get(jurisdiction=CITY)
    for who in ("sysadmin", "boss"):
        desk = console(who)
        assert desk.post(url(models.LoopTable, "change", row.pk), form("x")).status_code == 403
        assert desk.post(url(models.LoopTable, "delete", row.pk), {"post": "yes"}).status_code == 403
        desk.post(url(models.LoopTable, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk]})
    assert text_in_force(CITY) == default_text()
    assert console("data_admin").get(ADD).status_code == 403


def test_an_old_version_is_the_beginning_of_a_new_one(cities: Cities, console: Console) -> None:
    set_table(CITY, default_text().replace(SIGNING, "  signing: false "), actor_id=None, now=NOW, note="")
    desk = console("sysadmin")
    page = desk.get(url(models.LoopTable, "change", models.LoopTable.objects.get(jurisdiction=CITY, version=1).pk))
    assert f"?jurisdiction={CITY}&amp;version=1" in page.content.decode()
    initial = desk.get(ADD, {"jurisdiction": CITY, "version": "1"}).context["adminform"].form.initial
    assert (initial["text"], initial["base"]) == (default_text(), 2)


def test_the_list_says_what_is_in_force_where(cities: Cities, console: Console) -> None:
    models.LoopTable.objects.filter(jurisdiction=CITY).delete()
    page = console("sysadmin").get(url(models.LoopTable, "changelist"))
    text = page.content.decode()
    assert [(one["code"], one["version"]) for one in page.context["tables"]] == [(CITY, 0)]
    assert "the table that comes with CityLoop" in text
    assert f"{ADD}?jurisdiction={CITY}" in text
    assert f"/loop?jurisdiction={CITY}" in text
