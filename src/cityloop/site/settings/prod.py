"""What ``cityloop`` runs its commands and the worker with."""

from cityloop.site.paths import secret_key
from cityloop.site.settings.base import *  # noqa: F403
from cityloop.site.settings.base import DATA, SECRET_KEY

SECRET_KEY = SECRET_KEY or secret_key(DATA)
