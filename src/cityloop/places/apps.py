from django.apps import AppConfig
from typing_extensions import override

from cityloop.kernel.rooms import Room
from cityloop.kernel.rooms import register as register_pages
from cityloop.kernel.translation import lazy

PAGES = frozenset({"desk-grid-areas", "desk-grid-draft", "desk-grid-publish"})


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
        from cityloop.media import store
        from cityloop.media.naming import register as register_naming
        from cityloop.onemap import files
        from cityloop.onemap.queries.streetview import files_named
        from cityloop.places.barriers import barriers
        from cityloop.places.nearness import road_meter
        from cityloop.places.targets import TARGETS

        register(*TARGETS)
        register_naming("places", files_named)
        register_pages(
            Room(
                "desk-streetview",
                lazy("Street view"),
                lazy(
                    "Bring panoramas and photos of the streets in, so that a case or a part can be looked at from the desk"
                ),
                "camera",
                order=72,
                offered=_keeps_data,
                within=frozenset({"desk-streetview-run", "desk-streetview-act"}),
                for_public=False,
            ),
            Room(
                "desk-grids",
                lazy("Grids"),
                lazy(
                    "Divide the city into unit grids, mend their borders, draw duty, management, evaluation and extension grids"
                ),
                "grid",
                order=71,
                offered=_keeps_data,
                within=PAGES,
                for_public=False,
            ),
        )
        register_roads(road_meter)
        register_surroundings("places", barriers)
        files.register(files.Files(store.put, store.fetch, store.delete, store.place, store.work_folder))
        register_pages(
            Room(
                "desk-grounds",
                lazy("Ground maps"),
                lazy("Orthophotos, topographic maps and basemaps that lie under the map: bring, try, order, delete"),
                "stack",
                order=71,
                offered=_keeps_data,
                for_public=False,
            ),
        )


def _keeps_data(_jurisdiction: str, post: str) -> bool:
    return post in {"data_admin", "sysadmin"}
