"""Notices of the loop in words: a notice names an action, and only the city's table knows what that is called."""

from collections.abc import Collection, Mapping, Sequence

from django.urls import reverse

from cityloop.cases import models
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.found import NUMBER_DIGITS
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.queries.words import Words
from cityloop.geography.queries import region_names
from cityloop.notices.wording import Notice, Worded
from cityloop.organisation.rules.staffing import Viewer


def told_by_loop(notices: Sequence[Notice], viewer: Viewer) -> Mapping[int, Worded]:
    """Return what notices about cases say: the action and the case's class and place. One query for all of them.

    A case that the reader sees no more is named by its number alone, without a way to it.
    """
    ours = [one for one in notices if len(one.subject) == NUMBER_DIGITS and one.subject.isdigit()]
    rows = models.Case.objects.visible_to(viewer).filter(number__in={one.subject for one in ours})
    seen = {row.number: row for row in rows.only("number", "jurisdiction", "category", "community")} if ours else {}
    places = _places(seen.values())
    words = {code: Words(table_in_force(code), loop_city(code)) for code in {one.jurisdiction for one in ours}}
    found = {}
    for one in ours:
        of_city, row = words[one.jurisdiction], seen.get(one.subject)
        action = of_city.loop.actions.get(one.kind)
        name = of_city.label(action) if action else one.kind
        if row is None:
            found[one.id] = Worded(name, one.subject)
        else:
            known = (of_city.category(row.category).name, places.get(row.community, ""), row.number)
            about = " · ".join(part for part in known if part)
            found[one.id] = Worded(name, about, reverse("desk-case", args=[row.number]))
    return found


def _places(rows: Collection[models.Case]) -> Mapping[str, str]:
    cities = [loop_city(row.jurisdiction) for row in rows]
    codes = {row.community for row in rows if row.community}
    return region_names(codes, max(home.day for home in cities), version=cities[0].city.versions[0]) if codes else {}
