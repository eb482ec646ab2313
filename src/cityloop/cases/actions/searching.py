"""Searches that leave something behind: a look at who called, a phone number for an hour, a search that is kept."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from secrets import token_urlsafe
from uuid import UUID

from django.db import IntegrityError, transaction

from cityloop.cases import models
from cityloop.cases.choices import Shown, Via
from cityloop.cases.queries.keyset import Page
from cityloop.cases.queries.rights import knowing_posts
from cityloop.cases.queries.saved import owner_of
from cityloop.cases.queries.search import Hit, Search, phones_known, search_page
from cityloop.kernel.alone import in_turn
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, InvalidInput, NotFound
from cityloop.kernel.translation import _
from cityloop.organisation.rules.staffing import Viewer

MOST_SAVED = 20
PHONE_HOLDS = timedelta(hours=1)
"""How long a key stands for a phone number that somebody looks for."""


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
    at, knowing = machine_now(), knowing_posts(viewer)
    looks = [
        models.ReporterLook(
            case_id=case,
            jurisdiction=code,
            person=viewer.user_id,
            post=knowing.get(code, ""),
            at=at,
            via=via,
            page=page,
            fields=fields,
        )
        for case, code in cases
    ]
    models.ReporterLook.objects.bulk_create(looks)


def phone_key(viewer: Viewer, phone: str, *, now: datetime | None = None) -> str:
    """Return the key that stands for a phone number in addresses: for whoever looks for it alone, for an hour.

    Raises:
        NotAllowed: The viewer may not know who reported.
    """
    phones_known(viewer)
    row, _is_new = models.SoughtPhone.objects.update_or_create(
        owner=owner_of(viewer), phone=phone.replace("\0", "").strip()[:30], defaults={"at": now or machine_now()},
        create_defaults={"key": token_urlsafe(15), "at": now or machine_now()},
    )  # fmt: skip
    return row.key


def phone_of(owner: int, key: str, *, now: datetime | None = None) -> str:
    """Return the phone number for which a key of ``owner`` stands; "" without a key.

    Raises:
        InvalidInput: It stands for none, or no more.
    """
    if not key:
        return ""
    since = (now or machine_now()) - PHONE_HOLDS
    row = models.SoughtPhone.objects.filter(pk=key.replace("\0", "")[:40], owner=owner, at__gt=since).first()
    if row is None:
        raise InvalidInput(_("A phone number that was looked for is forgotten after an hour. Type it again."))
    return row.phone


def forget_phones(*, now: datetime | None = None) -> int:
    """Forget the phone numbers that were looked for longer than an hour ago; return how many."""
    return models.SoughtPhone.objects.filter(at__lte=(now or machine_now()) - PHONE_HOLDS).delete()[0]


def save_search(viewer: Viewer, name: str, query: str) -> None:
    """Keep a search for ``viewer`` under a name of theirs.

    Raises:
        InvalidInput: It has no name, or asks for nothing.
        Conflict: There is one of that name, or there are too many.
    """
    name = name.strip()
    if not name or not query:
        raise InvalidInput(_("Give the search a name, and look for something first."))
    try:
        with transaction.atomic():
            in_turn("cases", f"searches of {owner_of(viewer)}")
            if models.SavedSearch.objects.filter(owner=owner_of(viewer)).count() >= MOST_SAVED:
                raise Conflict(_("You have kept %(most)d searches. Delete one first.") % {"most": MOST_SAVED})
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
