"""For people who change CityLoop: errors in full, nothing cached."""

from cityloop.site.settings.base import *  # noqa: F403

DEBUG = True
