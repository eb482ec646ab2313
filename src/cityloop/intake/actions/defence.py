"""Who comes too often is told so, and under attack each report costs its sender a proof of work.

Nothing here says who somebody is: a sender is a keyed digest of their address, of that day and that purpose alone, in the key of a
tally that goes when its window is over.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from altcha.v1 import Payload, create_challenge, extract_params, verify_solution
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from cityloop.intake import models
from cityloop.intake.rules.defence import (
    DAY,
    HOUR,
    MINUTE,
    PHOTO_BYTES_A_DAY,
    PHOTO_BYTES_OF_CITY_A_DAY,
    PHOTOS,
    REPORTS,
    SUM_HOLDS,
    SUM_MOST,
    WRONG_CODES,
    Limit,
    asks_for_work,
    sender_of,
)
from cityloop.kernel.errors import InvalidInput, TooMany
from cityloop.kernel.sql import prepared_cursor
from cityloop.kernel.translation import _

SALT = "cityloop.intake.public"
LONGEST_PROOF = 4096

ADD = """
-- Adds to a tally, or begins it, and says how much it is now.
INSERT INTO intake_tally (key, count, until) VALUES (%(key)s, %(more)s, %(until)s)
ON CONFLICT (key) DO UPDATE SET count = intake_tally.count + EXCLUDED.count RETURNING count
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks the public page for something, of which city, and when by the machine's clock."""

    address: str
    city: str
    now: datetime

    @property
    def sender(self) -> str:
        return sender_of(self.address)


def take_report(asked: Asked, mode: str, proof: str) -> None:
    """Count a report, a “me too” or a rating, and take the proof of work where one is asked for.

    Raises:
        TooMany: The sender, or the whole city, has had enough for now.
        WorkAsked: A proof of work is needed, and there is none that counts.
    """
    own = _count(asked, REPORTS)
    if _asks(asked, mode, own_reports=own["reports_hour"]):
        _take_proof(asked, proof)


def needs_work(asked: Asked, mode: str) -> bool:
    """Return whether a report that came now would need a proof of work; counts nothing."""
    return _asks(asked, mode, own_reports=_read(asked, Limit("reports_hour", 0, HOUR)) + 1)


def note_refusal(asked: Asked) -> None:
    """Count that somebody was refused: many such are an attack."""
    _add(asked, Limit("refusals", 0, MINUTE, of_city=True))


def take_photo(asked: Asked, size: int) -> None:
    """Count a photo before it is read.

    Raises:
        TooMany: The sender, or the whole city, has sent enough for today.
    """
    _count(asked, PHOTOS)
    for limit in (
        Limit("bytes_day", PHOTO_BYTES_A_DAY, DAY),
        Limit("bytes_city", PHOTO_BYTES_OF_CITY_A_DAY, DAY, of_city=True),
    ):
        if _add(asked, limit, size) > limit.most:
            raise _too_many(limit)


def take_look(asked: Asked, limit: Limit) -> None:
    """Count a question.

    Raises:
        TooMany: There were too many of them.
    """
    _count(asked, [limit])


def refuse_wrong_code(asked: Asked) -> None:
    """Count a follow-up code that does not exist.

    Raises:
        TooMany: There were many such from here: no more is said than that.
    """
    note_refusal(asked)
    if _add(asked, WRONG_CODES) > WRONG_CODES.most:
        raise _too_many(WRONG_CODES)


# --- proofs of work


class WorkAsked(InvalidInput):
    """A proof of work is needed: the page shows the form again with one to do."""

    code = "work_asked"


def new_work(asked: Asked) -> dict[str, Any]:
    """Return a proof of work to be done: signed, for this city, for twenty minutes, taken once."""
    challenge = create_challenge(
        algorithm="SHA-256",
        max_number=SUM_MOST,
        salt_length=12,
        hmac_key=_work_key(),
        salt="",
        number=None,
        expires=asked.now + SUM_HOLDS,
        params={"city": asked.city},
    )
    return challenge.to_dict()


