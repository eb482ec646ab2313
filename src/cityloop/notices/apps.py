from django.apps import AppConfig

from cityloop.kernel.translation import lazy


class NoticesConfig(AppConfig):
    name = "cityloop.notices"
    label = "notices"
    verbose_name = lazy("Notices")
    default_auto_field = "django.db.models.BigAutoField"
