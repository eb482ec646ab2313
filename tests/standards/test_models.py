"""What the database keeps from ever being false."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from cityloop.kernel.versions import versions_of
from cityloop.standards import models

NEW = "gb47678_2026"

pytestmark = pytest.mark.usefixtures("loaded")


def a_class(**changed: Any) -> models.Category:
    """A sound new class; ``changed`` makes it unsound."""
    values = {
        "scheme_id": NEW, "type": "part", "big_code": "01", "code": "01990", "name_zh": "测试井盖", "name_en": "Test cover",
        "dept_kind_id": "drainage", "geometry": "point",
    }  # fmt: skip
    return models.Category(**(values | changed))


def a_condition(category: models.Category, **changed: Any) -> models.FilingCondition:
    values = {
        "category": category, "position": 1, "ident": "c1", "text_zh": "破损", "text_en": "Broken", "closing_zh": "修复",
        "closing_en": "Repaired", "amount": 2, "unit": "work_day",
    }  # fmt: skip
    return models.FilingCondition(**(values | changed))


def at_commit(*steps: Callable[[], object]) -> None:
    """Take the steps and check what the database checks at the end of a transaction."""
    for step in steps:
        step()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_a_sound_class_is_taken() -> None:
    category = a_class()
    category.full_clean()
    category.save()
    a_condition(category).save()
    at_commit()


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        pytest.param({"code": "02990"}, "standards_category_code", id="code of another big class"),
        pytest.param({"code": "01x90"}, "standards_category_code", id="letters in a code"),
        pytest.param({"type": "thing"}, "standards_category_type", id="unknown type"),
        pytest.param({"geometry": ""}, "standards_category_geometry", id="part without geometry"),
        pytest.param({"geometry": "dot"}, "standards_category_geometry", id="unknown geometry"),
        pytest.param({"part_code": "01001"}, "standards_category_part_code", id="part about a part"),
        pytest.param({"valid_to": date(1970, 1, 1)}, "standards_category_validity", id="ends as it begins"),
        pytest.param({"valid_from": date(1, 1, 1)}, "standards_category_within_years", id="year 1"),
        pytest.param({"valid_to": date(9999, 1, 1)}, "standards_category_within_years", id="year 9999"),
        pytest.param({"code": "01001"}, "standards_category_once", id="taken code"),
    ],
)
def test_an_unsound_class_is_refused(changed: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        a_class(**changed).save()


def test_two_editions_never_hold_on_one_day() -> None:
    first = models.Category.objects.get(scheme=NEW, type="part", code="01001")
    second = a_class(code="01001", valid_from=date(2027, 1, 1))
    with pytest.raises(ValidationError, match="Another row of this code"):
        second.full_clean()
    with pytest.raises(IntegrityError, match="standards_category_never_two"), transaction.atomic():
        at_commit(second.save, a_condition(second).save)
    models.Category.objects.filter(pk=first.pk).update(valid_to=second.valid_from)
    second = a_class(code="01001", valid_from=date(2027, 1, 1))
    second.save()
    a_condition(second).save()
    at_commit()


def test_a_class_has_a_condition_at_the_end_of_the_transaction() -> None:
    with pytest.raises(IntegrityError, match="has no filing condition"), transaction.atomic():
        at_commit(a_class().save)
    with pytest.raises(IntegrityError, match="has no filing condition"), transaction.atomic():
        at_commit(models.FilingCondition.objects.filter(category__code="10002").delete)


def test_a_class_goes_with_its_conditions() -> None:
    models.Category.objects.filter(scheme=NEW, type="event", code="10002").delete()
    at_commit()


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        pytest.param({"amount": 0}, "standards_condition_amount", id="no time at all"),
        pytest.param({"amount": 100_001}, "standards_condition_amount", id="beyond all limits"),
        pytest.param({"unit": "fortnight"}, "standards_condition_unit", id="unknown unit"),
        pytest.param({"ident": "C 1"}, "standards_condition_ident", id="unfit for a key"),
        pytest.param({"text_zh": ""}, "standards_condition_texts", id="without words"),
        pytest.param({"ident": "cov_open"}, "standards_condition_once", id="taken"),
    ],
)
def test_an_unsound_condition_is_refused(changed: dict[str, Any], constraint: str) -> None:
    category = models.Category.objects.get(scheme=NEW, type="part", code="01001")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        a_condition(category, **({"position": 9} | changed)).save()


def test_two_conditions_may_change_places_but_not_share_one() -> None:
    conditions = models.FilingCondition.objects.filter(
        category__scheme=NEW, category__type="part", category__code="01001"
    )
    first, second = conditions.order_by("position")[:2]
    conditions.filter(pk=first.pk).update(position=2)
    conditions.filter(pk=second.pk).update(position=1)
    at_commit()
    with pytest.raises(IntegrityError, match="standards_condition_position"), transaction.atomic():
        at_commit(lambda: conditions.filter(pk=first.pk).update(position=1))


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        pytest.param({"scheme_id": "cjt214_2007", "other_scheme_id": NEW}, "_direction", id="the wrong way round"),
        pytest.param({"other_scheme_id": NEW}, "_direction", id="to itself"),
        pytest.param({"other_code": "x"}, "_codes", id="no code"),
        pytest.param({"code": "01001", "other_code": "0101"}, "_once", id="twice"),
    ],
)
def test_an_unsound_correspondence_is_refused(changed: dict[str, Any], constraint: str) -> None:
    values = {
        "type": "part", "scheme_id": NEW, "code": "01999", "other_scheme_id": "cjt214_2007", "other_code": "0199",
    } | changed  # fmt: skip
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        models.Correspondence.objects.create(**values)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        pytest.param({"code": "01016"}, "leaves this number unused", id="unused number"),
        pytest.param({"code": "0199"}, "has 5 digits", id="code of an older scheme"),
        pytest.param({"big_code": "44", "code": "44001"}, "no such big class", id="no big class"),
    ],
)
def test_the_console_refuses_what_contradicts_the_scheme(changed: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        a_class(**changed).full_clean()


def test_schemes_and_big_classes_are_sound() -> None:
    with pytest.raises(IntegrityError, match="standards_scheme_digits"), transaction.atomic():
        models.Scheme.objects.filter(code=NEW).update(part_digits=16)
    with pytest.raises(IntegrityError, match="standards_scheme_in_force"), transaction.atomic():
        models.Scheme.objects.filter(code=NEW).update(in_force_to=date(2020, 1, 1))
    with pytest.raises(IntegrityError, match="standards_bigclass_code"), transaction.atomic():
        models.BigClass.objects.filter(scheme=NEW, type="part", code="01").update(code="1")
    with pytest.raises(IntegrityError, match="standards_bigclass_never_two"), transaction.atomic():
        at_commit(
            models.BigClass(
                scheme_id=NEW, type="part", code="01", name_zh="又", name_en="Again", valid_from=date(2020, 1, 1)
            ).save
        )


def test_any_change_counts_the_version_that_caches_are_keyed_by() -> None:
    counted = versions_of("320508")
    for model in (
        models.Scheme, models.DepartmentKind, models.BigClass, models.Category, models.FilingCondition, models.Correspondence,
    ):  # fmt: skip
        row = model._default_manager.order_by("pk").first()
        assert row is not None
        row.save()
        now = versions_of("320508")
        assert now[0] > counted[0]
        counted = now
