"""Which themes of the map there are for somebody."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _
from cityloop.onemap.models import MapTheme


@dataclass(frozen=True, slots=True)
class SavedTheme:
    """A theme as a list shows it. ``jurisdiction`` is ``""`` for one's own."""

    id: int
    title: str
    jurisdiction: str
    state: dict[str, Any]
    may_change: bool

    def told(self) -> dict[str, Any]:
        return {"id": self.id, "title": self.title, "city": self.jurisdiction, "mayChange": self.may_change}


def themes(owner: int, cities: Collection[str], may_share: Collection[str]) -> list[SavedTheme]:
    """Return the themes that somebody sees, those of the cities first, by title.

    Args:
        cities: Codes of those in which they are one of the staff.
        may_share: Codes of those whose data they keep.
    """
    rows = MapTheme.objects.visible_to(owner, cities).order_by("-jurisdiction", "title", "id")
    return [_saved(row, may_share) for row in rows]


def theme(theme_id: int, owner: int, cities: Collection[str], may_share: Collection[str]) -> SavedTheme:
    """Return one of the themes that somebody sees.

    Raises:
        NotFound: There is none of this number for them.
    """
    row = MapTheme.objects.visible_to(owner, cities).filter(pk=theme_id).first()
    if row is None:
        raise NotFound(_("There is no such theme for you. Whoever saved it may have deleted it."))
    return _saved(row, may_share)


def _saved(row: MapTheme, may_share: Collection[str]) -> SavedTheme:
    may_change = row.jurisdiction == "" or row.jurisdiction in may_share
    return SavedTheme(row.pk, row.title, row.jurisdiction, row.state, may_change)
