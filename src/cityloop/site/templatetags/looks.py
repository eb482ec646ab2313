"""``{% looks as now %}``: how the pages look and sound in the browser that asks."""

from typing import Any

from django import template

from cityloop.site.looks import Looks, looks_of

register = template.Library()


@register.simple_tag(takes_context=True)
def looks(context: dict[str, Any]) -> Looks:
    request = context.get("request")
    return looks_of(request) if request is not None else Looks("", sound=False)
