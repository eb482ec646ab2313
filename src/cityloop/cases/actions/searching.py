"""Searches that leave something behind: a look at who called, a search that is kept, a list that is written out."""

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction

from cityloop.cases import models
from cityloop.cases.choices import Shown, Via
from cityloop.cases.queries.keyset import Page
from cityloop.cases.queries.privacy import TRUSTED
from cityloop.cases.queries.saved import owner_of
from cityloop.cases.queries.search import Hit, Search, search_page
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, InvalidInput, NotFound
from cityloop.kernel.translation import _
from cityloop.organisation.rules.staffing import Viewer

MOST_SAVED = 20


def search(viewer: Viewer, wanted: Search, *, cursor: str = "") -> Page[Hit]:
    """Return a page of what is looked for; who looks by a phone number learns who called, and that is written down."""
    page = search_page(viewer, wanted, cursor=cursor)
    if wanted.phone:
        note_looks(viewer, ((hit.case, hit.line.jurisdiction) for hit in page.items), Shown.SEARCH, ["reporter_phone"])
    return page


def note_looks(
    viewer: Viewer, cases: Iterable[tuple[UUID, str]], page: Shown, fields: list[str], via: Via = Via.DESK
) -> None:
    """Write down that ``viewer`` was shown who reported ``cases`` (id and city): one statement."""
    at = machine_now()
    looks = [
        models.ReporterLook(
            case_id=case,
            jurisdiction=code,
            person=viewer.user_id,
            post=next(
                (one.post for one in viewer.posts if one.post in TRUSTED and code in {one.jurisdiction, *one.below}), ""
            ),
            at=at,
            via=via,
            page=page,
            fields=fields,
        )
        for case, code in cases
    ]
    models.ReporterLook.objects.bulk_create(looks)


def save_search(viewer: Viewer, name: str, query: str) -> None:
    """Keep a search for ``viewer`` under a name of theirs.

    Raises:
        InvalidInput: It has no name, or asks for nothing.
        Conflict: There is one of that name, or there are too many.
    """
    name = name.strip()
    if not name or not query:
        raise InvalidInput(_("Give the search a name, and look for something first."))
    if models.SavedSearch.objects.filter(owner=owner_of(viewer)).count() >= MOST_SAVED:
        raise Conflict(_("You have kept %(most)d searches. Delete one first.") % {"most": MOST_SAVED})
    try:
        with transaction.atomic():
            models.SavedSearch.objects.create(owner=owner_of(viewer), name=name[:40], query=query[:4000])
    except IntegrityError as exc:
        raise Conflict(_("You have kept a search by this name already.")) from exc


def delete_search(viewer: Viewer, search_id: int) -> None:
    """Forget a search of one's own.

    Raises:
        NotFound: There is none.
    """
    if not models.SavedSearch.objects.filter(pk=search_id, owner=owner_of(viewer)).delete()[0]:
        raise NotFound(_("There is no such search of yours."))
