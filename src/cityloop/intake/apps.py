from dataclasses import replace

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
        from cityloop.intake.queries.public import class_names
        from cityloop.intake.rules.public_settings import CLASSES, SETTINGS
        from cityloop.kernel.rooms import Room, register
        from cityloop.organisation.rules.settings import declare

        declare(*(replace(one, members=class_names) if one.key == CLASSES else one for one in SETTINGS))
        register(
            Room(
                "report-mine",
                lazy("My reports"),
                lazy("What you reported, where it stands and what you were answered"),
                "list",
                order=10,
                within=frozenset({"report-own", "report-own-rate"}),
                for_staff=False,
                instead_of=frozenset({"desk", "home"}),
            ),
            Room(
                "report",
                lazy("Report"),
                lazy("Tell the city what is wrong, with a place and photos"),
                "plus",
                order=20,
                key="n",
                within=frozenset({"report-city"}),
                for_staff=False,
                instead_of=frozenset({"desk-report"}),
            ),
        )
