from django.apps import AppConfig
from typing_extensions import override

from cityloop.kernel.rooms import Room, register
from cityloop.kernel.translation import lazy

PAGES = frozenset({
    "desk-part", "desk-part-new", "desk-part-edit", "desk-part-photos", "desk-part-propose", "desk-part-propose-new",
    "desk-parts-rates", "desk-parts-exported", "desk-proposals", "desk-proposals-decide", "desk-surveys", "desk-survey",
})  # fmt: skip


class AssetsConfig(AppConfig):
    name = "cityloop.assets"
    label = "assets"
    verbose_name = lazy("Parts")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from cityloop.assets.area_targets import GRIDS, REGIONS
        from cityloop.assets.composed_targets import COMPOSED
        from cityloop.assets.loads import loads, parts_by_grid
        from cityloop.assets.part_target import PARTS
        from cityloop.assets.queries.photos import files_named
        from cityloop.assets.targets import register as register_target
        from cityloop.geography.holdings import register as register_holding
        from cityloop.geography.surroundings import register as register_surroundings
        from cityloop.media.naming import register as register_naming

        register_holding("parts", lazy("Parts"), parts_by_grid)
        register_target(PARTS, REGIONS, GRIDS, *COMPOSED)
        register_surroundings("assets", loads)
        register_naming("assets", files_named)
        register(
            Room(
                "desk-parts",
                lazy("Parts"),
                lazy(
                    "All parts of the city: find one, its cases and its past; proposals, surveys, labels, the intact rate"
                ),
                "lamp",
                order=35,
                key="a",
                within=PAGES,
                for_public=False,
            ),
            Room(
                "desk-imports",
                lazy("Data import"),
                lazy("Bring files of parts, grids, roads and places into the city's data: checked, compared, undone"),
                "inbox",
                order=70,
                offered=_keeps_data,
                within=frozenset({"desk-import", "desk-import-act", "desk-import-rows"}),
                for_public=False,
            ),
        )


def _keeps_data(_jurisdiction: str, post: str) -> bool:
    return post in {"data_admin", "sysadmin"}
