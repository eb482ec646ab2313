from django.apps import AppConfig
from typing_extensions import override


class DemoConfig(AppConfig):
    name = "cityloop.demo"
    label = "demo"
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from cityloop.demo.panels import register_panels
        from cityloop.demo.rules.marks import SETTINGS
        from cityloop.organisation.rules.settings import declare

        declare(*SETTINGS)
        register_panels()
