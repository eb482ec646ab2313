"""What one of the public with an account has reported themselves: theirs alone, with where it stands and what was answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery

from cityloop.cases import models
from cityloop.cases.choices import OPEN_KINDS, Kind
from cityloop.cases.queries.found import Found, find
from cityloop.cases.queries.keyset import Page, newest_first
from cityloop.cases.queries.possible import possible_actions
from cityloop.cases.queries.privacy import is_public, is_reporter
from cityloop.cases.queries.public_view import SHOWN_OF_A_REPORT, rating_words, takes_rating
from cityloop.cases.queries.reckoned import near
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.queries.wording import Wording
from cityloop.cases.queries.words import Coded, Words, words_of
from cityloop.cases.rules.snapshot import snapshot_from_json
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _
from cityloop.organisation.rules.staffing import HeldPost, Viewer

SYSTEM = "system"
"""In whose post a case begins that was split from one that somebody reported."""

SAID = ("address", "description")
"""What reminds somebody of which report it was."""


@dataclass(frozen=True, slots=True)
class OwnReport:
    """A report as its reporter's list shows it.

    Args:
        city: The name of the city that it was reported to.
        said: Where it is, else what was said, in the reporter's own words; "" where they said neither.
        reported: When, as people say it.
        stands: The step that it has come to, in public words; how it ended, where it is over.
        reply: What was answered last, "" where nothing was; ``replied`` says when.
        rating: What it was rated as, "" where it was not.
    """

    number: str
    jurisdiction: str
    city: str
    category: Coded
    said: str
    reported: str
    stands: str
    is_over: bool
    is_refused: bool
    reply: str
    replied: str
    rating: str
    can_rate: bool


@dataclass(frozen=True, slots=True)
class OwnCase:
    """A case that its reader has reported, by number and city, and what they may do with it beside rating it."""

    number: str
    jurisdiction: str
    doing: list[Coded]


class _Text(NamedTuple):
    seq: int
    field: str
    text: str
    at: datetime


def public_posts_of(viewer: Viewer) -> list[HeldPost]:
    """Return the posts in which somebody is one of the public, by the tables of the cities that gave them."""
    return [one for one in viewer.posts if is_public(table_in_force(one.jurisdiction), one.post)]


def as_citizen(viewer: Viewer, jurisdiction: str) -> Viewer | None:
    """Return somebody as one of the public of a city, in that post alone; None where they are of the public nowhere.

    Who is a citizen of one city is one in the next too: in the post that its table gives to all.
    """
    held = public_posts_of(viewer)
    if (here := next((one for one in held if one.jurisdiction == jurisdiction), None)) is not None:
        return viewer.wearing(here.key)
    loop = table_in_force(jurisdiction)
    post = next((post for post in loop.posts if loop.is_public(post)), None)
    if not held or post is None:
        return None
    return replace(viewer, posts=(HeldPost(post, jurisdiction),), jurisdictions=frozenset({jurisdiction}))


def own_reports(viewer: Viewer, *, cursor: str = "", limit: int = 20) -> Page[OwnReport]:
    """Return a page of what somebody reported as one of the public, newest first: at most three queries, and the cities'.

    Raises:
        InvalidInput: The cursor is not one of this list.
    """
    if viewer.user_id is None:
        return Page([], None)
    posts = {SYSTEM}
    for code in {held.jurisdiction for held in public_posts_of(viewer)}:
        loop = table_in_force(code)
        posts |= set(filter(loop.is_public, loop.posts))
    begun = models.CaseEvent.objects.filter(case_id=OuterRef("pk"), seq=1, post__in=sorted(posts))
    rows = models.Case.objects.filter(Exists(begun), reporter_user=viewer.user_id).defer("location")
    found, following = newest_first(rows, "own reports", cursor, limit)
    goes_on = _goes_on(found)
    words = cache(words_of)
    answers = {
        name
        for row in (*found, *goes_on.values())
        for name in words(row.jurisdiction, row.table_version).loop.public_sees.inputs
    }
    texts = _texts({row.pk for row in found}, {row.pk for row in goes_on.values()}, answers)
    lines = [_line(row, goes_on.get(row.pk, row), texts, words, viewer) for row in found]
    return Page(lines, following)


def own_case(number: str, viewer: Viewer) -> OwnCase:
    """Return a case that its reader has reported: one query, and the city's.

    Raises:
        NotFound: There is none, or somebody else has reported it.
    """
    found = find(number, viewer)
    if not is_reporter(found):
        raise NotFound(_("There is no report of yours under this number."))
    words, rates = Words(found.loop, found.city), found.loop.act("rates")
    # In a post that they hold there: the forms behind these know no other, as that of a citizen from the next city.
    here = next((one for one in public_posts_of(viewer) if one.jurisdiction == found.row.jurisdiction), None)
    possible = possible_actions(found, viewer.wearing(here.key), found.now) if here else []
    takes = [one.action for one in possible if not one.why_not and one.action != rates]
    doing = [Coded(action.code, words.label(action)) for action in takes]
    return OwnCase(found.row.number, found.row.jurisdiction, doing)


def _goes_on(rows: Iterable[models.Case]) -> Mapping[UUID, models.Case]:
    """Return by the id of a case that was merged the one that goes on for it: one query, none without any.

    One that was merged again is followed on its own page.
    """
    masters = {row.pk: UUID(str(master)) for row in rows if (master := row.snapshot.get("values", {}).get("master"))}
    if not masters:
        return {}
    known = models.Case.objects.defer("location").in_bulk(list(masters.values()))
    return {pk: known[master] for pk, master in masters.items() if master in known}


def _texts(own: set[UUID], common: set[UUID], answers: set[str]) -> Mapping[UUID, list[_Text]]:
    """Return texts by case: the reader's own first words, and what was answered to them or to all."""
    shown: dict[UUID, list[_Text]] = {}
    which = Q(case_id__in=own, seq=SHOWN_OF_A_REPORT, field__in=SAID) | Q(
        case_id__in=own | common, seq__gt=SHOWN_OF_A_REPORT, field__in=answers
    )
    event = models.CaseEvent.objects.filter(case_id=OuterRef("case_id"), seq=OuterRef("seq"))
    rows = models.CaseText.objects.filter(which, personal=False, text__isnull=False).order_by("case_id", "seq", "field")
    when = rows.annotate(when=Subquery(event.values("at")[:1]))
    for case, *told in when.values_list("case_id", "seq", "field", "text", "when"):
        shown.setdefault(case, []).append(_Text(*told))
    return shown


