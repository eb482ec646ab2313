"""What a command runs with that only looks: it makes no data folder, and no secret in it."""

from cityloop.site.paths import passing_key
from cityloop.site.settings.base import *  # noqa: F403
from cityloop.site.settings.base import DATA, SECRET_KEY

SECRET_KEY = SECRET_KEY or passing_key(DATA)
