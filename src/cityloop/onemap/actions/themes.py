"""Themes of the map: saved, called otherwise, given to all, deleted. Who may do so is told by the caller as cities."""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from cityloop.kernel.errors import Conflict, NotAllowed, NotFound, TooMany
from cityloop.kernel.translation import _
from cityloop.onemap.models import MapTheme
from cityloop.onemap.rules.themes import checked_state, checked_title

logger = logging.getLogger(__name__)

MOST = 200
"""Themes that one person, or one city, keeps."""


@transaction.atomic
def save_theme(
    owner: int, *, title: Any, state: Any, jurisdiction: str, may_share: Collection[str], now: datetime
) -> MapTheme:
    """Keep how the map is shown, for oneself or, with ``jurisdiction``, for all the staff of a city.

    Args:
        may_share: Codes of the cities whose data the owner keeps.

    Raises:
        InvalidInput: Title or state are not of the form that ``rules.themes`` names.
        NotAllowed: It is to be the theme of a city whose data they do not keep.
        Conflict: There is one of this name.
        TooMany: There are ``MOST`` already.
    """
    title, state = checked_title(title), checked_state(state)
    if jurisdiction and jurisdiction not in may_share:
        raise NotAllowed(_("Only those who keep the city's data save a theme for all. Save it for yourself."))
    theirs = {"jurisdiction": jurisdiction} if jurisdiction else {"jurisdiction": "", "owner": owner}
    if MapTheme.objects.filter(**theirs).count() >= MOST:
        raise TooMany(_("There are %(most)d themes already. Delete one that is not needed any more.") % {"most": MOST})
    try:
        with transaction.atomic():
            theme = MapTheme.objects.create(
                owner=owner, jurisdiction=jurisdiction, title=title, state=state, changed_at=now
            )
    except IntegrityError:
        raise _taken(title) from None
    logger.info("theme %s of the map: saved by %s for %s", theme.pk, owner, jurisdiction or "themselves")
    return theme


@transaction.atomic
def change_theme(
    theme_id: int, owner: int, *, may_share: Collection[str], now: datetime, title: Any = None, state: Any = None
) -> MapTheme:
    """Call a theme otherwise, or keep another state in it; None leaves what is.

    Raises:
        NotFound: There is no such theme that they may change.
        InvalidInput: Title or state are not of the form that ``rules.themes`` names.
        Conflict: Another has this name.
    """
    theme = _locked(theme_id, owner, may_share)
    if title is not None:
        theme.title = checked_title(title)
    if state is not None:
        theme.state = checked_state(state)
    theme.changed_at = now
    try:
        with transaction.atomic():
            theme.save(update_fields=["title", "state", "changed_at"])
    except IntegrityError:
        raise _taken(theme.title) from None
    return theme


@transaction.atomic
def delete_theme(theme_id: int, owner: int, *, may_share: Collection[str]) -> None:
    """Delete a theme.

    Raises:
        NotFound: There is no such theme that they may change.
    """
    _locked(theme_id, owner, may_share).delete()
    logger.info("theme %s of the map: deleted by %s", theme_id, owner)


def _locked(theme_id: int, owner: int, may_share: Collection[str]) -> MapTheme:
    theme = MapTheme.objects.visible_to(owner, may_share).select_for_update().filter(pk=theme_id).first()
    if theme is None:
        raise NotFound(_("There is no such theme that you may change."))
    return theme


def _taken(title: str) -> Conflict:
    return Conflict(_("There is a theme “%(title)s” already. Choose another name.") % {"title": title})
