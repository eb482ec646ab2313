"""What lies in the store and stands in no row: traces of processes that were killed between the one and the other."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from cityloop.kernel.disk import sweep_left
from cityloop.media import handouts, models, store
from cityloop.media.choices import State

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
FOLDERS, HOURS = 256, 24
AT_ONCE = 1000
"""Contents that are looked up in one statement."""

MOST = 100
"""Keys in one run. More are no traces of killed processes: this is another database than the store's, and all would be lost."""


def remove_strays(*, now: datetime) -> int:
    """Take out what has lain in the store for a day without a row, or longer than its erasure; return how many keys.

    One run looks at a twenty-fourth of each city's folders, by the hour of ``now``: at each of them once a day.

    Raises:
        Unavailable: The store does not answer; the rest is found tomorrow.
    """
    sweep_left(store.work_place(), before=now - DAY)
    found = [*_handouts_without_row()]
    cities = models.File.objects.order_by("jurisdiction").values_list("jurisdiction", flat=True).distinct()
    for jurisdiction in [*cities]:
        for number in range(int(now.timestamp()) // 3600 % HOURS, FOLDERS, HOURS):
            for key in _strays_in(jurisdiction, f"{number:02x}"):
                found.append(key)
                if len(found) > MOST:
                    logger.warning("too much in the store is in no row, %s among it: is this its database?", key)
                    return 0
    # Asked last of all: what is sent again meanwhile is stored anew, and young.
    removed = 0
    for key in found:
        if store.stored_at(key) < now - DAY:
            store.delete(key)
            removed += 1
    if removed:
        logger.info("%d keys without a row taken out of the store", removed)
    return removed


def _strays_in(jurisdiction: str, digits: str) -> Iterator[str]:
    place = f"{jurisdiction}/{digits}"
    contents, _keys = store.listed(place)
    for first in range(0, len(contents), AT_ONCE):
        some = contents[first : first + AT_ONCE]
        rows = models.File.objects.filter(jurisdiction=jurisdiction, sha256__in=some).exclude(state=State.ERASED)
        for sha256 in sorted({*some} - {*rows.values_list("sha256", flat=True)}):
            _folders, names = store.listed(f"{place}/{sha256}")
            yield from (f"{place}/{sha256}/{name}" for name in names)


def _handouts_without_row() -> Iterator[str]:
    """Yield handouts whose database was put back to an earlier state, or that were stored while they expired."""
    _folders, names = store.listed(handouts.PLACE)
    for first in range(0, len(names), AT_ONCE):
        some = {name: name_id for name in names[first : first + AT_ONCE] if (name_id := _uuid(name))}
        known = {*models.Handout.objects.filter(pk__in=some.values()).values_list("pk", flat=True)}
        yield from (f"{handouts.PLACE}/{name}" for name, name_id in sorted(some.items()) if name_id not in known)


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
