"""Words for cases that were written before there were such words."""

from cases.conftest import Desk
from cityloop.cases.actions.indexing import index_words
from cityloop.cases.models import CaseWords


def test_cases_without_words_get_those_that_the_door_would_have_written(desk: Desk) -> None:
    desk.report(description="菜市场门口井盖破损", address="人民路 12 号")
    desk.report(who="acceptor", source="hotline", description="路灯不亮", external_number="12345-7")
    desk.report(description=None)
    written = sorted(CaseWords.objects.values_list("case_id", "said", "grams"))
    assert len(written) == 3
    CaseWords.objects.all().delete()
    assert index_words(batch=2) == 3
    assert sorted(CaseWords.objects.values_list("case_id", "said", "grams")) == written


def test_what_has_words_is_left_alone(desk: Desk) -> None:
    desk.report()
    CaseWords.objects.update(said="other")
    assert index_words() == 0
    assert CaseWords.objects.get().said == "other"
