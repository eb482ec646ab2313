"""What belongs to a case: merged and split ones, those of the same part, of the same reporter, and probable duplicates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from cityloop.cases import models
from cityloop.cases.queries.case_detail import latest_texts
from cityloop.cases.queries.duplicates import Probable, probable
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.privacy import is_of_the_public, may_know_reporter, was_reported_by_public
from cityloop.cases.queries.search import calls_from
from cityloop.cases.queries.words import Coded, StateName, words_of
from cityloop.kernel.translation import _

SHOWN = 10
"""Cases in each group: the newest."""

CALLS = 100
"""Cases of one phone that are looked at: the newest."""

COLUMNS = ("id", "number", "jurisdiction", "table_version", "state", "category", "reported_at")


@dataclass(frozen=True, slots=True)
class RelatedCase:
    """Another case. ``why`` says what binds them, "" where the group says it."""

    number: str
    category: Coded
    state: StateName
    reported_at: datetime
    why: str = ""
    mergeable: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Cases that belong to this one in one way."""

    name: str
    cases: list[RelatedCase]


def related(found: Found) -> list[Group]:
    """Return the groups that have a case in them, of those that the case's reader may see; none for one of the public.

    At most eight queries: one for each group (two for duplicates), one for what the case says of itself.
    """
    if is_of_the_public(found):
        return []
    return [group for group in _groups(found) if group.cases]


def _groups(found: Found) -> Iterator[Group]:
    row, values = found.row, found.snapshot.values
    named = [number for number in (values.get("split_from"), *values.get("split_into", ())) if number]
    bound = Q(master=row.id) | Q(number__in=named)
    if row.master is not None:
        bound |= Q(id=row.master) | Q(master=row.master)
    yield Group(_("Merged and split"), [related_case(one, _bond(one, found)) for one in _rows(found, bound)])
    texts = latest_texts(models.CaseText.objects.filter(case_id=row.id))
    lon, lat = values.get("lon"), values.get("lat")
    if lon is not None and lat is not None:
        likely = probable(
            row.jurisdiction, point=(lon, lat), category=row.category, at=row.reported_at,
            text=texts.get("description") or "", part_code=row.part_code, viewer=found.viewer, number=row.number,
        )  # fmt: skip
        yield Group(_("Probable duplicates"), [_likely(one) for one in likely])
    if row.part_code:
        yield Group(_("The same part"), [related_case(one) for one in _rows(found, Q(part_code=row.part_code))])
    if (same := _same_reporter(found, texts.get("reporter_phone"))) is not None:
        yield Group(_("The same reporter"), [related_case(one) for one in _rows(found, same)])


def _same_reporter(found: Found, phone: str | None) -> Q | None:
    """Return what was reported by the same account or from the same phone, to whoever may know the reporter: one query.

    Only in this city: of elsewhere the reader may not know who called.
    """
    if not may_know_reporter(found):
        return None
    # Of a call the account is the acceptor's: it binds nothing.
    same = Q(reporter_user=found.row.reporter_user) if was_reported_by_public(found) else Q()
    # Asked for apart: as a subquery beside another condition it would lead through all cases.
    calls = calls_from(phone).order_by("-case_id").values_list("case_id", flat=True)[:CALLS] if phone else ()
    if ids := list(calls):
        same |= Q(pk__in=ids)
    return same & Q(jurisdiction=found.row.jurisdiction) if same else None


def _rows(found: Found, which: Q) -> list[Any]:
    rows = models.Case.objects.visible_to(found.viewer).filter(which).exclude(pk=found.row.id)
    return list(rows.order_by("-reported_at", "-id").values_list(*COLUMNS, "master", named=True)[:SHOWN])


def _bond(one: Any, found: Found) -> str:
    if one.id == found.row.master:
        return _("this case was merged into it")
    if one.number == found.snapshot.values.get("split_from"):
        return _("this case was split from it")
    if one.master == found.row.id:
        return _("merged into this case")
    if one.master is not None and one.master == found.row.master:
        return _("merged into the same case")
    return _("split from this case")


def related_case(one: Any, why: str = "") -> RelatedCase:
    """Return a case of a list in words."""
    words = words_of(one.jurisdiction, one.table_version)
    return RelatedCase(one.number, words.category(one.category), words.state(one.state), one.reported_at, why)


def _likely(one: Probable) -> RelatedCase:
    return RelatedCase(one.number, one.category, one.state, one.reported_at, one.why, mergeable=one.is_open)
