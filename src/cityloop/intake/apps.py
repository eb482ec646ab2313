from django.apps import AppConfig

from cityloop.kernel.translation import lazy


class IntakeConfig(AppConfig):
    name = "cityloop.intake"
    label = "intake"
    verbose_name = lazy("Intake")
    default_auto_field = "django.db.models.BigAutoField"
