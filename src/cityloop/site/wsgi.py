"""The door that Granian serves."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

# Not a default: the command line that started us has named its own settings in the environment, which have no pool.
os.environ["DJANGO_SETTINGS_MODULE"] = "cityloop.site.settings.web"

django_application = get_wsgi_application()

from cityloop.site.bodies import Bodies  # noqa: E402 # it asks for settings
from cityloop.site.settings.env import THREADS_PER_SEAT  # noqa: E402

application = Bodies(django_application, settings.SERVING.threads * THREADS_PER_SEAT)

# What is loaded by now stays for ever: a full collection that walks through it would hold a request up for a third of a second.
gc.collect()
gc.freeze()
