from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from typing_extensions import override

from cityloop.kernel.translation import lazy


class OnemapConfig(AppConfig):
    name = "cityloop.onemap"
    label = "onemap"
    verbose_name = lazy("One map")

    @override
    def ready(self) -> None:
        """Read every room's ``layers.py``: importing it registers what it shows."""
        autodiscover_modules("layers")
        from cityloop.onemap.queries.ground_maps import grounds_for
        from cityloop.onemap.registry import register_grounds

        register_grounds(grounds_for)