def _take_proof(asked: Asked, proof: str) -> None:
    if not proof:
        raise WorkAsked(
            _("Many people are reporting now. Your device checks itself for a few seconds, then it is sent.")
        )
    again = _("The check was too old, or used already. Your device does it anew, then it is sent.")
    if len(proof) > LONGEST_PROOF or not _is_right(proof, asked.city):
        raise WorkAsked(again)
    digest = hashlib.sha256(Payload.from_base64(proof).challenge.encode()).digest()
    try:
        with transaction.atomic():
            models.SpentProof.objects.create(digest=digest, until=asked.now + 2 * SUM_HOLDS)
    except IntegrityError as exc:
        raise WorkAsked(again) from exc


def _is_right(proof: str, city: str) -> bool:
    try:
        payload = Payload.from_base64(proof)
        is_solved, _why = verify_solution(proof, _work_key(), check_expires=True)
        params = extract_params(payload.to_dict())
    except Exception:  # noqa: BLE001  # whatever a stranger makes up: the library promises no list of what it raises
        return False
    # One without an end would hold for ever; ours all have one.
    return bool(is_solved) and payload.algorithm == "SHA-256" and params.get("city") == [city] and "expires" in params


def _work_key() -> str:
    return salted_hmac(f"{SALT}.work", "", algorithm="sha256").hexdigest()


# --- tallies


def _asks(asked: Asked, mode: str, *, own_reports: int) -> bool:
    if mode != "attack":
        return mode == "always"
    counts = {
        code: max(_read(asked, limit), _read(asked, limit, back=1))
        for code, limit in (
            ("reports", Limit("reports_city", 0, MINUTE, of_city=True)),
            ("refusals", Limit("refusals", 0, MINUTE, of_city=True)),
        )
    }
    return asks_for_work(mode, reports=counts["reports"], refusals=counts["refusals"], own_reports=own_reports)


def _count(asked: Asked, limits: Iterable[Limit]) -> dict[str, int]:
    counts = {}
    for limit in limits:
        counts[limit.code] = _add(asked, limit)
        if counts[limit.code] > limit.most:
            raise _too_many(limit)
    return counts


def _too_many(limit: Limit) -> TooMany:
    seconds = min(int(limit.window.total_seconds()), 3600)
    return TooMany(limit.words, retry_after_seconds=seconds)


def _add(asked: Asked, limit: Limit, more: int = 1) -> int:
    with prepared_cursor() as cursor:
        cursor.execute(
            ADD, {"key": _key(asked, limit), "more": more, "until": _window(asked, limit) + 2 * limit.window}
        )
        [count] = cursor.fetchone()
    return int(count)


def _read(asked: Asked, limit: Limit, *, back: int = 0) -> int:
    found = models.Tally.objects.filter(pk=_key(asked, limit, back=back)).values_list("count", flat=True).first()
    return found or 0


def _window(asked: Asked, limit: Limit, *, back: int = 0) -> datetime:
    """Return when the window began that ``now`` falls into, or one so many windows before."""
    seconds = int(limit.window.total_seconds())
    begun = int(asked.now.timestamp()) // seconds - back
    return datetime.fromtimestamp(begun * seconds, UTC)


def _key(asked: Asked, limit: Limit, *, back: int = 0) -> bytes:
    """Return the key of a tally: of one purpose, one window and one sender or city, and none of them to be read from it.

    The day is in the salt of a sender's: what somebody did today is not to be found again tomorrow.
    """
    of = f"city {asked.city}" if limit.of_city else f"{asked.now:%Y-%m-%d} {asked.sender}"
    told = f"{limit.code} {_window(asked, limit, back=back).isoformat()} {of}"
    return salted_hmac(f"{SALT}.tally", told, algorithm="sha256").digest()


def sweep(now: datetime) -> int:
    """Forget tallies and spent proofs whose time is over; return how many rows went."""
    tallies, _rows = models.Tally.objects.filter(until__lt=now).delete()
    proofs, _more = models.SpentProof.objects.filter(until__lt=now).delete()
    return tallies + proofs
