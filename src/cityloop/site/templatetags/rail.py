"""``{% rail %}``: the pages on the left edge of every desk, those of the reader's posts."""

from typing import Any

from django import template

from cityloop.cases.queries.privacy import works_nowhere
from cityloop.kernel.rooms import rooms_for
from cityloop.kernel.translation import language
from cityloop.notices.queries import standing
from cityloop.organisation.pages import WORN, reader
from cityloop.organisation.queries.posts import held_posts, post_lines

register = template.Library()


@register.inclusion_tag("site/_rail.html", takes_context=True)
def rail(context: dict[str, Any]) -> dict[str, Any]:
    request = context["request"]
    viewer = context.get("viewer") or reader(request)  # a page that knows its reader says so, and saves a query
    here = request.resolver_match.url_name if request.resolver_match else ""
    offered = rooms_for(held_posts(viewer), is_public=works_nowhere(viewer))
    rooms = [(room, url) for room, url in offered if room.on_rail]
    marked = next((room.address for room, _url in rooms if room.holds(here)), "")
    is_worn = bool(request.session.get(WORN)) and len(viewer.posts) == 1
    return {
        "rooms": rooms,
        "here": marked,
        "unread": context["unread"] if "unread" in context else standing(viewer).unread,
        "worn": post_lines(viewer, english=not language().startswith("zh"))[0] if is_worn else None,
        "user": request.user,
        "request": request,
    }
