"""``{% account as led_to %}``: where the head of a public page leads whoever is signed in."""

from typing import Any

from django import template

from cityloop.cases.queries.own_reports import public_posts_of
from cityloop.organisation.pages import reader

register = template.Library()


@register.simple_tag(takes_context=True)
def account(context: dict[str, Any]) -> str:
    """Return ``mine`` for a citizen with an account, ``desk`` for whoever works here, "" without an account."""
    request = context["request"]
    if not request.user.is_authenticated:
        return ""
    viewer = reader(request)
    if public_posts_of(viewer):
        return "mine"
    return "desk" if viewer.posts else ""
