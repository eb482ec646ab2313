"""People on the map: the staff of a city are found by their names, where they work."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Q

from cityloop.geography import queries as geography
from cityloop.geography.rules.located import Extent
from cityloop.kernel.translation import lazy as _
from cityloop.onemap.registry import register_finder
from cityloop.onemap.rules import Found, Look
from cityloop.organisation import models
from cityloop.organisation.choices import Sight
from cityloop.organisation.queries.cities import city
from cityloop.organisation.queries.posts import post_names
from cityloop.organisation.queries.scope import scope
from cityloop.organisation.rules.staffing import STANDARD_POSTS, Viewer

MOST = 10

PUBLIC_POSTS = frozenset(code for code, post in STANDARD_POSTS.items() if post.sight is Sight.OWN)
"""Posts of the public: nobody is found by one of them."""


def seen_among(viewer: Viewer, user_ids: Collection[int], day: date) -> set[int]:
    """Return those of these members of the staff whom ``viewer`` sees: whose department, grid or city is among theirs."""
    rows = models.Appointment.objects.filter(
        scope(viewer, departments=["department__path"], people=["user_id"], duty_grid="duty_grid"),
        Q(valid_to=None) | Q(valid_to__gt=day),
        user_id__in=user_ids,
        valid_from__lte=day,
    )
    return set(rows.values_list("user_id", flat=True))


def find_people(words: str, look: Look) -> list[Found]:
    """Look members of the staff up by a piece of their name: those whose department, grid or city the viewer sees.

    Each stands in their duty grid, where they have one; of the others only the post is told. One of the public is never found.
    """
    held = Q(pk__in=())
    for moment in look.cities:
        lasts = Q(valid_to=None) | Q(valid_to__gt=moment.today)
        held |= Q(lasts, jurisdiction=moment.jurisdiction, valid_from__lte=moment.today)
    own = models.Post.objects.filter(sight=Sight.OWN).values("code")
    rows = (
        models.Appointment.objects.filter(
            scope(look.viewer, departments=["department__path"], people=["user_id"], duty_grid="duty_grid"),
            held,
            user__is_active=True,
        )
        .filter(Q(user__display_name__icontains=words) | Q(user__display_name="", user__username__icontains=words))
        .exclude(post__in=PUBLIC_POSTS)
        .exclude(post__in=own)
        .select_related("user", "department")
        .order_by("user__display_name", "user_id", "jurisdiction", "post", "id")[:MOST]
    )
    found = list(rows)
    names = post_names(frozenset(row.jurisdiction for row in found), english=not look.language.startswith("zh"))
    boxes = _boxes(found)
    return [
        Found(
            str(row.user),
            " · ".join(filter(None, [
                names.get((row.jurisdiction, row.post)) or names.get(("", row.post)) or row.post,
                row.department.name if row.department else "",
                row.duty_grid,
            ])),
            boxes.get((row.jurisdiction, row.duty_grid)),
        )
        for row in found
    ]  # fmt: skip


def _boxes(rows: Iterable[models.Appointment]) -> dict[tuple[str, str], Extent]:
    """Return the boxes around the duty grids of appointments, by city and code."""
    grids: dict[str, set[str]] = {}
    for row in rows:
        if row.duty_grid:
            grids.setdefault(row.jurisdiction, set()).add(row.duty_grid)
    return {
        (code, grid): box
        for code, wanted in grids.items()
        for grid, box in geography.duty_grid_boxes(code, wanted, city(code).today()).items()
    }


register_finder("people", _("People"), find_people)
