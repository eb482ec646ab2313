"""Who may know who reported a case, and what the others are shown instead."""

from collections.abc import Mapping
from dataclasses import dataclass

from cityloop.cases.queries.found import Found
from cityloop.cases.queries.words import PersonName, person_name
from cityloop.cases.rules.table import Table

TRUSTED = frozenset({"acceptor", "duty_chief", "dispatcher", "leader"})
"""Posts that speak with who reported a case, or answer for those who do."""

PHONE_HEAD, PHONE_TAIL = 3, 4


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who called; ``None`` where nothing was said or it has been erased. ``masked``: the reader sees a part only."""

    name: str | None
    phone: str | None
    masked: bool


def may_know_reporter(found: Found) -> bool:
    """Return whether the reader may see who reported the case: by post in its city or one above it, or as the reporter."""
    return is_reporter(found) or knowing_post(found) is not None


def is_reporter(found: Found) -> bool:
    return found.viewer.user_id is not None and found.row.reporter_user == found.viewer.user_id


def knowing_post(found: Found) -> str | None:
    """Return the post by which the reader may see who reported the case; None where none of theirs lets them."""
    code = found.row.jurisdiction
    held = (held for held in found.viewer.posts if held.jurisdiction == code or code in held.below)
    return next((one.post for one in held if one.post in TRUSTED), None)


def is_public(loop: Table, post: str) -> bool:
    """Return whether whoever acted in ``post`` acted as one of the public."""
    known = loop.posts.get(post)
    return known is not None and known.within == "reporter"


def masked_name(name: str) -> str:
    """Return the first character and a star for each of the others, two at most: ``张三丰`` becomes ``张**``."""
    return name[:1] + "*" * min(len(name) - 1, 2) if name else ""


def masked_phone(phone: str) -> str:
    """Return ``138****1234`` for a whole number; of a short one nothing is left but stars."""
    shown = PHONE_HEAD + PHONE_TAIL
    if len(phone) <= shown + 1:
        return "*" * len(phone)
    return phone[:PHONE_HEAD] + "*" * (len(phone) - shown) + phone[-PHONE_TAIL:]


def masked_text(field: str, text: str) -> str:
    """Return what is shown of a personal text (``reporter_name``, ``reporter_phone``) to those who may not know it."""
    return masked_phone(text) if field == "reporter_phone" else masked_name(text)


def actor_name(
    loop: Table, post: str, person: int | None, names: Mapping[int, str], *, knows: bool
) -> PersonName | None:
    """Return who acted in ``post``; of one of the public, to those who may not know, no more than a masked name."""
    if person is None:
        return None
    if knows or not is_public(loop, post):
        return person_name(person, names)
    return PersonName(None, masked_name(names.get(person, "")))
