"""Whether the photos of cases are still those that were sent: each original in the store beside the digest that is its name."""

from collections.abc import Iterable, Iterator

import orjson
from django.db.models import Max

from cityloop.cases import models
from cityloop.cases.queries.files import cases_of
from cityloop.cases.queries.finding import Finding, Unsaid, said
from cityloop.media.queries import Original, Place

NAMED = 5
"""Cases that are named, of those on which a file hangs."""


def differing(originals: Iterable[Original]) -> Iterator[Finding]:
    """Yield a finding for each original that is missing, or is another one than was sent."""
    for one in originals:
        if not one.is_same:
            yield Finding(_subject(one.place), said("original"), _what(one))


def _subject(place: Place) -> Unsaid:
    city, sha256 = place
    return said("file %(sha256)s of %(city)s", sha256=sha256, city=city)


def _what(one: Original) -> Unsaid:
    numbers = [number for _id, number in cases_of([one.place]).get(one.place, ())]
    cases = ", ".join(numbers[:NAMED]) + (" …" if len(numbers) > NAMED else "")
    if one.is_there and numbers:
        return said("is not the one that was sent; it hangs on %(cases)s", cases=cases)
    if one.is_there:
        return said("is not the one that was sent")
    if numbers:
        return said("is missing in the store; it hangs on %(cases)s", cases=cases)
    return said("is missing in the store")


def found_before() -> set[Place]:
    """Return the files of which something was found by the last run over everything, or by one since then."""
    rows = models.Verification.objects.exclude(told="").order_by("id")
    if last := rows.model.objects.filter(whole=True).aggregate(last=Max("id"))["last"]:
        rows = rows.filter(id__gte=last)
    mark = _subject(("", "")).text
    lines = (line for told in rows.values_list("told", flat=True) for line in told.splitlines())
    subjects = (orjson.loads(line)[0] for line in lines if line.startswith("["))
    return {(one[1]["city"], one[1]["sha256"]) for one in subjects if not isinstance(one, str) and one[0] == mark}
