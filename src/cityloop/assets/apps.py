from django.apps import AppConfig

from cityloop.kernel.translation import lazy


class AssetsConfig(AppConfig):
    name = "cityloop.assets"
    label = "assets"
    verbose_name = lazy("Parts")
    default_auto_field = "django.db.models.BigAutoField"
