"""Who may know who reported a case, and what the others are shown instead."""

from collections.abc import Mapping
from dataclasses import dataclass

from cityloop.cases import models
from cityloop.cases.queries import rights
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.queries.words import PersonName, person_name
from cityloop.cases.rules.table import Table
from cityloop.organisation.choices import Sight
from cityloop.organisation.rules.staffing import Viewer

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
    """Return the post by which the reader may see who reported the case, whatever it began under; None where none lets them."""
    return rights.knowing_post(found.viewer, found.row.jurisdiction)


def is_public(loop: Table, post: str) -> bool:
    """Return whether whoever acted in ``post`` acted as one of the public."""
    return loop.is_public(post)


def reads_as_public(loop: Table, jurisdiction: str, viewer: Viewer) -> bool:
    """Return whether ``viewer`` sees a case of ``jurisdiction`` for no other reason than that they reported it.

    Then they see what the table shows the public (``public_sees``). A post of the staff in the case's city, or in one
    above it, makes a reader of the staff; somebody without any post is one of the public, whatever they once were.
    """
    if viewer.is_system or viewer.user_id is None:
        return False  # not a person: the console's reader, who is shown all masked
    here = (held for held in viewer.posts if held.jurisdiction == jurisdiction or jurisdiction in held.below)
    return all(loop.is_public(held.post) if held.post in loop.posts else held.reach is Sight.OWN for held in here)


def works_nowhere(viewer: Viewer) -> bool:
    """Return whether somebody holds posts, and all of them are the public's: a citizen with an account.

    What a city's table says of a post counts; of a post that it does not know, that it sees its own alone.
    """
    if viewer.works_in or not viewer.posts:
        return False
    tables = {code: table_in_force(code) for code in {held.jurisdiction for held in viewer.posts}}
    return all(
        held.post not in tables[held.jurisdiction].posts or tables[held.jurisdiction].is_public(held.post)
        for held in viewer.posts
    )


def is_of_the_public(found: Found) -> bool:
    """Return whether the case's reader is one of the public."""
    return reads_as_public(found.loop, found.row.jurisdiction, found.viewer)


def own_events(found: Found) -> frozenset[int]:
    """Return the events by which the reader, as one of the public, did something themselves: one query."""
    if found.viewer.user_id is None:
        return frozenset()
    held = found.row.__dict__.get("held_events")
    if held is not None:
        mine = (one for one in held if one["person"] == found.viewer.user_id)
        return frozenset(one["seq"] for one in mine if found.loop.is_public(one["post"]))
    rows = models.CaseEvent.objects.filter(case_id=found.row.id, person=found.viewer.user_id).order_by("seq")
    return frozenset(seq for seq, post in rows.values_list("seq", "post") if found.loop.is_public(post))


def was_reported_by_public(found: Found) -> bool:
    """Return whether the account that reported is one of the public's: one query, or none where no such source was named.

    A case that was split from another has its reporter, but was made by the system: then the source alone says it.
    """
    source = found.loop.sources.get(found.row.source)
    if found.row.reporter_user is None or source is None:
        return False
    if not source.public and not any(map(found.loop.is_public, source.by)):
        return False
    if "split_from" in found.snapshot.values:
        return True
    held = found.row.__dict__.get("held_events")  # of a case that was read whole (queries.held)
    if held is not None:
        return is_public(found.loop, held[0]["post"])
    post = models.CaseEvent.objects.values_list("post", flat=True).get(case_id=found.row.id, seq=1)
    return is_public(found.loop, post)


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
