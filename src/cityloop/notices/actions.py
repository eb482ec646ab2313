"""Telling people, and what they have read."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import F
from django.db.models.functions import Greatest

from cityloop.notices import models


class Party(NamedTuple):
    """Who is told: everybody in ``post``, of one department where given, or one person."""

    post: str
    department_id: int | None
    person: int | None


def tell(jurisdiction: str, kind: str, subject: str, parties: Iterable[Party], *, at: datetime) -> None:
    """Put a notice before each of ``parties``; it is there when the caller's transaction is."""
    models.Notice.objects.bulk_create(
        models.Notice(jurisdiction=jurisdiction, kind=kind, subject=subject, at=at, **party._asdict())
        for party in sorted(parties, key=str)
    )


def mark_read(person: int, read_to: int) -> None:
    """Note that ``person`` has read up to the notice ``read_to``; reading never goes back."""
    models.Reading.objects.bulk_create([models.Reading(person=person, read_to=read_to)], ignore_conflicts=True)
    models.Reading.objects.filter(pk=person).update(read_to=Greatest(F("read_to"), read_to))
