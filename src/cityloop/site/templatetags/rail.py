"""``{% rail %}``: the pages on the left edge of every desk, those of the reader's posts."""

from typing import Any

from django import template

from cityloop.kernel.rooms import rooms_for
from cityloop.organisation.queries import viewer_now

register = template.Library()


@register.inclusion_tag("site/_rail.html", takes_context=True)
def rail(context: dict[str, Any]) -> dict[str, Any]:
    request = context["request"]
    viewer = context.get("viewer") or viewer_now(
        request.user.pk
    )  # a page that knows its reader says so, and saves a query
    posts = {held.post for held in viewer.posts}
    here = request.resolver_match.url_name if request.resolver_match else ""
    # What has no place of its own on the rail belongs to the one whose address its own begins with.
    rooms = [(room, url) for room, url in rooms_for(posts) if room.on_rail]
    names = [room.address for room, _url in rooms]
    standing = max((name for name in names if here == name or here.startswith(f"{name}-")), key=len, default="")
    return {"rooms": rooms, "here": standing, "user": request.user, "request": request}
