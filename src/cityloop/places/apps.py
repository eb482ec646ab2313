from django.apps import AppConfig
from typing_extensions import override

from cityloop.kernel.translation import lazy


class PlacesConfig(AppConfig):
    name = "cityloop.places"
    label = "places"
    verbose_name = lazy("Places")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from cityloop.assets.surroundings import register_roads
        from cityloop.assets.targets import register
        from cityloop.geography.surroundings import register as register_surroundings
        from cityloop.places.barriers import barriers
        from cityloop.places.nearness import road_meter
        from cityloop.places.targets import TARGETS

        register(*TARGETS)
        register_roads(road_meter)
        register_surroundings("places", barriers)
