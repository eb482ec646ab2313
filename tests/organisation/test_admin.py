"""The console: who enters, which rows they see, what they may change."""

import html
import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from cast import CITY, NOW, OTHER_CITY, PASSWORD, SINCE, Cast, make_person
from cityloop.geography.models import DutyGrid
from cityloop.intake.queries.public import class_names
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import InvalidInput, NotSignedIn
from cityloop.organisation import actions, models, queries
from cityloop.organisation.choices import TokenScope
from cityloop.organisation.rules.settings import DECLARED
from cityloop.standards.rules import TimeLimit

TABLES = [
    models.User,
    models.ApiToken,
    models.SignInAttempt,
    models.Jurisdiction,
    models.WorkingCalendar,
    models.ClassOverride,
    models.LimitOverride,
    models.Department,
    models.Post,
    models.Appointment,
    models.Duty,
    models.Absence,
]


def url(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:organisation_{model._meta.model_name}_{page}", args=args)


def at_console(client: Client, user_id: int) -> Client:
    client.force_login(models.User.objects.get(pk=user_id))
    return client


@pytest.fixture
def two_cities(city_cast: Cast) -> Cast:
    """Rows of every table in both cities; ``sysadmin`` administers the first, ``their_admin`` the second."""
    their_admin = make_person("their_admin", "sysadmin", OTHER_CITY)
    their_deputy = make_person("their_deputy", "dispatcher", OTHER_CITY)
    people = city_cast.people | {"their_admin": their_admin, "their_deputy": their_deputy}
    for place, who, deputy in ((CITY, "acceptor", "leader"), (OTHER_CITY, "stranger", "their_deputy")):
        actions.create_department(place, "YL", f"园林所{place}", "greening", valid_from=SINCE)
        actions.create_post(place, "snow_chief", f"除雪{place}")
        actions.put_on_duty(people[who], "acceptor", place, starts_at=NOW, ends_at=NOW.replace(hour=9))
        actions.record_absence(people[who], place, starts_at=NOW, ends_at=NOW.replace(hour=9), deputy_id=people[deputy])
        actions.disable_class(place, "gb47678_2026/part/01001", valid_from=SINCE)
        models.LimitOverride.objects.create(
            jurisdiction=place, condition="s/part/01001#x", amount=1, unit="minute", valid_from=SINCE
        )
        actions.issue_token(people[who], f"token{place}", now=NOW)
        models.SignInAttempt.objects.create(account=who, address="10.0.0.1", at=NOW)
    return Cast(CITY, people, city_cast.departments)


def city_of(row: Any) -> str:
    if isinstance(row, models.Jurisdiction):
        return row.code
    if isinstance(row, models.ApiToken):
        return row.user.jurisdiction
    if isinstance(row, models.SignInAttempt):
        return models.User.objects.get(username=row.account).jurisdiction
    return str(row.jurisdiction)


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
@pytest.mark.parametrize(("who", "own"), [("sysadmin", CITY), ("data_admin", CITY), ("their_admin", OTHER_CITY)])
def test_an_administrator_sees_their_own_city_only(
    two_cities: Cast, client: Client, rf: Any, model: Any, who: str, own: str
) -> None:
    request = rf.get("/")
    request.user = models.User.objects.get(pk=two_cities[who])
    rows = list(site._registry[model].get_queryset(request))
    assert {city_of(row) for row in rows} - {""} == {own}
    desk = at_console(client, two_cities[who])
    assert desk.get(url(model, "changelist")).status_code == 200
    for row in model.objects.all():
        if city_of(row) not in {own, ""}:
            # Django leads back to the start of the console, as for a row that does not exist
            answer = desk.get(url(model, "change", row.pk))
            assert (answer.status_code, answer.headers["Location"]) == (302, reverse("admin:index"))


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_every_page_of_every_table_opens_for_the_installation(two_cities: Cast, client: Client, model: Any) -> None:
    boss = actions.create_user("boss", password=PASSWORD, is_superuser=True)
    desk = at_console(client, boss.pk)
    assert desk.get(url(model, "changelist")).status_code == 200
    row = model.objects.order_by("pk").first()
    assert desk.get(url(model, "change", row.pk)).status_code == 200
    if model is not models.SignInAttempt:
        assert desk.get(url(model, "add")).status_code == 200


@pytest.mark.parametrize("who", ["leader", "acceptor", "citizen", "stranger"])
def test_others_do_not_enter(city_cast: Cast, client: Client, who: str) -> None:
    answer = at_console(client, city_cast[who]).get(reverse("admin:index"))
    assert answer.status_code == 302
    assert "login" in answer.headers["Location"]


def test_a_dispatcher_elsewhere_is_no_administrator_there(two_cities: Cast, client: Client, rf: Any) -> None:
    actions.appoint(two_cities["sysadmin"], "dispatcher", OTHER_CITY, valid_from=SINCE)
    request = rf.get("/")
    request.user = models.User.objects.get(pk=two_cities["sysadmin"])
    rows = site._registry[models.Department].get_queryset(request)
    assert {row.jurisdiction for row in rows} == {CITY}


def department_form(**fields: Any) -> dict[str, Any]:
    plain = {"jurisdiction": CITY, "code": "GAS", "name": "燃气办", "kind": "gas", "valid_from": "2026-01-01"}
    return plain | {"is_active": "on"} | fields


def test_a_department_is_made_in_ones_own_city_only(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    desk.post(url(models.Department, "add"), department_form())
    assert models.Department.objects.filter(jurisdiction=CITY, code="GAS").exists()
    theirs = models.Department.objects.get(jurisdiction=OTHER_CITY)
    for wrong in ({"jurisdiction": OTHER_CITY}, {"parent": theirs.pk}, {"kind": "circus"}):
        answer = desk.post(url(models.Department, "add"), department_form(code="GAS2") | wrong)
        assert answer.status_code == 200
        assert answer.context["adminform"].form.errors
    assert not models.Department.objects.filter(code="GAS2").exists()


def test_a_data_administrator_looks_at_people_and_changes_calendars(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["data_admin"])
    assert desk.get(url(models.Department, "add")).status_code == 403
    assert desk.get(url(models.WorkingCalendar, "add")).status_code == 200


def test_nobody_is_appointed_from_another_city(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    form = {"jurisdiction": CITY, "user": two_cities["stranger"], "post": "leader", "valid_from": "2026-01-01"}
    answer = desk.post(url(models.Appointment, "add"), form)
    assert "user" in answer.context["adminform"].form.errors
    desk.post(url(models.Appointment, "add"), form | {"user": two_cities["acceptor"]})
    assert models.Appointment.objects.filter(user_id=two_cities["acceptor"], post="leader").exists()


def test_what_all_cities_share_is_looked_at_only(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    shared = models.Post.objects.get(jurisdiction="", code="leader")
    assert desk.get(url(models.Post, "change", shared.pk)).status_code == 200
    assert desk.post(url(models.Post, "change", shared.pk), {"name": "总指挥"}).status_code == 403
    assert desk.post(url(models.Post, "delete", shared.pk), {"post": "yes"}).status_code == 403


def shown(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def test_a_token_is_shown_once(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    form = {"user": two_cities["leader"], "name": "大屏", "scopes": ["read"]}
    answer = desk.post(url(models.ApiToken, "add"), form)
    found = re.search(r"cl_[\w-]{43}", shown(answer))
    assert found is not None
    bearer = queries.user_by_token(found[0], machine_now())
    assert bearer is not None
    assert bearer.user.pk == two_cities["leader"]
    assert found[0] in desk.get(url(models.ApiToken, "changelist")).content.decode()
    assert found[0] not in desk.get(url(models.ApiToken, "changelist")).content.decode()


def test_a_token_for_somebody_elses_account_is_refused(two_cities: Cast, client: Client) -> None:
    boss = actions.create_user("boss", password=PASSWORD, is_superuser=True, jurisdiction=CITY)
    desk = at_console(client, two_cities["sysadmin"])
    for user in (two_cities["stranger"], boss.pk):
        answer = desk.post(url(models.ApiToken, "add"), {"user": user, "name": "x", "scopes": ["write"]})
        assert "user" in answer.context["adminform"].form.errors
    assert not models.ApiToken.objects.filter(name="x").exists()


def test_tokens_are_revoked_from_the_list(two_cities: Cast, client: Client) -> None:
    token = models.ApiToken.objects.get(name=f"token{CITY}")
    desk = at_console(client, two_cities["sysadmin"])
    desk.post(url(models.ApiToken, "changelist"), {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_new_account_gets_a_first_password_shown_once(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    form = {
        "jurisdiction": CITY,
        "username": "Newcomer",
        "display_name": "新人",
        "language": "zh-hans",
        "is_active": "on",
    }
    answer = desk.post(url(models.User, "add"), form | {"is_superuser": "on"})
    user = models.User.objects.get(username="newcomer")
    assert (user.jurisdiction, user.must_change_password, user.is_superuser) == (CITY, True, False)
    password = shown(answer).split(": ")[-1].split(".")[0]
    assert user.check_password(password)


def give(desk: Client, *ids: int, **more: str) -> Any:
    return desk.post(url(models.User, "changelist"), {"action": "give_first_password", "_selected_action": ids, **more})


def test_first_passwords_are_given_to_all_chosen_after_a_question_and_shown_in_a_list(
    two_cities: Cast, client: Client
) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    asked = give(desk, two_cities["acceptor"], select_across="1")
    assert asked.status_code == 200
    kept = models.User.objects.filter(jurisdiction=CITY).exclude(pk=two_cities["sysadmin"])
    assert f"Give {kept.count()} accounts new first passwords?" in asked.content.decode()
    assert "Your own account is left out" in asked.content.decode()
    assert not models.User.objects.filter(must_change_password=True).exists()
    ticked = re.findall(r'name="_selected_action" value="(\d+)"', asked.content.decode())
    assert {int(pk) for pk in ticked} == set(kept.values_list("pk", flat=True))
    given = give(desk, *ticked, sure="yes")
    passwords = re.findall(r"<code data-password>(\w{12})</code>", given.content.decode())
    assert len(set(passwords)) == kept.count()
    assert all(user.check_password(one) for user, one in zip(kept.order_by("username"), passwords, strict=True))
    assert "no-store" in given.headers["Cache-Control"]
    assert models.User.objects.get(pk=two_cities["sysadmin"]).check_password(PASSWORD)
    assert desk.get(url(models.User, "changelist")).status_code == 200


def test_nobody_gives_themselves_a_first_password(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    assert "change your own under" in shown(give(desk, two_cities["sysadmin"], sure="yes"))
    assert models.User.objects.get(pk=two_cities["sysadmin"]).check_password(PASSWORD)


def test_more_accounts_than_one_page_holds_get_no_first_passwords(two_cities: Cast, client: Client) -> None:
    models.User.objects.bulk_create(models.User(username=f"crowd{n}", jurisdiction=CITY) for n in range(51))
    desk = at_console(client, two_cities["sysadmin"])
    crowd = models.User.objects.filter(username__startswith="crowd").values_list("pk", flat=True)
    assert "at most 50 accounts" in shown(give(desk, *crowd, sure="yes"))
    assert not models.User.objects.filter(must_change_password=True).exists()


def test_an_administrator_of_a_city_does_not_touch_those_of_the_installation(two_cities: Cast, client: Client) -> None:
    boss = actions.create_user("boss", password=PASSWORD, is_superuser=True, jurisdiction=CITY)
    desk = at_console(client, two_cities["sysadmin"])
    give(desk, boss.pk, sure="yes")
    assert models.User.objects.get(pk=boss.pk).check_password(PASSWORD)
    assert desk.post(url(models.User, "change", boss.pk), {"display_name": "x"}).status_code == 403


def test_nobody_enters_another_city_as_one_who_works_in_both(two_cities: Cast, client: Client) -> None:
    both = two_cities["acceptor"]
    actions.appoint(both, "acceptor", OTHER_CITY, valid_from=SINCE)
    desk = at_console(client, two_cities["sysadmin"])
    answer = desk.post(url(models.ApiToken, "add"), {"user": both, "name": "x", "scopes": ["read"]})
    assert "user" in answer.context["adminform"].form.errors
    assert "work in another city too" in shown(give(desk, both, sure="yes"))
    assert models.User.objects.get(pk=both).check_password(PASSWORD)
    models.Appointment.objects.filter(user_id=both, jurisdiction=OTHER_CITY).update(valid_to=machine_now().date())
    assert desk.post(url(models.ApiToken, "add"), {"user": both, "name": "x", "scopes": ["read"]}).status_code == 302


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        (models.User, "password__startswith=pbkdf2"),
        (models.User, "username__regex=."),
        (models.ApiToken, "digest__startswith=a"),
        (models.ApiToken, "user__password__contains=a"),
        (models.Department, "jurisdiction__startswith=9"),
    ],
    ids=str,
)
def test_a_list_is_narrowed_by_its_filters_alone(two_cities: Cast, client: Client, model: Any, asked: str) -> None:
    """Row by row, shown or not, any other condition would tell what stands in a column that nobody is shown."""
    desk = at_console(client, two_cities["sysadmin"])
    assert desk.get(f"{url(model, 'changelist')}?{asked}").status_code == 400
    assert desk.get(f"{url(models.User, 'changelist')}?is_active__exact=1").status_code == 200


def test_an_account_is_unlocked_from_the_list(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    ids = [two_cities["acceptor"], two_cities["stranger"]]
    desk.post(url(models.User, "changelist"), {"action": "open_the_door", "_selected_action": ids})
    left = models.SignInAttempt.objects.filter(cleared_at=None).values_list("account", flat=True)
    assert list(left) == ["stranger"]


def shown_text(page: Any) -> str:
    """Return what a reader sees of a page: neither addresses nor values of fields."""
    return re.sub(r"(?s)<(script|style|textarea).*?</\1>|<[^>]*>", " ", page.content.decode())


@pytest.mark.parametrize(
    ("model", "name", "codes"),
    [
        (models.Appointment, "受理员", ("acceptor", "dept_clerk", "data_admin")),
        (models.Duty, "受理员", ("acceptor",)),
        (models.Department, "环卫", ("sanitation", "municipal")),
        (models.ClassOverride, "01001 供水井盖", ("gb47678_2026",)),
        (models.LimitOverride, "01001 供水井盖 · ", ("gb47678_2026", "cov_break")),
    ],
)
def test_names_stand_where_codes_are_kept(
    city_cast: Cast, client: Client, model: Any, name: str, codes: tuple[str, ...]
) -> None:
    actions.put_on_duty(city_cast["leader"], "acceptor", CITY, starts_at=NOW, ends_at=NOW.replace(hour=9))
    actions.disable_class(CITY, "gb47678_2026/part/01001", valid_from=SINCE)
    models.LimitOverride.objects.create(
        jurisdiction=CITY, condition="gb47678_2026/part/01001#cov_break", amount=1, unit="minute", valid_from=SINCE
    )
    models.User.objects.update(display_name="某人")
    client.cookies["django_language"] = "zh-hans"
    for who in ("sysadmin", "data_admin"):
        desk = at_console(client, city_cast[who])
        row = model.objects.order_by("-pk").first()
        assert CITY not in shown_text(desk.get(url(model, "change", row.pk)))
        listed = shown_text(desk.get(url(model, "changelist")))
        assert name in listed
        assert not [code for code in (CITY, *codes) if code in listed]


@pytest.mark.parametrize(("lookup", "value"), [("post", "acceptor"), ("jurisdiction", CITY)])
def test_a_list_is_narrowed_by_name(two_cities: Cast, client: Client, lookup: str, value: str) -> None:
    desk = at_console(client, actions.create_user("boss", password=PASSWORD, is_superuser=True).pk)
    rows = desk.get(url(models.Appointment, "changelist"), {lookup: value}).context["cl"].result_list
    assert {getattr(row, lookup) for row in rows} == {value}


def at_hour(name: str, day: str) -> dict[str, str]:
    return {f"{name}_0": day, f"{name}_1": "08:00"}


@pytest.mark.parametrize("day", ["1969-12-31", "9999-12-31"])
def test_a_year_that_no_clock_can_show_is_refused_beside_its_field(two_cities: Cast, client: Client, day: str) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    person = {"jurisdiction": CITY, "user": two_cities["leader"]}
    forms: list[tuple[Any, str, dict[str, Any]]] = [
        (models.Duty, "starts_at", person | {"post": "leader"} | at_hour("ends_at", "2026-01-01")),
        (models.Duty, "ends_at", person | {"post": "leader"} | at_hour("starts_at", "2026-01-01")),
        (models.Absence, "starts_at", person | at_hour("ends_at", "2026-01-01")),
        (models.Absence, "ends_at", person | at_hour("starts_at", "2026-01-01")),
        (models.ApiToken, "expires_at", {"user": two_cities["leader"], "name": "x", "scopes": ["read"]}),
        (models.Appointment, "valid_from", person | {"post": "acceptor"}),
        (models.Appointment, "valid_to", person | {"post": "acceptor", "valid_from": "2026-01-01"}),
        (models.Department, "valid_from", department_form()),
        (models.LimitOverride, "valid_to", limit_form()),
        (models.ClassOverride, "valid_from", {"jurisdiction": CITY, "category": "s/part/01002", "kind": "disable"}),
    ]
    for model, field, form in forms:
        before = model.objects.count()
        typed = at_hour(field, day) if field.endswith("_at") else {field: day}
        answer = desk.post(url(model, "add"), form | typed)
        assert answer.status_code == 200, (model, field)
        errors = answer.context["adminform"].form.errors[field]
        # The token's form says of a past day that it is past, first of all.
        assert any("between 1970 and 2199" in error or "has passed" in error for error in errors), (model, field)
        assert model.objects.count() == before
        assert desk.get(url(model, "changelist")).status_code == 200


HOSTILE = ["abc", "1,2,x", "99999999999999999999999", "9999-12-31 23:59+14:00"]


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_nonsense_in_an_address_breaks_no_page(two_cities: Cast, client: Client, model: Any) -> None:
    boss = actions.create_user("boss", password=PASSWORD, is_superuser=True)
    desk = at_console(client, boss.pk)
    columns = [column.name for column in model._meta.concrete_fields]
    filters = [name for name in site._registry[model].list_filter if isinstance(name, str)]
    related = [column.name for column in model._meta.concrete_fields if column.is_relation]
    lookups = [
        f"{name}{end}" for name in {*filters, *related} for end in ("", "__id__exact", "__in", "__gte", "__year")
    ]
    for turn, value in enumerate(HOSTILE):
        # Every name with two of the four values: what reads the values is the same for all names of one end.
        for n, lookup in enumerate([*lookups, "q", "p", "o", "e", "_to_field"]):
            if (n + turn) % 2:
                continue
            answer = desk.get(url(model, "changelist"), {lookup: value})
            assert answer.status_code in {200, 302, 400, 404}, (lookup, value)
        assert desk.get(url(model, "change", value)).status_code in {302, 404}
        assert desk.get(url(model, "add"), dict.fromkeys(columns, value)).status_code in {200, 403}
        ticked = {"action": "delete_selected", "_selected_action": [value, "\0"]}
        assert desk.post(url(model, "changelist"), ticked).status_code in {200, 302, 400, 403}


def test_an_empty_form_is_filled_with_what_its_fields_take(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    given: dict[str, str] = {
        "user": str(two_cities["leader"]),
        "post": "leader",
        "starts_at": "0001-01-01",
        "ends_at": "2026-07-01 08:00",
    }
    initial = desk.get(url(models.Duty, "add"), given).context["adminform"].form.initial
    assert initial == {"user": two_cities["leader"], "post": "leader", "ends_at": datetime(2026, 7, 1, 8, 0)}  # noqa: DTZ001  # as a form shows it


def setting_fields(**fields: Any) -> dict[str, Any]:
    """Return the settings of a city's form as they come, but for those given."""
    plain = {f"settings.{one.key}": one.default for one in DECLARED.values() if not one.is_inner}
    return {
        name: "\n".join(value) if isinstance(value, list) else value
        for name, value in (plain | fields).items()
        if value
    }


def test_settings_are_fields_and_what_the_machine_notes_stays(two_cities: Cast, client: Client) -> None:
    models.Jurisdiction.objects.filter(pk=CITY).update(settings={"demo.origin": "seed 7"})
    desk = at_console(client, two_cities["sysadmin"])
    page = desk.get(url(models.Jurisdiction, "change", CITY)).content.decode()
    assert "seed 7" not in page
    typed = {
        "settings.intake.public_page": "",
        "settings.intake.public_hotline": "12345",
        "settings.intake.public_proof": "always",
        "settings.intake.public_classes": f"gb47678_2026/event/06011 \n{class_names(CITY)['gb47678_2026/event/06010']}",
    }
    answer = desk.post(url(models.Jurisdiction, "change", CITY), jurisdiction_form(**setting_fields(**typed)))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert models.Jurisdiction.objects.get(pk=CITY).settings == {
        "demo.origin": "seed 7",
        "intake.public_page": False,
        "intake.public_hotline": "12345",
        "intake.public_proof": "always",
        "intake.public_classes": ["gb47678_2026/event/06011", "gb47678_2026/event/06010"],
    }
    again = desk.get(url(models.Jurisdiction, "change", CITY)).context["adminform"].form
    shown = again["settings.intake.public_classes"]
    assert shown.field.prepare_value(shown.value()).startswith("gb47678_2026/event/06011 ")
    assert desk.post(url(models.Jurisdiction, "change", CITY), jurisdiction_form(**setting_fields())).status_code == 302
    assert models.Jurisdiction.objects.get(pk=CITY).settings == {"demo.origin": "seed 7"}


@pytest.mark.parametrize(
    ("name", "typed", "why"),
    [
        ("intake.public_classes", "gb47678_2026/event/0601", "gb47678_2026/event/0601"),
        ("intake.public_classes", "gb47678_2026/part/01001", "has no"),
        ("intake.public_proof", "sometimes", "sometimes"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_beside_its_field(
    two_cities: Cast, client: Client, name: str, typed: str, why: str
) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    fields = setting_fields(**{f"settings.{name}": typed})
    answer = desk.post(url(models.Jurisdiction, "change", CITY), jurisdiction_form(**fields))
    errors = answer.context["adminform"].form.errors
    assert set(errors) == {f"settings.{name}"}
    assert why in str(errors)
    assert models.Jurisdiction.objects.get(pk=CITY).settings == {}


def test_who_keeps_the_data_reads_the_settings(two_cities: Cast, client: Client) -> None:
    models.Jurisdiction.objects.filter(pk=CITY).update(settings={"intake.public_hotline": "12345"})
    page = at_console(client, two_cities["data_admin"]).get(url(models.Jurisdiction, "change", CITY))
    assert page.status_code == 200
    assert "12345" in page.content.decode()


def limit_form(**fields: Any) -> dict[str, Any]:
    plain = {"jurisdiction": CITY, "condition": "s/part/01002#x", "amount": "1", "unit": "minute"}
    return plain | {"valid_from": "2026-01-01"} | fields


def test_a_citys_own_clock_begins_in_a_year_that_it_can_show(two_cities: Cast, client: Client) -> None:
    boss = actions.create_user("boss", password=PASSWORD, is_superuser=True)
    form = {
        "name": "环城市", "region_code": CITY, "time_zone": "Asia/Shanghai", "scheme": "gb47678_2026",
        "clock_speed": "1", **at_hour("clock_origin", "0001-01-01"), **at_hour("clock_real_origin", "2026-01-01"),
    }  # fmt: skip
    answer = at_console(client, boss.pk).post(url(models.Jurisdiction, "change", CITY), form)
    assert "between 1970 and 2199" in str(answer.context["adminform"].form.errors["clock_origin"])
    assert models.Jurisdiction.objects.get(pk=CITY).clock_origin is None


def calendar_form(**fields: Any) -> dict[str, Any]:
    plain = {f"hours_{day}": "08:00-12:00 14:00-18:00" for day in ("mon", "tue", "wed", "thu", "fri")}
    others = {
        "name": "办公时间",
        "public_holidays": "on",
        "makeup_weekday": "mon",
        "workday_minutes": "480",
        "days": "2026-07-02 休 停电",
        "seasons": "[]",
    }
    return plain | others | fields


def test_a_calendar_is_edited_in_words(two_cities: Cast, client: Client) -> None:
    row = models.WorkingCalendar.objects.get(jurisdiction=CITY, code="office")
    desk = at_console(client, two_cities["data_admin"])
    desk.post(url(models.WorkingCalendar, "change", row.pk), calendar_form())
    row.refresh_from_db()
    assert row.version == 2
    assert row.rule["exceptions"] == {"2026-07-02": {"kind": "holiday", "name": "停电"}}
    page = desk.get(url(models.WorkingCalendar, "change", row.pk)).content.decode()
    assert "2026-07-02 休 停电" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours_mon": "8-12"},
        {"hours_mon": "14:00-12:00"},
        {"days": "2026-07-02"},
        {"days": "2026-02-30 休"},
        {"seasons": "{}"},
        {"workday_minutes": "0"},
    ],
)
def test_a_calendar_that_cannot_be_keeps_what_was_typed(
    two_cities: Cast, client: Client, wrong: dict[str, str]
) -> None:
    row = models.WorkingCalendar.objects.get(jurisdiction=CITY, code="office")
    desk = at_console(client, two_cities["sysadmin"])
    answer = desk.post(url(models.WorkingCalendar, "change", row.pk), calendar_form(**wrong))
    form = answer.context["adminform"].form
    assert form.errors
    assert form[next(iter(wrong))].value() == next(iter(wrong.values()))
    row.refresh_from_db()
    assert row.version == 1


@pytest.mark.parametrize("wrong", [{"code": ""}, {"code": "夜"}, {"hours_mon": "8-12"}, {"jurisdiction": "nowhere"}])
def test_a_new_calendar_that_cannot_be_is_refused(two_cities: Cast, client: Client, wrong: dict[str, str]) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    form = {**calendar_form(jurisdiction=CITY, code="night", name="夜市"), **wrong}
    answer = desk.post(url(models.WorkingCalendar, "add"), form)
    assert answer.context["adminform"].form.errors
    assert not models.WorkingCalendar.objects.filter(code="night").exists()


def test_a_calendar_of_ones_own_is_made(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    form = calendar_form(jurisdiction=CITY, code="night", name="夜市", days="")
    desk.post(url(models.WorkingCalendar, "add"), form)
    assert queries.city(CITY).calendars["night"].version == 1


def test_a_new_jurisdiction_of_the_console_has_its_calendars(city_cast: Cast, client: Client) -> None:
    boss = actions.create_user("boss", password=PASSWORD, is_superuser=True)
    form = {
        "code": "990103",
        "name": "新区",
        "region_code": "990103",
        "parent": CITY,
        "time_zone": "Asia/Shanghai",
        "scheme": "gb47678_2026",
        "clock_speed": "1",
    }
    at_console(client, boss.pk).post(url(models.Jurisdiction, "add"), form)
    assert set(queries.city("990103").calendars) == {"office", "shift"}


def test_a_city_does_not_choose_its_superior(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    assert desk.get(url(models.Jurisdiction, "add")).status_code == 403
    answer = desk.get(url(models.Jurisdiction, "change", CITY))
    assert "parent" not in answer.context["adminform"].form.fields
    # by which clock a demonstration runs, a city does not choose either
    assert not {"clock_origin", "clock_real_origin", "clock_speed"} & set(answer.context["adminform"].form.fields)


def jurisdiction_form(**fields: Any) -> dict[str, Any]:
    plain = {"name": "环城市", "region_code": CITY, "time_zone": "Asia/Shanghai", "scheme": "gb47678_2026"}
    return plain | {"clock_speed": "1", "settings.intake.public_proof": "attack"} | fields


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("scheme", {"scheme": "nope"}),
        ("clock_speed", {"clock_speed": "1e308"}),
        ("clock_speed", {"clock_speed": "nan"}),
        ("clock_speed", {"clock_speed": "100000"}),
    ],
)
def test_a_city_that_could_not_work_is_refused_beside_its_field(
    two_cities: Cast, client: Client, field: str, wrong: dict[str, str]
) -> None:
    desk = at_console(client, actions.create_user("boss", password=PASSWORD, is_superuser=True).pk)
    clock = at_hour("clock_origin", "2026-07-01") | at_hour("clock_real_origin", "2020-01-01")
    answer = desk.post(url(models.Jurisdiction, "change", CITY), jurisdiction_form(**clock, **wrong))
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    assert set(errors) - {"__all__"} == {field}
    assert queries.city(CITY).clock is None
    assert queries.city(CITY).scheme == "gb47678_2026"


@pytest.mark.parametrize("days", [("2026-07-02", "2026-07-01"), ("2026-07-02", "2026-07-02")])
def test_an_end_that_is_not_after_the_start_is_refused_beside_its_field(
    two_cities: Cast, client: Client, days: tuple[str, str]
) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    person = {"jurisdiction": CITY, "user": two_cities["leader"]}
    hours = at_hour("starts_at", days[0]) | at_hour("ends_at", days[1])
    spans = {"valid_from": days[0], "valid_to": days[1]}
    forms: list[tuple[Any, str, dict[str, Any]]] = [
        (models.Duty, "ends_at", person | {"post": "leader"} | hours),
        (models.Absence, "ends_at", person | hours),
        (models.Appointment, "valid_to", person | {"post": "acceptor"} | spans),
        (models.Department, "valid_to", department_form() | spans),
        (models.LimitOverride, "valid_to", limit_form() | spans),
        (
            models.ClassOverride,
            "valid_to",
            {"jurisdiction": CITY, "category": "s/part/01002", "kind": "disable"} | spans,
        ),
    ]
    for model, field, form in forms:
        answer = desk.post(url(model, "add"), form)
        assert answer.status_code == 200, model
        assert answer.context["adminform"].form.errors[field] == ["This must lie after the start."], model


@pytest.mark.parametrize("key", ["abc", "\0", "1\0", "99999999999999999999999", "-", "1.5"])
def test_a_choice_that_is_no_key_is_refused_beside_its_field(two_cities: Cast, client: Client, key: str) -> None:
    desk = at_console(client, actions.create_user("boss", password=PASSWORD, is_superuser=True).pk)
    for model, fields in (
        (models.Appointment, ("user", "department")),
        (models.Absence, ("user", "deputy")),
        (models.Duty, ("user",)),
        (models.ApiToken, ("user",)),
        (models.Department, ("parent",)),
        (models.Jurisdiction, ("parent",)),
    ):
        for page in ("add", "change"):
            if (model, page) == (models.ApiToken, "change"):
                continue  # a token is never changed
            args = [model.objects.order_by("pk")[0].pk] if page == "change" else []  # type: ignore[attr-defined]
            answer = desk.post(url(model, page, *args), {"jurisdiction": CITY} | dict.fromkeys(fields, key))
            assert answer.status_code == 200, (model, page)
            assert set(fields) <= set(answer.context["adminform"].form.errors), (model, page)


def test_a_limit_is_for_a_filing_condition_that_there_is(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    for wrong in ("gb47678_2026/part/01001#nope", "gb47678_2026/part/99999#cov_break", "nope/part/01001#cov_break"):
        answer = desk.post(url(models.LimitOverride, "add"), limit_form(condition=wrong))
        assert "There is no filing condition" in str(answer.context["adminform"].form.errors["condition"])
    desk.post(url(models.LimitOverride, "add"), limit_form(condition="gb47678_2026/part/01001#cov_break"))
    assert models.LimitOverride.objects.filter(condition="gb47678_2026/part/01001#cov_break").exists()


def test_a_limit_may_be_for_a_condition_of_the_citys_own_class(two_cities: Cast) -> None:
    own = {
        "name_zh": "雪堆", "dept_kind": "sanitation",
        "conditions": [{"id": "high", "text_zh": "高", "closing_zh": "清", "limit": {"amount": 1, "unit": "natural_hour"}}],
    }  # fmt: skip
    actions.add_class(CITY, "gb47678_2026/event/99001", own, valid_from=SINCE)
    limit = TimeLimit(2, "natural_hour")
    actions.override_limit(CITY, "gb47678_2026/event/99001#high", limit, valid_from=SINCE)
    with pytest.raises(InvalidInput):
        actions.override_limit(OTHER_CITY, "gb47678_2026/event/99001#high", limit, valid_from=SINCE)


def test_nobody_is_appointed_to_a_duty_grid_of_another_city(two_cities: Cast, client: Client) -> None:
    DutyGrid.objects.create(jurisdiction=OTHER_CITY, code="R-77", name="他", valid_from=SINCE)
    desk = at_console(client, two_cities["sysadmin"])
    form = {"jurisdiction": CITY, "user": two_cities["acceptor"], "post": "collector", "valid_from": "2026-01-01"}
    turn = form | at_hour("starts_at", "2026-07-01") | at_hour("ends_at", "2026-07-02")
    for model in (models.Appointment, models.Duty):
        answer = desk.post(url(model, "add"), turn | {"duty_grid": "R-77"})
        assert "no duty grid of this jurisdiction" in str(answer.context["adminform"].form.errors["duty_grid"])
        # before a city has grids, people may be named for those to come
        assert desk.post(url(model, "add"), turn | {"duty_grid": "R-01"}).status_code == 302
    DutyGrid.objects.create(jurisdiction=CITY, code="R-02", name="己", valid_from=SINCE)
    answer = desk.post(url(models.Appointment, "add"), form | {"duty_grid": "R-03"})
    assert "duty_grid" in answer.context["adminform"].form.errors


def test_the_list_of_failed_sign_ins_holds_failures_only(two_cities: Cast, client: Client) -> None:
    models.SignInAttempt.objects.all().delete()
    for password in ("wrong", PASSWORD):
        with suppress(NotSignedIn):
            actions.sign_in("leader", password, address="10.0.0.9", now=NOW)
    actions.sign_in("acceptor", PASSWORD, address="10.0.0.9", now=NOW)
    answer = at_console(client, two_cities["sysadmin"]).get(url(models.SignInAttempt, "changelist"))
    assert [row.account for row in answer.context["cl"].result_list] == ["leader"]


def test_every_field_of_a_form_begins_with_a_capital_letter(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    for model in (models.LimitOverride, models.Appointment, models.Department):
        labels = [str(box.label) for box in desk.get(url(model, "add")).context["adminform"].form]
        assert [label for label in labels if label[:1].islower()] == []


def test_a_number_that_nobody_could_dial_is_refused_beside_its_field(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    page = url(models.User, "change", two_cities["leader"])
    form = {"display_name": "领导", "language": "zh-hans", "is_active": "on", "jurisdiction": CITY}
    answer = desk.post(page, form | {"phone": "12"})
    assert "no phone number" in str(answer.context["adminform"].form.errors["phone"])
    assert desk.post(page, form | {"phone": "0512-65221234 转 802"}).status_code == 302


def test_a_token_is_told_in_words(two_cities: Cast, client: Client) -> None:
    day = machine_now() + timedelta(days=30)
    actions.issue_token(two_cities["leader"], "大屏", now=NOW, expires=day, scopes=["read", "write"])
    desk = at_console(client, two_cities["sysadmin"])
    desk.cookies["django_language"] = "en"

    def page(name: str) -> str:
        token = models.ApiToken.objects.get(name=name)
        return desk.get(url(models.ApiToken, "change", token.pk)).content.decode()

    told = page("大屏")
    with translation.override("en"):
        assert all(str(TokenScope(scope).label) in told for scope in ("read", "write"))
        assert date_format(timezone.localtime(day), "DATETIME_FORMAT") in told
    assert '"read"' not in html.unescape(told)
    assert str(day.year) + "-" not in told
    assert "never" in page(f"token{CITY}")
    models.ApiToken.objects.filter(name="大屏").update(expires_at=NOW - timedelta(days=1))
    assert "it has expired" in page("大屏")


def test_an_empty_list_says_what_can_be_done_there(two_cities: Cast, client: Client) -> None:
    desk = at_console(client, two_cities["sysadmin"])
    desk.cookies["django_language"] = "en"
    models.SignInAttempt.objects.all().delete()
    looked_at = desk.get(url(models.SignInAttempt, "changelist")).content.decode()
    assert "Rows appear here by themselves" in looked_at
    assert "Create a new item" not in looked_at
    models.Absence.objects.all().delete()
    assert "Add the first one." in desk.get(url(models.Absence, "changelist")).content.decode()
    assert "take the filters away" in desk.get(url(models.Absence, "changelist"), {"q": "nobody"}).content.decode()
