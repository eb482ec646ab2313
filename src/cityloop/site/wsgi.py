"""The door that Granian serves."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.translation import trans_real

# Not a default: the command line that started us has named its own settings in the environment, which have no pool.
os.environ["DJANGO_SETTINGS_MODULE"] = "cityloop.site.settings.web"

django_application = get_wsgi_application()

from cityloop.site.bodies import Bodies  # noqa: E402 # it asks for settings
from cityloop.site.settings.env import THREADS_PER_SEAT  # noqa: E402

application = Bodies(django_application, settings.SERVING.threads * THREADS_PER_SEAT)

# The pages, the calls and the words of all rooms too: Django would load them with the first request, in each process for itself.
import_module(settings.ROOT_URLCONF)
for language, _name in settings.LANGUAGES:
    trans_real.translation(language)
