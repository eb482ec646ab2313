"""Follow-up codes: short enough to be written down in the rain, long enough that nobody guesses one."""

from typing import Final

SIGNS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Digits and capital letters that nobody takes for one another: without 0 and O, 1 and I. Five bits each."""

LENGTH: Final = 13
"""Signs of a code: 65 bits."""

GROUPS: Final = (4, 4, 5)

READ_AS: Final = str.maketrans({"1": "L", "I": "L"})
"""What people write for a sign that they misread."""


def code_of(secret: bytes) -> str:
    """Return the code that ``secret`` (16 bytes at least) stands for, in groups: ``7K3M-9PQW-2XCVB``."""
    if len(secret) < 16:
        raise ValueError("a code needs 16 bytes")
    number = int.from_bytes(secret[:16])
    signs = "".join(SIGNS[(number >> (5 * place)) & 31] for place in range(LENGTH))
    return in_groups(signs)


def in_groups(signs: str) -> str:
    first, second = GROUPS[0], GROUPS[0] + GROUPS[1]
    return f"{signs[:first]}-{signs[first:second]}-{signs[second:]}"


def tidied(typed: str) -> str:
    """Return a code as it was typed in its own spelling, ``""`` where it can be none.

    Small letters, spaces and hyphens are forgiven, and what looks alike.
    """
    signs = "".join(sign for sign in typed.upper() if not sign.isspace() and sign not in "-–—_.").translate(READ_AS)
    return in_groups(signs) if len(signs) == LENGTH and set(signs) <= set(SIGNS) else ""
