from django.apps import AppConfig

from cityloop.kernel.translation import lazy


class CasesConfig(AppConfig):
    name = "cityloop.cases"
    label = "cases"
    verbose_name = lazy("Cases")
    default_auto_field = "django.db.models.BigAutoField"
