from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from cast import city_cast, committed_cast

__all__ = ["city_cast", "committed_cast"]


@pytest.fixture(autouse=True)
def in_english(settings: Any) -> Iterator[None]:
    """The tests read messages, and pages, in the words of the code, whatever the catalogues hold."""
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield
