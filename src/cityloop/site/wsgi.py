"""The door that Granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

# Not a default: the command line that started us has named its own settings in the environment, which have no pool.
os.environ["DJANGO_SETTINGS_MODULE"] = "cityloop.site.settings.web"

application = get_wsgi_application()

# What is loaded by now stays for ever: a full collection that walks through it would hold a request up for a third of a second.
gc.collect()
gc.freeze()
