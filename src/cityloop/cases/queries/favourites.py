"""The classes that somebody wants first in the list."""

from cityloop.cases import models
from cityloop.organisation.rules.staffing import Viewer


def favourite_classes(viewer: Viewer) -> frozenset[str]:
    """Return the keys of a person's favourite classes: one query."""
    if viewer.user_id is None:
        return frozenset()
    return frozenset(models.FavouriteClass.objects.filter(person=viewer.user_id).values_list("category", flat=True))
