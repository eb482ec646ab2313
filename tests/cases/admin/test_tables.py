"""The console's form for a city's process."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.messages import get_messages
from django.test import Client

from cases.admin.conftest import Cities, Console, url
from cast import CITY, NOW, OTHER_CITY
from cityloop.cases import models, tasks
from cityloop.cases.actions import set_table
from cityloop.cases.queries.tables import default_text, table_in_force, text_in_force, version_in_force
from cityloop.kernel.clock import machine_now

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
    answer = console("sysadmin").post(ADD, form(default_text().replace(SIGNING, "  signing: false ")))
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


def told_after(desk: Client, data: dict[str, Any]) -> str:
    answer = desk.post(ADD, data)
    assert answer.status_code == 302
    return " ".join(map(str, get_messages(answer.wsgi_request)))


def test_a_new_version_is_a_draft_unless_somebody_wants_it_to_hold(cities: Cities, console: Console) -> None:
    desk = console("sysadmin")
    assert desk.get(ADD).context["adminform"].form["is_draft"].value() is True
    text = default_text().replace(SIGNING, "  signing: false ")
    assert "Version 2 is a draft: it holds for nobody" in told_after(desk, form(text, is_draft="on"))
    assert version_in_force(CITY) == 1
    assert "Version 3 holds for cases that begin from " in told_after(desk, form(text))


def test_a_text_that_holds_already_makes_no_version(cities: Cities, console: Console) -> None:
    answer = console("sysadmin").post(ADD, form(default_text()))
    assert answer.status_code == 200
    assert "says the same as version 1" in str(answer.context["adminform"].form.errors)
    assert models.LoopTable.objects.filter(jurisdiction=CITY).count() == 1


def test_a_version_that_is_over_still_says_what_it_changed(cities: Cities, console: Console) -> None:
    for text in (default_text().replace(SIGNING, "  signing: false "), default_text()):
        set_table(CITY, text, actor_id=None, now=machine_now(), note="")
    past = models.LoopTable.objects.get(jurisdiction=CITY, version=2)
    life = console("sysadmin").get(url(models.LoopTable, "change", past.pk)).context["life"]
    assert (life.standing, life.base) == ("past", 1)
    assert life.differences


def test_the_list_says_what_is_in_force_where(cities: Cities, console: Console) -> None:
    models.LoopTable.objects.filter(jurisdiction=CITY).update(effective_from=None)
    page = console("sysadmin").get(url(models.LoopTable, "changelist"))
    text = page.content.decode()
    assert [(one["code"], one["version"]) for one in page.context["tables"]] == [(CITY, 0)]
    assert "the table that comes with CityLoop" in text
    assert f"{ADD}?jurisdiction={CITY}" in text
    assert f"/loop?jurisdiction={CITY}" in text


# --- the life of a version


def draft(text: str = "", **more: Any) -> models.LoopTable:
    changed = text or default_text().replace(SIGNING, "  signing: false ")
    version = set_table(CITY, changed, actor_id=None, now=machine_now(), note="", **({"is_draft": True} | more))
    return models.LoopTable.objects.get(jurisdiction=CITY, version=version)


def step(desk: Client, row: models.LoopTable, name: str, **more: str) -> str:
    """Take a step with a version; return what the page says of it."""
    answer = desk.post(url(models.LoopTable, "step", row.pk), {"step": name} | more)
    assert answer.status_code == 302
    return [str(message) for message in get_messages(answer.wsgi_request)][-1]


def test_a_version_is_kept_as_a_draft_or_for_later_by_the_citys_clock(cities: Cities, console: Console) -> None:
    desk = console("sysadmin")
    assert desk.post(ADD, form(default_text(), is_draft="on")).status_code == 302
    assert (
        desk.post(
            ADD, form(default_text().replace(SIGNING, "  signing: false "), base=2, effective_from="2030-07-01T00:00")
        ).status_code
        == 302
    )
    rows = dict(models.LoopTable.objects.filter(jurisdiction=CITY).values_list("version", "effective_from"))
    assert (rows[2], rows[3]) == (None, datetime(2030, 6, 30, 16, tzinfo=UTC))
    assert version_in_force(CITY) == 1
    refused = desk.post(ADD, form(default_text(), base=3, effective_from="2020-07-01T00:00"))
    assert "effective_from" in refused.context["adminform"].form.errors


def test_the_page_of_a_version_shows_what_it_changes_and_what_is_hardly_meant(cities: Cities, console: Console) -> None:
    row = draft()
    page = console("sysadmin").get(url(models.LoopTable, "change", row.pk)).content.decode()
    assert "What it changes, against version 1" in page
    assert "Setting “signing”: changed from yes to no" in page
    assert "+  signing: false" in page
    assert "states.dispatched: as the settings stand, no case comes to this state" in page
    first = models.LoopTable.objects.get(jurisdiction=CITY, version=1)
    page = console("sysadmin").get(url(models.LoopTable, "change", first.pk)).content.decode()
    assert "What it changes, against version 0" in page
    assert "Both say the same." in page
    assert 'value="put"' not in page


def test_a_draft_is_put_in_force_planned_and_withdrawn(cities: Cities, console: Console) -> None:
    desk, row = console("sysadmin"), draft()
    assert "This is no date" in step(desk, row, "put", effective_from="tomorrow")
    assert (
        step(desk, row, "put", effective_from="2030-07-01T00:00") == "Done: cases that begin from then on run under it."
    )
    row.refresh_from_db()
    assert row.effective_from == datetime(2030, 6, 30, 16, tzinfo=UTC)
    assert 'value="withdraw"' in desk.get(url(models.LoopTable, "change", row.pk)).content.decode()
    assert "draft again" in step(desk, row, "withdraw")
    step(desk, row, "put")
    assert version_in_force(CITY) == row.version
    assert "has taken force" in step(desk, row, "withdraw")


def test_a_draft_is_tried_in_the_background_and_the_result_stays_with_it(cities: Cities, console: Console) -> None:
    desk, row = console("sysadmin"), draft()
    assert "at least one" in step(desk, row, "try", sample="-1")
    assert "in the background" in step(desk, row, "try")
    assert "being tried already" in step(desk, row, "try")
    page = desk.get(url(models.LoopTable, "change", row.pk)).content.decode()
    assert "It waits for its turn." in page
    trial = row.trials.get()
    tasks.try_table(trial.pk)
    page = desk.get(url(models.LoopTable, "change", row.pk)).content.decode()
    assert "1 of 1 would have gone elsewhere." in page
    assert cities.ours in page
    trial.refresh_from_db()
    assert (trial.asked_by, trial.done, trial.cases) == (cities.people["sysadmin"], 1, 1)
    kept = trial.result
    tasks.try_table(trial.pk)  # twice is once
    trial.refresh_from_db()
    assert trial.result == kept


def test_nobody_else_takes_a_step(cities: Cities, console: Console) -> None:
    row = draft()
    for who, status in (("data_admin", 403), ("their_admin", 404)):
        desk = console(who)
        assert desk.post(url(models.LoopTable, "step", row.pk), {"step": "put"}).status_code == status
    assert console("sysadmin").get(url(models.LoopTable, "step", row.pk)).status_code == 405
    assert version_in_force(CITY) == 1


def test_a_version_that_cannot_be_read_any_more_says_so(cities: Cities, console: Console) -> None:
    row = models.LoopTable.objects.create(jurisdiction=CITY, version=2, text="nonsense", created_at=NOW)
    page = console("sysadmin").get(url(models.LoopTable, "change", row.pk))
    assert "It cannot be read any more" in page.content.decode()


def test_what_is_done_with_a_version_stands_before_its_thousand_lines(cities: Cities, console: Console) -> None:
    set_table(
        CITY,
        default_text().replace(SIGNING, "  signing: false "),
        note="不再签收",
        actor_id=None,
        now=NOW,
        is_draft=True,
    )
    page = (
        console("sysadmin")
        .get(url(models.LoopTable, "change", models.LoopTable.objects.get(jurisdiction=CITY, version=2).pk))
        .content.decode()
    )
    text = page.rindex("signing: false")
    assert page.index('name="step" value="try"') < page.index('name="step" value="put"') < text
    box = page.rindex("<pre", 0, text)
    assert "max-height" in page[box : page.index(">", box)]
