"""The rules speak English here, whatever the catalogues say."""

import pytest


@pytest.fixture(autouse=True)
def _english(english: None) -> None:
    return None
