"""Questions about the catalogues in the tables."""

from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

from cityloop.kernel.errors import InvalidInput, NotFound
from cityloop.standards import actions, models, package, queries

NEW, MIDDLE, OLD = "gb47678_2026", "gb30428_2013", "cjt214_2007"
DAY = date(2026, 7, 1)

pytestmark = pytest.mark.usefixtures("loaded")


@pytest.mark.parametrize("scheme", [NEW, MIDDLE, OLD])
def test_the_tables_say_what_the_package_says(scheme: str) -> None:
    of_package = {key: one for key, one in queries.package_catalogue().items() if one.scheme == scheme}
    assert dict(queries.catalogue(scheme, DAY)) == of_package


def test_a_catalogue_is_four_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(4):
        queries.catalogue(NEW, DAY)


def test_an_older_case_may_be_filed_under_a_newer_scheme() -> None:
    assert len(queries.catalogue(NEW, date(2015, 3, 1))) == 403


def test_an_unknown_scheme_is_not_an_empty_one() -> None:
    with pytest.raises(NotFound, match="gb1"):
        queries.catalogue("gb1", DAY)
    with pytest.raises(NotFound, match="gb1"):
        queries.export_catalogue("gb1", "yaml")


def test_a_class_that_ended_is_gone_from_its_last_day_on() -> None:
    models.Category.objects.filter(scheme=NEW, type="event", code="10002").update(valid_to=date(2027, 1, 1))
    assert f"{NEW}/event/10002" in queries.catalogue(NEW, date(2026, 12, 31))
    assert f"{NEW}/event/10002" not in queries.catalogue(NEW, date(2027, 1, 1))


@pytest.mark.parametrize(
    ("key", "scheme", "found"),
    [
        pytest.param(f"{NEW}/part/01001", MIDDLE, [f"{MIDDLE}/part/0101"], id="to older"),
        pytest.param(f"{OLD}/part/0101", NEW, [f"{NEW}/part/01001"], id="to newer"),
        pytest.param(f"{OLD}/event/0101", MIDDLE, [f"{MIDDLE}/event/0101"], id="between older ones"),
        pytest.param(f"{OLD}/part/0117", NEW, [f"{NEW}/part/0103{n}" for n in range(5)], id="split in 2013"),
        pytest.param(f"{NEW}/part/01034", OLD, [f"{OLD}/part/0117"], id="back to what was split"),
        pytest.param(f"{MIDDLE}/event/0501", NEW, [], id="sudden incident without successor"),
        pytest.param(f"{NEW}/event/09022", MIDDLE, [], id="new in 2026"),
        pytest.param(f"{NEW}/part/01001", NEW, [f"{NEW}/part/01001"], id="to itself"),
        pytest.param(f"{NEW}/part/01999", OLD, [], id="a city's own class"),
    ],
)
def test_classes_are_found_in_other_schemes(key: str, scheme: str, found: list[str]) -> None:
    assert queries.mapped(key, scheme) == found


def test_mapping_there_and_back_comes_home() -> None:
    for one in queries.catalogue(OLD, DAY).values():
        for there in queries.mapped(one.key, NEW):
            assert queries.mapped(there, OLD) == [one.key]


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a class key"):
        queries.mapped("01001", OLD)


def test_kinds_and_schemes_are_those_of_the_package() -> None:
    assert set(queries.department_kinds().values()) == set(package.package().department_kinds)
    assert tuple(queries.schemes().values()) == package.package().schemes


def test_a_format_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="pdf"):
        queries.export_catalogue(NEW, "pdf")
    with pytest.raises(InvalidInput, match="pdf"):
        actions.import_catalogue(b"", "pdf")