def _line(
    own: models.Case, row: models.Case, texts: Mapping[UUID, list[_Text]], words_of_: Any, viewer: Viewer
) -> OwnReport:
    """Return a report as it is shown: ``row`` is the case that goes on for it, mostly itself."""
    words: Words = words_of_(row.jurisdiction, row.table_version)
    snapshot = snapshot_from_json(row.snapshot)
    found = Found(row, words.loop, words.city, snapshot, words.now, viewer, ())
    state = words.state(row.state)
    said = {one.field: one.text for one in texts.get(own.pk, ()) if one.seq == SHOWN_OF_A_REPORT}
    shown = words.loop.public_sees.inputs
    last = next(
        (one for one in reversed(texts.get(row.pk, ())) if one.field in shown and one.seq > SHOWN_OF_A_REPORT), None
    )
    wording = Wording(words, {})
    rating, rates = str(snapshot.flags.get(words.loop.flag("satisfaction"), "")), words.loop.act("rates")
    return OwnReport(
        number=own.number,
        jurisdiction=own.jurisdiction,
        city=_city_name(words_of_(own.jurisdiction, own.table_version)),
        category=words.category(own.category),
        said=next((said[field] for field in SAID if said.get(field)), ""),
        reported=near(own.reported_at, wording, words.now),
        stands=state.name if state.kind not in OPEN_KINDS else words.label(words.loop.steps[_step_of(words, row)]),
        is_over=state.kind not in OPEN_KINDS,
        is_refused=state.kind is Kind.VOID,
        reply=last.text if last else "",
        replied=near(last.at, wording, words.now) if last else "",
        # Of a case that goes on for several reports nobody knows whose rating it is.
        rating=rating_words(words, rating)
        if rating and row is own and snapshot.flags.get(words.loop.flag("rated"))
        else "",
        can_rate=not rating and rates is not None and takes_rating(found, rates),
    )


def _step_of(words: Words, row: models.Case) -> str:
    return words.loop.states[row.state].step


def _city_name(words: Words) -> str:
    city = words.city.city
    return city.name if words.is_chinese else city.name_en or city.name
