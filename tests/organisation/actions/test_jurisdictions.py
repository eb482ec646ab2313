import pytest

from cast import CITY, OTHER_CITY, Cast
from cityloop.kernel.errors import Conflict, InvalidInput, NotFound
from cityloop.organisation import actions, models, queries
from cityloop.organisation.actions import jurisdictions
from cityloop.organisation.rules import settings
from cityloop.organisation.rules.settings import Setting
from cityloop.organisation.rules.staffing import STANDARD_POSTS


@pytest.mark.django_db
def test_every_installation_has_the_standard_posts() -> None:
    rows = models.Post.objects.filter(jurisdiction="")
    assert {row.code: (row.name, row.name_en, row.axis, row.sight) for row in rows} == {
        post.code: (post.name, post.name_en, post.axis, post.sight) for post in STANDARD_POSTS.values()
    }
    assert actions.seed_posts() == 0


@pytest.mark.django_db
def test_seeding_brings_back_what_is_missing_and_keeps_what_was_renamed() -> None:
    models.Post.objects.filter(code="leader").delete()
    models.Post.objects.filter(code="acceptor").update(name="坐席")
    assert actions.seed_posts() == 1
    assert models.Post.objects.get(code="acceptor").name == "坐席"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "012345", "320005"])
@pytest.mark.django_db
def test_a_code_that_is_no_division_is_refused(code: str) -> None:
    with pytest.raises(InvalidInput):
        actions.create_jurisdiction(code, "市")


@pytest.mark.parametrize("wrong", [{"time_zone": "Asia/Peking"}, {"settings": {"no.such": 1}}, {"name": ""}])
@pytest.mark.django_db
def test_a_jurisdiction_that_cannot_be_is_refused_whole(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        actions.create_jurisdiction(**{"code": CITY, "name": "市"} | wrong)  # type: ignore[arg-type]
    assert not models.Jurisdiction.objects.exists()
    assert not models.WorkingCalendar.objects.exists()


def test_a_jurisdiction_exists_once_and_its_parent_must(city_cast: Cast) -> None:
    with pytest.raises(Conflict):
        actions.create_jurisdiction(CITY, "又一个")
    with pytest.raises(NotFound):
        actions.create_jurisdiction("990103", "区", parent="123456")
    actions.create_jurisdiction("990103", "区", parent=OTHER_CITY)
    assert queries.city("990103").parent == OTHER_CITY


def test_settings_are_changed_one_by_one(city_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = {key: Setting(key, default=1, title=key) for key in ("test.a", "test.b")}
    monkeypatch.setattr(settings, "DECLARED", declared)
    monkeypatch.setattr(jurisdictions, "DECLARED", declared)
    actions.change_settings(CITY, {"test.a": 2})
    actions.change_settings(CITY, {"test.b": 3})
    assert queries.city(CITY).settings == {"test.a": 2, "test.b": 3}
    actions.change_settings(CITY, {"test.a": None})
    assert queries.city(CITY).settings == {"test.a": 1, "test.b": 3}
    with pytest.raises(InvalidInput):
        actions.change_settings(CITY, {"test.a": "many"})
