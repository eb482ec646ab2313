from django.apps import AppConfig

from cityloop.kernel.translation import lazy


class MediaConfig(AppConfig):
    name = "cityloop.media"
    label = "media"
    verbose_name = lazy("Media")
    default_auto_field = "django.db.models.BigAutoField"
