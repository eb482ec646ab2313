"""Words for people, in their language: English message ids, Chinese first.

Rules import ``_`` from here and so stay free of Django.
"""

from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop as noop

__all__ = ["_", "language", "lazy", "listed", "ngettext", "noop"]


def language() -> str:
    """Return the code of the language in which people are spoken to now: what picks a side of a two-sided label."""
    return get_language() or settings.LANGUAGE_CODE


def listed(words: Iterable[object]) -> str:
    """Return several names as one text, for a sentence in the language of now: Chinese divides them by its own sign."""
    return ("、" if language().startswith("zh") else ", ").join(map(str, words))
