from django.apps import AppConfig, apps
from typing_extensions import override

from cityloop.kernel.rooms import Room, register
from cityloop.kernel.translation import lazy as _


class SiteConfig(AppConfig):
    name = "cityloop.site"
    label = "site"

    @override
    def ready(self) -> None:
        """Offer the pages that belong to no room, and give what others brought to the console names in our catalogue."""
        register(
            Room("map", _("Map"), _("The city with its grids, parts and cases in hand"), "map", order=40),
            Room(
                "admin:index", _("Console"), _("Cases, catalogues, people and grids"), "table", order=80, on_rail=False
            ),
            Room(
                "api-1:openapi-view",
                _("API"),
                _("Every call with its fields, to read and to try"),
                "code",
                order=90,
                on_rail=False,
            ),
        )
        apps.get_app_config("procrastinate").verbose_name = _("Background work")
        job = apps.get_model("procrastinate", "ProcrastinateJob")._meta  # noqa: SLF001  # Django's public way to a model's name
        job.verbose_name, job.verbose_name_plural = _("job"), _("jobs")
