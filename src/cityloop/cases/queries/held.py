"""What was read together with a case and is asked for more than once: its events, texts, and the names of people in it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject

from cityloop.cases import models
from cityloop.cases.queries.found import Found, find
from cityloop.cases.queries.words import names_of
from cityloop.organisation.rules.staffing import Viewer

EVENT = ("id", "seq", "action", "at", "person", "post", "via", "from_state", "to_state", "body")
TEXT = ("seq", "field", "text", "personal")


def find_whole(number: str, viewer: Viewer) -> Found:
    """Return the case with this number and all that happened to it, by one query: for its page.

    Raises:
        NotFound: There is none that ``viewer`` may see.
    """
    return find(number, viewer, lambda rows: _with_history(rows, viewer))


def _with_history(rows: Any, viewer: Viewer) -> Any:
    events = models.CaseEvent.objects.filter(case_id=OuterRef("pk")).order_by("seq")
    texts = models.CaseText.objects.filter(case_id=OuterRef("pk")).order_by("seq", "field")
    return rows.annotate(
        held_events=ArraySubquery(events.values(json=JSONObject(**{name: name for name in EVENT}))),
        held_texts=ArraySubquery(texts.values(json=JSONObject(**{name: name for name in TEXT}))),
        is_followed=Exists(models.Following.objects.filter(case_id=OuterRef("pk"), person=viewer.user_id or 0)),
    )


def events_of(found: Found) -> list[models.CaseEvent]:
    """Return a case's events in order: one query, none where they were read with the case."""
    held = found.row.__dict__.get("held_events")
    if held is None:
        return list(models.CaseEvent.objects.filter(case_id=found.row.id).order_by("seq"))
    return [models.CaseEvent(**{**one, "at": datetime.fromisoformat(one["at"])}) for one in held]


def texts_of(found: Found) -> list[models.CaseText]:
    """Return a case's texts by event and field: one query, none where they were read with the case."""
    held = found.row.__dict__.get("held_texts")
    if held is None:
        return list(models.CaseText.objects.filter(case_id=found.row.id).order_by("seq", "field"))
    return [models.CaseText(**one) for one in held]


def names_in(found: Found, ids: Collection[int | None]) -> dict[int, str]:
    """Return the names of people by id: one query for a case that was read whole, however often it is asked."""
    known: dict[int, str] = found.row.__dict__.setdefault("_known_names", {})
    asked: set[int] = found.row.__dict__.setdefault("_asked_names", set())
    wanted = {one for one in ids if one is not None} - asked
    if wanted:
        more = _people_of_events(found) - asked if "held_events" in found.row.__dict__ else set()
        asked |= wanted | more
        known |= names_of({*wanted, *more})
    return known


def _people_of_events(found: Found) -> set[int]:
    """Return who acted, for whom, and who was named in an act."""
    people: set[int] = set()
    for one in found.row.__dict__["held_events"]:
        body, action = orjson.loads(one["body"]), found.loop.actions.get(one["action"])
        people |= {person for person in (one["person"], body.get("for")) if person is not None}
        named = [name for name, need in action.needs.items() if need.type == "person"] if action else []
        people |= {body["in"][name] for name in named if isinstance(body.get("in", {}).get(name), int)}
    return people
