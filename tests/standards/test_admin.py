"""The console over the catalogues."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cityloop.standards import models

pytestmark = pytest.mark.usefixtures("loaded")

MODELS = ("scheme", "departmentkind", "bigclass", "category", "correspondence")


@pytest.fixture
def console(client: Client) -> Client:
    """A browser in which somebody is signed in who may do everything."""
    users: Any = get_user_model()
    client.force_login(users.objects.create_superuser("zhang", password="a long enough one"))
    return client


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_forms_open(console: Client, model: str) -> None:
    row = getattr(models, {"scheme": "Scheme", "departmentkind": "DepartmentKind", "bigclass": "BigClass"}.get(
        model, model.title()
    ))._default_manager.order_by("pk").first()  # fmt: skip
    for path in ("", "add/", f"{row.pk}/change/"):
        assert console.get(f"/console/standards/{model}/{path}").status_code == 200


@pytest.mark.parametrize(
    ("model", "one"),
    [
        ("scheme", "cjt214_2007"),
        ("departmentkind", "water_supply"),
        ("bigclass", "宣传广告类"),
        ("category", "供水井盖异常"),
        ("correspondence", "06002"),
    ],
)
def test_a_long_list_asks_no_more_than_a_short_one(console: Client, model: str, one: str) -> None:
    counts = []
    for query in ({"q": one}, {"q": ""}):
        with CaptureQueriesContext(connection) as asked:
            answer = console.get(f"/console/standards/{model}/", query)
        counts.append((len(answer.context["cl"].result_list), len(asked)))
    (few, short), (many, long) = counts
    assert few == 1 < many
    assert long <= short


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("value", ["abc", "1,2,x", "99999999999999999999999"])
def test_nonsense_in_an_address_breaks_no_page(
    console: Client, monkeypatch: pytest.MonkeyPatch, model: str, value: str
) -> None:
    monkeypatch.setattr(admin.site._registry[apps.get_model("standards", model)], "list_per_page", 5)
    base = f"/console/standards/{model}/"
    for lookup in ("scheme__code__exact", "dept_kind__id__exact", "other_scheme", "valid_from__gte", "q", "p", "o"):
        assert console.get(base, {lookup: value}).status_code in {200, 302, 400}, lookup
    assert console.get(f"{base}{value}/change/").status_code in {302, 404}
    filled = {"valid_from": value, "in_force_from": value, "dept_kind": value, "scheme": value, "unused": value}
    assert console.get(f"{base}add/", filled).status_code == 200
    ticked = {"action": "delete_selected", "_selected_action": [value, "\0"]}
    assert console.post(base, ticked).status_code == 400


def test_codes_nested_without_end_are_refused_beside_their_field(console: Client) -> None:
    console.cookies["django_language"] = "en"
    answer = console.post("/console/standards/scheme/add/", {"unused": "[" * 5000})
    assert "too deeply" in str(answer.context["adminform"].form.errors["unused"])


def test_a_class_is_found_by_code_and_name(console: Client) -> None:
    for text in ("01001", "供水井盖", "上水"):
        answer = console.get("/console/standards/category/", {"q": text, "scheme": "gb47678_2026", "type": "part"})
        assert "供水井盖" in answer.content.decode()
        assert "紧急2工作时" in answer.content.decode()


def form(**changed: Any) -> dict[str, Any]:
    values = {
        "scheme": "gb47678_2026", "type": "part", "big_code": "01", "code": "01990", "name_zh": "测试", "name_en": "Test",
        "aliases_zh": "", "dept_kind": "drainage", "geometry": "point", "valid_from": "2026-07-01",
        "conditions-TOTAL_FORMS": "1", "conditions-INITIAL_FORMS": "0", "conditions-0-position": "1",
        "conditions-0-ident": "c1", "conditions-0-text_zh": "破损", "conditions-0-text_en": "Broken",
        "conditions-0-closing_zh": "修复", "conditions-0-closing_en": "Repaired", "conditions-0-amount": "2",
        "conditions-0-unit": "work_day",
    }  # fmt: skip
    return values | changed


def test_a_class_is_added_with_its_condition(console: Client) -> None:
    answer = console.post("/console/standards/category/add/", form())
    assert answer.status_code == 302
    added = models.Category.objects.get(code="01990")
    assert [one.ident for one in added.conditions.all()] == ["c1"]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"code": "01016"}, id="unused number"),
        pytest.param({"code": "01001"}, id="overlaps another edition"),
        pytest.param({"conditions-TOTAL_FORMS": "0"}, id="without a condition"),
        pytest.param({"conditions-0-amount": "0"}, id="no limit"),
        pytest.param({"valid_to": date(2026, 7, 1)}, id="ends as it begins"),
        pytest.param({"geometry": ""}, id="part without geometry"),
    ],
)
def test_an_unsound_class_comes_back_as_a_form_with_its_errors(console: Client, changed: dict[str, Any]) -> None:
    before = models.Category.objects.count()
    answer = console.post("/console/standards/category/add/", form(**changed))
    assert answer.status_code == 200
    assert models.Category.objects.count() == before
