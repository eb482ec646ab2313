from datetime import tzinfo

from django.apps import AppConfig
from django.apps import apps as installed
from django.apps.registry import Apps
from django.db.models.signals import post_migrate
from typing_extensions import override

from cityloop.kernel.rooms import Room, register
from cityloop.kernel.translation import lazy
from cityloop.kernel.zones import known_by


class OrganisationConfig(AppConfig):
    name = "cityloop.organisation"
    label = "organisation"
    verbose_name = lazy("Organisation")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        # After each migration rather than in one, as Django does with its permissions: a post that a later version adds
        # is there too, and a database that was emptied has its posts again.
        post_migrate.connect(_seed, sender=self)
        known_by(_zone_of)
        register(
            Room(
                "password",
                lazy("My password"),
                lazy("Change the password you sign in with"),
                "key",
                order=95,
                on_rail=False,
            )
        )


def _zone_of(jurisdiction: str) -> tzinfo | None:
    from cityloop.kernel.errors import NotFound
    from cityloop.organisation.queries import city

    try:
        return city(jurisdiction).time_zone
    except NotFound:
        return None


def _seed(apps: Apps = installed, **_kwargs: object) -> None:
    from cityloop.organisation.actions import seed_posts

    try:
        apps.get_model("organisation", "Post")
    except LookupError:
        return  # the tables were taken away
    seed_posts()
