"""The plain HTTP beside TLS, as Granian serves it."""

import os

from django.core.wsgi import get_wsgi_application

# Not a default: the command line that started us has named its own settings in the environment.
os.environ["DJANGO_SETTINGS_MODULE"] = "cityloop.site.settings.plain"

application = get_wsgi_application()
