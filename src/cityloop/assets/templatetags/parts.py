"""What the templates of the parts ask for."""

from urllib.parse import parse_qsl

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def fields_of_query(query: str) -> SafeString:
    """Return the query of an address as fields of a form that nobody sees."""
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', parse_qsl(query))
