from django.apps import AppConfig

from cityloop.kernel.translation import lazy


class StandardsConfig(AppConfig):
    name = "cityloop.standards"
    label = "standards"
    verbose_name = lazy("Standards")
    default_auto_field = "django.db.models.BigAutoField"
