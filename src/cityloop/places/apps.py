from django.apps import AppConfig

from cityloop.kernel.translation import lazy


class PlacesConfig(AppConfig):
    name = "cityloop.places"
    label = "places"
    verbose_name = lazy("Places")
    default_auto_field = "django.db.models.BigAutoField"
