"""What the public does on its page: report, say “me too”, rate what came of it. Each goes through the loop's one door.

A report is an act of one of the public: of the person where they are signed in, else of somebody in the public's post without an
account. “Me too” and a rating that come with a follow-up code are the system's acts, told by the public's door (``Via.PUBLIC``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac

from cityloop.assets.queries import public_spot
from cityloop.cases import actions as loop_actions
from cityloop.cases.choices import Via
from cityloop.cases.queries.public_view import PublicCase, supported_by
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.rules.table import Action, Table
from cityloop.intake import models
from cityloop.intake.choices import Answer
from cityloop.intake.queries.public import SALT, Followed, PublicPage, digest_of, reporting
from cityloop.intake.rules.defence import PHOTOS_OF_A_REPORT, refuse_too_large
from cityloop.intake.rules.follow_up import code_of
from cityloop.kernel.errors import Conflict, Fault, InvalidInput
from cityloop.kernel.hiding import hidden, revealed
from cityloop.kernel.translation import _
from cityloop.media.actions import Kept, Reader, keep, let_go
from cityloop.media.choices import Kind
from cityloop.media.naming import named
from cityloop.media.queries import NOBODY, sent_by_nobody
from cityloop.organisation.queries import system_viewer
from cityloop.organisation.rules.staffing import HeldPost, Viewer

REPORT, SUPPORT, RATE = "report", "support", "rate"
"""Begin the keys of what is sent once: a key that was given out must stay what it was."""
PHOTO_HOLDS = timedelta(hours=6)
"""How long a photo waits for its report; then it is swept away."""

WORDS_MOST, ADDRESS_MOST, PHONE_MOST, RATING_MOST = 1000, 200, 30, 500


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody tells the city.

    Args:
        key: Of the form that it came with: sent twice it is one report with one code.
        category: Key of a class.
        point: lon, lat in degrees, WGS 84; None where only an address was given.
        photos: Tokens of photos that were sent before (``keep_photo``).
        part: Code of the part that it is about; one that stands nowhere in the city is left aside.
    """

    key: UUID
    category: str
    point: tuple[float, float] | None = None
    address: str = ""
    words: str = ""
    phone: str = ""
    photos: Sequence[str] = ()
    part: str = ""


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """A photo that waits for its report: ``token`` names it to this server alone."""

    token: str
    small: str


def send_report(page: PublicPage, told: Told, *, citizen: Viewer | None = None) -> str:
    """Report to a city; return the follow-up code, which nobody can find again. Sent again with its key it is done once.

    Args:
        citizen: Who reports, if they are signed in as one of the public of that city; None for somebody without an account.
    Raises:
        InvalidInput, Conflict, NotAllowed, KeyReused: Nothing was written.
    """
    _refuse_too_long(told)
    loop = table_in_force(page.code)
    action = reporting(loop)
    assert action is not None  # or there is no page
    photos = _photos(told.photos, citizen)
    homes = {page.code, *(city for city, _sha256 in photos)}
    actor = citizen or Viewer(None, "", _public_posts(loop, action, homes), frozenset(homes))
    given: dict[str, Any] = {
        "source": page.source,
        "category": told.category,
        "point": _point(told.point),
        "address": told.address,
        "description": told.words,
        "reporter": {"phone": told.phone} if told.phone else None,
        "part_code": _part(page, told.part),
        "photos": [{"kind": _kind(action), "sha256": sha256} for _city, sha256 in photos],
    }
    inputs = {name: value for name, value in given.items() if value and name in action.needs}
    code = _code(Answer.REPORT, told.key)
    with transaction.atomic():
        done = loop_actions.report(
            page.code, inputs, actor=actor, key=_key(REPORT, told.key), via=Via.PUBLIC, action=action.code
        )
        _may_follow(code, page.code, done.number, Answer.REPORT, done.at)
    return code


