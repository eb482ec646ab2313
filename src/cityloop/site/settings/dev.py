"""For people who change CityLoop: errors in full, nothing cached."""

from cityloop.site.settings.base import *  # noqa: F403

DEBUG = True
SECRET_KEY = "for development only"  # noqa: S105 # fixed, so that reading the settings (mypy does) writes no file
