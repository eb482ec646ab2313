from django.apps import AppConfig
from typing_extensions import override

from cityloop.kernel.translation import lazy


class AssetsConfig(AppConfig):
    name = "cityloop.assets"
    label = "assets"
    verbose_name = lazy("Parts")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from cityloop.assets.part_target import PARTS
        from cityloop.assets.targets import register

        register(PARTS)
