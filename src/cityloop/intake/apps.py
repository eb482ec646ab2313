from django.apps import AppConfig
from typing_extensions import override

from cityloop.kernel.translation import lazy


class IntakeConfig(AppConfig):
    name = "cityloop.intake"
    label = "intake"
    verbose_name = lazy("Intake")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from cityloop.intake.rules.public_settings import SETTINGS
        from cityloop.organisation.rules.settings import declare

        declare(*SETTINGS)