def say_me_too(page: PublicPage, number: str, told: Told) -> str:
    """Add somebody to a case that another has reported; return their follow-up code.

    They learn no more of it than one of the public does, and change nothing but the count.

    Raises:
        Conflict: The case is over, or its city's table has no such action: then it is reported anew.
    """
    _refuse_too_long(told)
    action = supported_by(number, page.code)
    if not action:
        raise Conflict(_("Nobody can be added to that report any more. Go back and send one of your own."))
    reporter = {"phone": told.phone} if told.phone else None
    inputs = {name: value for name, value in (("reporter", reporter), ("opinion", told.words[:500])) if value}
    code = _code(Answer.ME_TOO, told.key)
    system = system_viewer("public", page.code)
    with transaction.atomic():
        done = loop_actions.perform(number, action, inputs, actor=system, key=_key(SUPPORT, told.key), via=Via.PUBLIC)
        _may_follow(code, page.code, done.number, Answer.ME_TOO, done.at)
    return code


def rate(followed: Followed, satisfaction: str, words: str) -> None:
    """Rate what came of a report, once: the loop goes on as its table says.

    Raises:
        Conflict: It was rated before, the time for it is over, or the case is not closed.
        InvalidInput: There is no such rating.
    """
    if not followed.is_own:
        raise Conflict(_("Who reported it rates what came of it."))
    if not followed.case.can_rate:
        raise Conflict(_("This was rated already, or the time for a rating is over."))
    action, inputs = _rating(followed.case, satisfaction, words)
    system = system_viewer("public", followed.case.jurisdiction)
    key = _uuid(f"{RATE} {followed.row.pk} {followed.case.closed_at}")
    with transaction.atomic():
        done = loop_actions.perform(followed.case.number, action, inputs, actor=system, key=key, via=Via.PUBLIC)
        models.FollowUp.objects.filter(pk=followed.row.pk).update(rated_at=done.at)


def rate_own(case: PublicCase, number: str, citizen: Viewer, satisfaction: str, words: str) -> None:
    """Rate what came of one's own report, by account: as ``rate`` does with a code.

    Args:
        case: What became of it: the case that it was merged into, where it was.
        number: Of one's own.
        citizen: Who rates, in the public's post of the case's city.
    Raises:
        Conflict: It was rated before, the time for it is over, or the case is not closed.
        InvalidInput: There is no such rating.
    """
    if not case.can_rate:
        raise Conflict(_("This was rated already, or the time for a rating is over."))
    action, inputs = _rating(case, satisfaction, words)
    # A common case has another reporter: theirs is a voice beside it, which the system tells, as one that comes with a code.
    actor = system_viewer("public", case.jurisdiction) if case.is_shared else citizen
    key = _uuid(f"{RATE} {citizen.user_id} {number} {case.closed_at}")
    loop_actions.perform(case.number, action, inputs, actor=actor, key=key, via=Via.PUBLIC)


def keep_photo(page: PublicPage, file: Reader, size: int, *, citizen: Viewer | None, now: datetime) -> KeptPhoto:
    """Keep a photo until its report comes; one that never comes is swept away after some hours.

    Raises:
        InvalidInput: It is no photo, or is damaged.
        TooLarge: It has too many bytes.
    """
    owner = citizen.user_id if citizen is not None and citizen.user_id else NOBODY
    kept = keep_photo_of(file, size, city=page.code, owner_id=owner, now=now)
    return KeptPhoto(photo_token(kept.file.jurisdiction, kept.file.sha256, owner), "")


def keep_photo_of(file: Reader | Path, size: int, *, city: str, owner_id: int, now: datetime) -> Kept:
    """Keep a photo of somebody, ``NOBODY`` without an account, as ``keep_photo`` does."""
    refuse_too_large(size)
    return keep(file, jurisdiction=city, owner_id=owner_id, now=now, kinds=[Kind.PHOTO])


def photo_token(city: str, sha256: str, owner_id: int) -> str:
    """Return what names a photo that was kept, to this server alone: who knows its digest has none."""
    return hidden([city, sha256, owner_id], salt=f"{SALT}.photo")


