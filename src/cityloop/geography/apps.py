from django.apps import AppConfig

from cityloop.kernel.translation import lazy


class GeographyConfig(AppConfig):
    name = "cityloop.geography"
    label = "geography"
    verbose_name = lazy("Geography")
    default_auto_field = "django.db.models.BigAutoField"
