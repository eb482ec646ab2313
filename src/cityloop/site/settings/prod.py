"""What ``cityloop up`` runs with."""

from cityloop.site.settings.base import *  # noqa: F403
