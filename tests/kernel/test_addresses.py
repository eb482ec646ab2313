import pytest
from django.test import RequestFactory

from cityloop.kernel.addresses import host_name


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("city.example", "city.example"),
        ("city.example:8443", "city.example"),
        ("127.0.0.1:8080", "127.0.0.1"),
        ("[fd00::1]", "[fd00::1]"),
        ("[fd00::1]:8080", "[fd00::1]"),
    ],
)
def test_the_name_stands_without_its_port(asked: str, name: str, settings: object) -> None:
    settings.ALLOWED_HOSTS = ["*"]  # type: ignore[attr-defined]
    assert host_name(RequestFactory().get("/", headers={"host": asked})) == name
