"""What the tests of this room share."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from cityloop.standards import actions

TABLES = ("scheme", "departmentkind", "bigclass", "category", "filingcondition", "correspondence")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """The tests read messages in the words of the code, whatever the catalogues hold."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def catalogues(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[actions.Loaded]:
    """The package's catalogues, loaded once for a file of tests and taken out after it; each test rolls its own back."""
    with django_db_blocker.unblock():
        loaded = actions.load_package_data()
    yield loaded
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(f'standards_{table}' for table in TABLES)} CASCADE")


@pytest.fixture
def loaded(catalogues: actions.Loaded, db: None) -> actions.Loaded:
    """What loading the package's catalogues did; they are in the tables."""
    return catalogues
