"""What the worker runs with: it draws no page and answers no call, so what only those need is not loaded."""

from cityloop.site.settings.prod import *  # noqa: F403
from cityloop.site.settings.prod import INSTALLED_APPS as ALL

INSTALLED_APPS = [app for app in ALL if app != "ninja"]  # it gives pages to the document of the API, and costs 10 MB
