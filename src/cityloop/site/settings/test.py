"""For the checks: a data folder of their own, thrown away at the end, and quick passwords."""

import os
import tempfile

# Set before base reads it; the workers of a parallel run inherit it from the run that started them.
if "CITYLOOP_DATA" not in os.environ:
    os.environ["CITYLOOP_DATA"] = tempfile.mkdtemp(prefix="cityloop-test-", dir="/var/tmp")

from cityloop.site.settings.base import *  # noqa: F403

SECRET_KEY = "for the checks only"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
WHITENOISE_AUTOREFRESH = True
