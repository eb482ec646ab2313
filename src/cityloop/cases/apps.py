from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.apps.registry import Apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models.signals import post_migrate, post_save
from typing_extensions import override

from cityloop.kernel.errors import CityError
from cityloop.kernel.rooms import Room, register
from cityloop.kernel.translation import lazy, noop
from cityloop.organisation.rules.settings import Setting, declare

if TYPE_CHECKING:
    from cityloop.cases.rules.roles import Right


class CasesConfig(AppConfig):
    name = "cityloop.cases"
    label = "cases"
    verbose_name = lazy("Cases")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from cityloop.assets.naming import register as register_namer
        from cityloop.cases.actions.following import LISTENER
        from cityloop.cases.panels import cases_of, way_to_report
        from cityloop.cases.queries.files import cases_of as cases_by_file
        from cityloop.cases.queries.in_grids import cases_by_grid
        from cityloop.cases.queries.noticed import told_by_loop
        from cityloop.cases.queries.of_parts import cases_by_part
        from cityloop.cases.queries.shifts import told_of_shifts
        from cityloop.cases.queries.waiting import LED
        from cityloop.geography.holdings import register as register_holding
        from cityloop.kernel import listening, slots
        from cityloop.media.naming import register as register_naming
        from cityloop.notices.wording import words_from

        declare(
            Setting(
                LED,
                default=False,
                title=noop("Somebody else says when the system acts: a demonstration's simulation"),
                is_inner=True,
            )
        )
        post_migrate.connect(_keep_default_table, sender=self)
        post_save.connect(_give_phrases, sender="organisation.Jurisdiction")
        words_from(told_by_loop)
        words_from(told_of_shifts)
        listening.register(LISTENER)
        register_naming("cases", cases_by_file)
        register_namer("cases", cases_by_part)
        register_holding("cases", lazy("Cases in hand"), cases_by_grid)
        slots.register(
            slots.Panel("part", "cases/of_part.html", cases_of),
            slots.Panel("part-doing", "cases/report_part.html", way_to_report),
        )
        register(
            Room(
                "desk",
                lazy("Desk"),
                lazy("What you have to do, the cases you work, the map beside them"),
                "list",
                order=10,
                within=frozenset({"desk-case", "desk-act", "desk-batch", "desk-phrases"}),
                for_public=False,
            ),
            Room("desk-report", lazy("Report"), "", "plus", order=20, key="n", for_public=False),
            Room(
                "desk-search",
                lazy("Search"),
                lazy("All cases, by words, number, caller, class, place and time; lists to Excel"),
                "search",
                order=30,
                key="s",
                for_public=False,
            ),
            Room(
                "desk-routing",
                lazy("Routing"),
                lazy("By which rules cases are dispatched: read, drafted, tried on past cases, put in force"),
                "route",
                order=60,
                offered=_may("routing"),
            ),
            Room(
                "desk-wall",
                lazy("Red-light wall"),
                lazy("All open cases in trouble, by department, stage and street; urge and supervise"),
                "wall",
                order=40,
                key="w",
                offered=_may("wall"),
            ),
            Room(
                "desk-supervised",
                lazy("Supervised cases"),
                lazy("What is supervised: replies due, late and given"),
                "eye",
                order=42,
                offered=_may("supervised"),
            ),
            Room(
                "desk-board",
                lazy("Leader's board"),
                lazy("Figures of today, yesterday and the last days, each with the cases behind it"),
                "chart",
                order=45,
                key="b",
                offered=_may("board"),
            ),
            Room(
                "desk-shift",
                lazy("Shift"),
                lazy("Hand over your shift with its open work, take one over, read those of a day"),
                "shift",
                order=50,
                offered=_may("shifts"),
            ),
            Room(
                "desk-followed",
                lazy("Followed cases"),
                lazy("The cases that you follow, and where they stand"),
                "star",
                order=55,
                key="f",
                for_public=False,
            ),
            Room(
                "loop",
                lazy("Loop"),
                lazy("Stages, actions and deadlines of a case, drawn from the city's table"),
                "loop",
                order=70,
            ),
        )


def _may(*rights: "Right") -> Callable[[str, str], bool]:
    """Return whether a page is offered: to posts that the table of their city gives one of these rights."""

    def is_offered(jurisdiction: str, post: str) -> bool:
        from cityloop.cases.queries.rights import may

        with suppress(
            CityError
        ):  # a table that cannot be read any more hides these pages, and not the one that lists them
            return may(jurisdiction, post, *rights)
        return False

    return is_offered


def _keep_default_table(apps: Apps = installed, **_kwargs: object) -> None:
    """Keep the table of this version of CityLoop before any case begins under it."""
    from cityloop.cases.actions.tables import keep_default_table
    from cityloop.kernel.clock import machine_now

    try:
        apps.get_model("cases", "LoopTable")._meta.get_field("digest")  # noqa: SLF001 # Django's public way to a field
    except (LookupError, FieldDoesNotExist):
        return  # the tables were taken away, or brought to an earlier state
    keep_default_table(now=machine_now())


def _give_phrases(sender: Any, instance: Any, *, created: bool, **_kwargs: object) -> None:  # noqa: ARG001  # Django's call
    """A new city begins with the phrases that come with CityLoop."""
    from cityloop.cases.actions.phrases import give_phrases

    if created:
        give_phrases(instance.pk)
