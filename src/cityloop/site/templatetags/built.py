"""``{% built "main.ts" %}``: the tags that load an entry of the front end."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from cityloop.site import assets

register = template.Library()


@register.simple_tag
def built(name: str) -> SafeString:
    entry = assets.built(name)
    return (
        format_html_join("", '<link rel="stylesheet" href="{}">', ((static(path),) for path in entry.styles))
        + format_html_join("", '<link rel="modulepreload" href="{}">', ((static(path),) for path in entry.preloads))
        + format_html_join("", '<script type="module" src="{}"></script>', [(static(entry.script),)])
    )
