"""What the tests of this room share."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from cast import STANDARDS, load_standards
from cityloop.standards import actions


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """The tests read messages in the words of the code, whatever the catalogues hold."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="module", autouse=True)
def emptied(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A file of tests of this room begins with no catalogue; all others find them loaded."""
    with django_db_blocker.unblock():
        _empty()
    yield
    with django_db_blocker.unblock():
        _empty()
        load_standards()


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(f'standards_{table}' for table in STANDARDS)} CASCADE")


@pytest.fixture(scope="module")
def catalogues(emptied: None, django_db_blocker: DjangoDbBlocker) -> actions.Loaded:
    """The package's catalogues, loaded once for a file of tests; each test rolls its own back."""
    with django_db_blocker.unblock():
        return actions.load_package_data()


@pytest.fixture
def loaded(catalogues: actions.Loaded, db: None) -> actions.Loaded:
    """What loading the package's catalogues did; they are in the tables."""
    return catalogues
