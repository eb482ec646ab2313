import re

import pytest
from django.utils import translation

from cases.admin.conftest import Cities, Console, url
from cityloop.cases import models
from cityloop.cases.queries.said import LABELS, flag_words, in_words, label_of, needs_of
from cityloop.cases.queries.tables import default_table
from cityloop.cases.queries.wording import Wording
from cityloop.cases.queries.words import words_of


def test_every_need_of_our_table_has_a_name() -> None:
    assert set(needs_of(default_table())) <= set(LABELS)


@pytest.mark.parametrize(
    ("name", "label"), [("reporter.phone", "电话"), ("opinion", "意见"), ("of_a_city", "of_a_city")]
)
def test_a_part_is_called_by_its_own_name_and_a_citys_need_by_the_tables(name: str, label: str) -> None:
    with translation.override("zh-hans"):
        assert label_of(name) == label


def test_what_was_said_is_told_without_names_of_fields_and_codes(cities: Cities, console: Console) -> None:
    desk = console("sysadmin")
    desk.cookies["django_language"] = "zh-hans"
    case = models.Case.objects.get(number=cities.ours)
    page = desk.get(url(models.Case, "change", case.pk))
    said = " ".join(row[-1] for row in page.context["sheet"].events["rows"])
    assert "小类：供水井盖" in said
    assert "位置：120.0050000, 30.0050000" in said
    assert "个文件" in said
    assert not re.findall(
        r"\b(category|condition|source|point|photos|department|reporter|hotline|gb47678_2026)\b", said
    )


def test_a_case_without_a_clock_shows_no_light(cities: Cities, console: Console) -> None:
    models.Case.objects.filter(number=cities.ours).update(kind="void", state="cancelled")
    desk = console("sysadmin")
    page = desk.get(url(models.Case, "changelist"), {"q": cities.ours})
    assert not re.findall(r"(?i)>\s*none\s*<", page.content.decode())
    case = models.Case.objects.get(number=cities.ours)
    assert "Light" not in dict(desk.get(url(models.Case, "change", case.pk)).context["sheet"].facts)


def test_a_case_that_waits_shows_its_light_in_words(cities: Cities, console: Console) -> None:
    models.Case.objects.filter(number=cities.ours).update(kind="paused", due_at=None, warn_at=None)
    desk = console("sysadmin")
    desk.cookies["django_language"] = "zh-hans"
    text = desk.get(url(models.Case, "changelist"), {"q": cities.ours}).content.decode()
    assert re.findall(r">\s*暂停[^<]*<", text)
    assert "paused" not in re.sub(r"(?s)<script.*?</script>|<[^>]*>", " ", text)


@pytest.mark.parametrize(
    ("flag", "value", "words"),
    [("satisfaction", "not", "不满意"), ("check_result", "not_pass", "不通过"), ("appeal_status", "pending", "待裁定")],
)
def test_a_flag_says_what_it_holds_in_words(cities: Cities, flag: str, value: str, words: str) -> None:
    case = models.Case.objects.get(number=cities.ours)
    with translation.override("zh-hans"):
        assert flag_words(flag, value, Wording(words_of(case.jurisdiction, case.table_version), {})) == words


@pytest.mark.parametrize(
    ("name", "said"), [("disposed_on_time", "按时处置：是"), ("result_settled", "按时与否已确定：是")]
)
def test_what_the_table_keeps_besides_is_told_in_words(cities: Cities, name: str, said: str) -> None:
    case = models.Case.objects.get(number=cities.ours)
    with translation.override("zh-hans"):
        assert in_words(name, True, None, Wording(words_of(case.jurisdiction, case.table_version), {})) == said


def test_a_calendar_is_called_by_its_name(cities: Cities, console: Console) -> None:
    desk = console("sysadmin")
    desk.cookies["django_language"] = "zh-hans"
    case = models.Case.objects.get(number=cities.ours)
    clocks = desk.get(url(models.Case, "change", case.pk)).context["sheet"].clocks
    told = " ".join(words for clock in clocks for _name, words in clock.facts)
    assert not re.findall(r"\b(shift|office|work_minute|minute)\b", told)
