"""What ``cityloop`` runs its commands and the worker with."""

from cityloop.kernel.translation import noop
from cityloop.site.paths import secret_key
from cityloop.site.settings import env
from cityloop.site.settings.base import *  # noqa: F403
from cityloop.site.settings.base import DATA, SECRET_KEY

try:
    SECRET_KEY = SECRET_KEY or secret_key(DATA)
except OSError as exc:
    raise env.BadSetting(
        noop("The data folder %(folder)s cannot be used (%(why)s). Choose another with --data or CITYLOOP_DATA."),
        folder=DATA,
        why=exc.strerror,
    ) from exc
