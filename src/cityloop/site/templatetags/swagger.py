"""``{% swagger_words as words %}``: what Swagger UI says by itself, in the reader's language."""

from django import template

from cityloop.site import swagger_words as spoken

register = template.Library()


@register.simple_tag
def swagger_words() -> dict[str, str]:
    return spoken.swagger_words()