def sweep_photos(now: datetime) -> int:
    """Let go of photos that came without an account and whose report was never sent; return how many went."""
    gone, after = 0, None
    while rows := sent_by_nobody(before=now - PHOTO_HOLDS, after=after):
        hangs = named({one.place for one in rows})
        gone += sum(let_go(one.id) for one in rows if one.place not in hangs)
        after = rows[-1].id
    return gone


def _rating(case: PublicCase, satisfaction: str, words: str) -> tuple[str, dict[str, str]]:
    """Return the action of the case's table that takes a rating, and what is sent with it."""
    if len(words) > RATING_MOST:
        raise InvalidInput(_("Say it in at most %(most)d characters.") % {"most": RATING_MOST})
    action, name = case.rates_by
    return action, {name: satisfaction} | ({"opinion": words} if words else {})


def _refuse_too_long(told: Told) -> None:
    faults = [
        Fault(name, _("is too long: %(count)d characters, at most %(max)d") % {"count": len(text), "max": most})
        for name, text, most in (
            ("words", told.words, WORDS_MOST),
            ("address", told.address, ADDRESS_MOST),
            ("phone", told.phone, PHONE_MOST),
        )
        if len(text) > most
    ]
    if len(told.photos) > PHOTOS_OF_A_REPORT:
        faults.append(Fault("photos", _("at most %(most)d photos") % {"most": PHOTOS_OF_A_REPORT}))
    if told.point is None and not told.address:
        faults.append(Fault("address", _("Say where it is: on the map, or in words.")))
    if faults:
        raise InvalidInput(faults[0].why, faults=faults)


def _photos(tokens: Sequence[str], citizen: Viewer | None) -> list[tuple[str, str]]:
    """Return city and digest of photos that this sender was given tokens for."""
    owner = citizen.user_id if citizen is not None and citizen.user_id else NOBODY
    found: dict[str, str] = {}
    for token in tokens:
        try:
            city, sha256, sent_by = revealed(token, salt=f"{SALT}.photo", max_age_s=int(PHOTO_HOLDS.total_seconds()))
        except (ValueError, TypeError) as exc:
            why = _("One of the photos waited too long. Choose it again.")
            raise InvalidInput(why, faults=[Fault("photos", why)]) from exc
        if sent_by == owner:
            found[sha256] = city
    return [(city, sha256) for sha256, city in found.items()]


def _public_posts(loop: Table, action: Action, homes: set[str]) -> tuple[HeldPost, ...]:
    posts = [permit.post for permit in action.by if loop.is_public(permit.post)]
    return tuple(HeldPost(post, city) for city in sorted(homes) for post in posts)


def _kind(action: Action) -> str:
    return action.needs["photos"].kinds[0] if "photos" in action.needs else ""


def _part(page: PublicPage, code: str) -> str:
    known = public_spot([page.code], code) if code else None
    return known.code if known else ""


def _point(point: tuple[float, float] | None) -> dict[str, Any] | None:
    return None if point is None else {"lon": point[0], "lat": point[1], "system": "wgs84"}


def _may_follow(code: str, jurisdiction: str, number: str, kind: Answer, at: datetime) -> None:
    models.FollowUp.objects.get_or_create(
        digest=digest_of(code), defaults={"jurisdiction": jurisdiction, "number": number, "kind": kind, "at": at}
    )


def _code(kind: Answer, key: UUID) -> str:
    """Return the code that belongs to a form's key: whoever sends the same form again reads the same one."""
    return code_of(salted_hmac(f"{SALT}.code", f"{kind} {key}", algorithm="sha256").digest())


def _key(kind: str, key: UUID) -> UUID:
    """Return the loop's key for a form's: all without an account share one room of keys, with the system's own."""
    return _uuid(f"{kind} {key}")


def _uuid(told: str) -> UUID:
    return UUID(bytes=salted_hmac(f"{SALT}.key", told, algorithm="sha256").digest()[:16])
