from datetime import date
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from cast import load_standards
from cityloop.organisation import actions
from cityloop.site.senders import sender

PROXIES = tuple(ip_network(text) for text in ("10.0.0.0/8", "127.0.0.1/32", "fd00::/8"))
PASSWORD = "Chengguan-2026-loop"


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        pytest.param("203.0.113.5", "", "203.0.113.5", id="no proxy at all"),
        pytest.param("203.0.113.5", "198.51.100.1", "203.0.113.5", id="a stranger who claims to be a proxy"),
        pytest.param("10.0.0.1", "", "10.0.0.1", id="a proxy that names nobody"),
        pytest.param("10.0.0.1", "203.0.113.5", "203.0.113.5", id="a proxy that names somebody"),
        pytest.param("10.0.0.1", "203.0.113.5, 10.0.0.2", "203.0.113.5", id="two proxies"),
        pytest.param("10.0.0.1", "198.51.100.1, 203.0.113.5", "203.0.113.5", id="what the sender made up"),
        pytest.param("10.0.0.1", "10.0.0.9, 203.0.113.5", "203.0.113.5", id="made up as one of our proxies"),
        pytest.param("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3", id="from inside"),
        pytest.param("10.0.0.1", "203.0.113.5:51234", "203.0.113.5", id="with a port"),
        pytest.param("10.0.0.1", "[2001:db8::7]:51234", "2001:db8::7", id="IPv6 with a port"),
        pytest.param("10.0.0.1", "2001:DB8:0::7", "2001:db8::7", id="IPv6"),
        pytest.param("fd00::1", "203.0.113.5", "203.0.113.5", id="a proxy on IPv6"),
        pytest.param("::ffff:10.0.0.1", "::ffff:203.0.113.5", "203.0.113.5", id="IPv4 written as IPv6"),
        pytest.param("10.0.0.1", "203.0.113.5, unknown", "10.0.0.1", id="an entry that is no address"),
        pytest.param("10.0.0.1", "203.0.113.5,", "10.0.0.1", id="an empty entry"),
        pytest.param("", "203.0.113.5", "", id="a Unix socket"),
    ],
)
def test_the_sender_is_the_last_before_our_proxies(peer: str, forwarded: str, found: str) -> None:
    assert sender(peer, forwarded, PROXIES) == found


@given(made_up=st.text(max_size=60))
def test_nothing_that_a_sender_writes_moves_their_address(made_up: str) -> None:
    assert sender("10.0.0.1", f"{made_up}, 203.0.113.5", PROXIES) == "203.0.113.5"
    assert sender("203.0.113.5", made_up, PROXIES) == "203.0.113.5"


def sign_in(password: str, whence: str, made_up: str = "") -> int:
    client = Client(headers={"X-Forwarded-For": f"{made_up}{whence}"})
    return client.post("/sign-in", {"username": "wangfang", "password": password}).status_code


@pytest.mark.django_db
def test_behind_a_proxy_one_person_does_not_shut_the_door_to_all(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PROXIES = (ip_network("127.0.0.1/32"),)
    load_standards()
    actions.create_jurisdiction("370202", "市南区")
    user = actions.create_user("wangfang", password=PASSWORD, name="王芳").pk
    actions.appoint(user, "acceptor", "370202", valid_from=date(2020, 1, 1))
    with caplog.at_level("INFO"):
        answers = [sign_in("wrong", "203.0.113.5", f"198.51.100.{n}, ") for n in range(6)]
    assert answers == [422] * 5 + [429]
    assert caplog.text.count("sign-in failed from 203.0.113.5") == 5
    assert sign_in(PASSWORD, "203.0.113.5") == 429
    assert sign_in(PASSWORD, "203.0.113.6") == 302


@pytest.mark.django_db
def test_without_a_proxy_nobody_chooses_an_address(client: Client) -> None:
    actions.create_user("wangfang", password=PASSWORD, name="王芳")
    assert [sign_in("wrong", f"203.0.113.{n}") for n in range(6)] == [422] * 5 + [429]
