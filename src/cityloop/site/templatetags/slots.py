"""``{% slot "desk-top" %}``: what rooms show in a named place of a page (``kernel.slots``).

``{% slot "sign-in" next=next %}`` tells them something of the page around.
"""

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from cityloop.kernel.slots import panels_in
from cityloop.organisation.pages import reader

register = template.Library()


@register.simple_tag(takes_context=True)
def slot(context: dict[str, Any], name: str, **around: Any) -> SafeString:
    request = context["request"]
    viewer = context.get("viewer") or (reader(request) if request.user.is_authenticated else None)
    shown = (render_to_string(page, {**around, **told}, request) for page, told in panels_in(name, request, viewer))
    return mark_safe("".join(shown))  # noqa: S308  # each is a template's, escaped there
