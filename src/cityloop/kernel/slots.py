"""Named places on pages that rooms fill which the page does not know: a bar over the desks, buttons at the door."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Panel:
    """What a room shows in a slot.

    Args:
        slot: Name of the place: ``desk-top`` (a line over every desk), ``sign-in`` (under the form at the door).
        template: What is rendered.
        told: Called with the request and who reads (None at the door); returns the template's context, None to show nothing.
        order: Where it stands among the others.
    """

    slot: str
    template: str
    told: Callable[[HttpRequest, Any], Mapping[str, Any] | None]
    order: int = 50


_panels: dict[tuple[str, str], Panel] = {}


def register(*panels: Panel) -> None:
    """Fill slots; called once, when the app that the panels belong to is ready."""
    for panel in panels:
        _panels[panel.slot, panel.template] = panel


def panels_in(slot: str, request: HttpRequest, reader: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield template and context of what is shown to ``reader`` in a slot, in order."""
    for panel in sorted(_panels.values(), key=lambda one: one.order):
        if panel.slot == slot and (context := panel.told(request, reader)) is not None:
            yield panel.template, context
