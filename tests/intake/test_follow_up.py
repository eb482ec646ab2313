"""Follow-up codes: readable, unguessable, forgiving to whoever types them."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.intake.rules.follow_up import LENGTH, SIGNS, code_of, tidied


def test_a_code_is_of_65_bits_and_of_signs_that_nobody_takes_for_another() -> None:
    assert len(SIGNS) == len(set(SIGNS)) == 32
    assert LENGTH * 5 >= 60
    assert not set("0O1lI") & set(SIGNS)


@given(st.binary(min_size=16, max_size=32))
def test_every_code_is_its_own_spelling(secret: bytes) -> None:
    assert tidied(code_of(secret)) == code_of(secret)


def test_other_secrets_give_other_codes() -> None:
    assert len({code_of(secrets.token_bytes(16)) for _ in range(500)}) == 500


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("7k3m9pqw2xcvb", "7K3M-9PQW-2XCVB"),
        (" 7K3M 9PQW 2XCVB\n", "7K3M-9PQW-2XCVB"),
        ("7K3M–9PQW–2XCVI", "7K3M-9PQW-2XCVL"),
        ("7K3M-9PQW-2XCV0", ""),
        ("7K3M-9PQW", ""),
        ("", ""),
        ("' OR 1=1 --xxx", ""),
    ],
)
def test_what_people_type_is_read_as_they_meant_it(typed: str, read: str) -> None:
    assert tidied(typed) == read


def test_too_short_a_secret_is_no_secret() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        code_of(b"short")
