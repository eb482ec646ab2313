"""Keeping the classes that somebody wants first in the list."""

from django.db import transaction

from cityloop.cases import models
from cityloop.cases.queries import loop_city
from cityloop.kernel.alone import in_turn
from cityloop.kernel.errors import InvalidInput, NotFound
from cityloop.kernel.translation import _
from cityloop.organisation.rules.staffing import Viewer

MOST = 30
"""Favourites of one person: more are no short list any longer."""


def like_class(viewer: Viewer, category: str, *, is_favourite: bool) -> None:
    """Keep a class among ``viewer``'s favourites, or no more; done twice it is done once.

    Raises:
        NotFound: No city in which they have a post uses the class.
        InvalidInput: There are too many.
    """
    if viewer.user_id is None:
        raise NotFound(_("Your city uses no such class."))
    mine = models.FavouriteClass.objects.filter(person=viewer.user_id)
    if not is_favourite:
        mine.filter(category=category).delete()
        return
    if not any(category in loop_city(held.jurisdiction).categories for held in viewer.posts):
        raise NotFound(_("Your city uses no such class."))
    with transaction.atomic():
        in_turn("cases", f"favourites of {viewer.user_id}")
        if mine.exclude(category=category).count() >= MOST:
            raise InvalidInput(_("You have %(most)d favourite classes: take a star away first.") % {"most": MOST})
        models.FavouriteClass.objects.bulk_create(
            [models.FavouriteClass(person=viewer.user_id, category=category)], ignore_conflicts=True
        )
