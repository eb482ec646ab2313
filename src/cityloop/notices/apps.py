from django.apps import AppConfig
from typing_extensions import override

from cityloop.kernel.rooms import Room, register
from cityloop.kernel.translation import lazy


class NoticesConfig(AppConfig):
    name = "cityloop.notices"
    label = "notices"
    verbose_name = lazy("Notices")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        words = lazy("What you were told: urges, returns, decisions on what you applied for")
        register(Room("desk-notices", lazy("Notices"), words, "bell", order=60))
