"""Words for people, in their language: English message ids, Chinese first.

Rules import ``_`` from here and so stay free of Django.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop as noop
from typing_extensions import override

__all__ = ["Said", "_", "how_said", "language", "lazy", "listed", "ngettext", "noop", "said_again"]


class Said(str):
    """A text in the language of now that remembers by which words it was said, so that it can be said again in another's."""

    __slots__ = ("message_id", "parameters")

    message_id: str
    parameters: Mapping[str, object]

    @override
    def __mod__(self, parameters: Any) -> str:
        text = super().__mod__(parameters)
        return _remembered(text, self.message_id, parameters) if isinstance(parameters, Mapping) else text


def _remembered(text: str, message_id: str, parameters: Mapping[str, object]) -> str:
    said = Said(text)
    said.message_id, said.parameters = message_id, parameters
    return said


def _(message_id: str) -> str:
    """Return a text in the language of now by its English id."""
    return _remembered(gettext(message_id), message_id, {})


def how_said(text: object) -> Any:
    """Return as JSON how a text was said, its parameters likewise; a text that does not remember stays as it is."""
    if isinstance(text, Said):
        return {"id": text.message_id, "with": {name: how_said(one) for name, one in text.parameters.items()}}
    return text if isinstance(text, (int, float)) else str(text)


def said_again(how: Any) -> Any:
    """Return in the language of now what ``how_said`` kept."""
    if not isinstance(how, Mapping):
        return how
    given = {name: said_again(one) for name, one in how["with"].items()}
    return _(how["id"]) % given if given else _(how["id"])


def language() -> str:
    """Return the code of the language in which people are spoken to now: what picks a side of a two-sided label."""
    return get_language() or settings.LANGUAGE_CODE


def listed(words: Iterable[object]) -> str:
    """Return several names as one text, for a sentence in the language of now: Chinese divides them by its own sign."""
    return ("、" if language().startswith("zh") else ", ").join(map(str, words))
