"""The door that Granian serves."""

import os

from django.core.wsgi import get_wsgi_application

# Not a default: the command line that started us has named its own settings in the environment, which have no pool.
os.environ["DJANGO_SETTINGS_MODULE"] = "cityloop.site.settings.web"

application = get_wsgi_application()
