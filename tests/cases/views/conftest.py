"""Whoever sits at a desk, for the tests of its pages."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from cases.conftest import Desk


@pytest.fixture
def at(client: Client, desk: Desk) -> Any:
    """Sign somebody of the cast in, by name or by id, in English; return the browser."""

    def sign_in(who: str | int) -> Client:
        pk = desk.cast[who] if isinstance(who, str) else who
        client.force_login(get_user_model().objects.get(pk=pk))
        client.cookies["django_language"] = "en"
        return client

    return sign_in
