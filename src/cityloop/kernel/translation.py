"""Words for people, in their language: English message ids, Chinese first.

Rules import ``_`` from here and so stay free of Django.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

__all__ = ["_", "lazy", "ngettext"]
