"""Signing, trying again, and where messages may go: values alone."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.exchange.rules.addresses import allowed_of, is_shut, target_of
from cityloop.exchange.rules.payload import payload_of
from cityloop.exchange.rules.retrying import GIVES_UP_AFTER, next_attempt
from cityloop.exchange.rules.signing import headers_of, secret_of
from cityloop.kernel.errors import InvalidInput

AT = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)


def test_a_message_is_signed_as_the_standard_says() -> None:
    """The example of the Standard Webhooks libraries."""
    headers = headers_of(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_every_subscription_and_generation_has_a_secret_of_its_own() -> None:
    secrets = {secret_of(root, key, n) for root in ("a", "b") for key in ("1", "2") for n in (1, 2)}
    assert len(secrets) == 8
    assert all(secret.startswith("whsec_") for secret in secrets)


def test_attempts_come_later_and_later_and_end_after_a_day() -> None:
    now, waits, attempts = AT, [], 1
    while (following := next_attempt(attempts, AT, now)) is not None:
        waits.append(following - now)
        now, attempts = following, attempts + 1
    assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2)]
    assert sum(waits, timedelta()) == GIVES_UP_AFTER
    assert 10 <= len(waits) <= 20


@given(attempts=st.integers(1, 100), age_s=st.integers(0, 200_000))
def test_an_attempt_never_lies_in_the_past(attempts: int, age_s: int) -> None:
    now = AT + timedelta(seconds=age_s)
    following = next_attempt(attempts, AT, now)
    assert (following is None) is (age_s >= 86_400)
    assert following is None or now < following <= max(now, AT + GIVES_UP_AFTER)


@pytest.mark.parametrize(
    ("url", "is_refused"),
    [
        ("https://127.0.0.1/", True), ("https://10.0.0.1/", False), ("https://192.168.0.1/", True), ("https://[::1]/", True),
        ("https://169.254.169.254/", True), ("https://localhost/", True), ("https://a.localhost:8443/", True),
        ("https://127.0.0.1./", True), ("https://localhost./", True), ("https://[::127.0.0.1]/", True),
        ("https://[::ffff:127.0.0.1]/", True), ("https://city.example./", False),
        ("https://93.184.216.34/", False), ("http://93.184.216.34/", True), ("https://city.example/", False),
    ],
)  # fmt: skip
def test_an_address_that_leads_inside_is_known_before_anything_is_sent(url: str, is_refused: bool) -> None:
    assert is_shut(target_of(url), (ip_network("10.0.0.0/8"),)) is is_refused


PUBLIC, INSIDE = "93.184.216.34", (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:0:4136:e378::",
    ],
)  # fmt: skip
def test_nothing_goes_inside(address: str) -> None:
    assert allowed_of([address], (), is_secure=True) == []
    assert allowed_of([PUBLIC, address], (), is_secure=True) == [], "one of a name's addresses is enough to refuse it"


def test_public_addresses_are_sent_to_by_https_only() -> None:
    assert allowed_of([PUBLIC, "2606:2800:220:1::1"], (), is_secure=True) == [PUBLIC, "2606:2800:220:1::1"]
    assert allowed_of([PUBLIC], (), is_secure=False) == []


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "fd00::7"])
def test_what_is_allowed_is_sent_to_in_any_way(address: str) -> None:
    assert allowed_of([address], INSIDE, is_secure=False) == [address]
    assert allowed_of(["192.168.1.1"], INSIDE, is_secure=True) == []


@pytest.mark.parametrize(
    "url",
    [
        "", "city.example", "ftp://city.example/", "https://", "https:///x", "https://a:b@city.example/", "https://city.example:port/",
        "https://city.example/a b", "https://city.example/\n", "https://城.example/", "https://city.example/" + "x" * 2000, "javascript:1",
        "https://[::1", "https://city.example:0/", "https://127.1/", "https://2130706433/", "https://0x7f000001/",
        "https://0177.0.0.1/", "https://127.0.0.0x1/", "https://1.2.3.4.5/",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        target_of(url)
    assert [fault.field for fault in refusal.value.faults] == ["url"]


def test_an_address_is_taken_apart() -> None:
    assert target_of("https://city.example/a?b=c#d") == (True, "city.example", 443, "/a?b=c")
    assert target_of("http://10.0.0.1:8080") == (False, "10.0.0.1", 8080, "/")


def test_a_payload_is_the_same_bytes_each_time() -> None:
    told = {
        "number": "9901012026070100001", "seq": 1, "jurisdiction": "990101", "action": "report", "at": AT, "post": "collector",
        "via": "api", "from_state": "", "to_state": "reported",
        "body": '{"set":{"source":"web","reporter_user":7,"handler":8,"lon":120.0,"lat":30.0},"in":{"photos":[]}}',
    }  # fmt: skip
    body = payload_of(**told)  # type: ignore[arg-type]
    assert body == payload_of(**told)  # type: ignore[arg-type]
    assert b'"source":"web"' in body
    assert b"reporter_user" not in body
    assert b"handler" not in body
    assert b"[120.0,30.0]" in body
