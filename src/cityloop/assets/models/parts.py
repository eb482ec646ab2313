"""The parts of a city."""

from typing import Self

from django.contrib.gis.db import models
from django.db.models import F, Q
from django.db.models.functions import Left, Substr
from typing_extensions import override

from cityloop.assets.choices import Accuracy, DataSource, PartState
from cityloop.kernel.dated import DAYS, Dated, DatedQuerySet, ends_after_it_begins
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import days_within_years
from cityloop.organisation.queries import scope_of_staff
from cityloop.organisation.rules.staffing import Viewer


class PartQuerySet(DatedQuerySet["Part"]):
    """Each method narrows; none evaluates."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Parts that ``viewer`` may see: those of the cities in which they are one of the staff."""
        return self.filter(scope_of_staff(viewer))


def _text(title: object, length: int) -> "models.CharField[str, str]":
    """Return a column of text that the database itself fills with nothing, so that a COPY may leave it out."""
    return models.CharField(title, max_length=length, blank=True, default="", db_default="")  # type: ignore[arg-type]


class Part(Dated):
    """Something that stands in public space and has a code: a manhole cover, a lamp, a bench (部件).

    A row is one part as it is now, or last was: a change keeps its key and its code, a removed part its row with the day
    ``valid_to``. What a part was before stands in ``PartChange``, so that a map of today never walks over the past.

    ``supervisor``, ``owner`` and ``keeper`` are codes of the city's departments; a unit that is none of them has a name
    alone (``…_name``). ``extras`` holds what only one scheme asks for (``schemes/attributes.yaml``). ``revision`` counts
    the changes.

    The column ``mercator`` is not named here: the database keeps it, ``geometry`` in EPSG:3857, for tiles (0001).
    """

    code = models.CharField(_("code"), max_length=17)
    scheme = models.CharField(_("scheme"), max_length=40)
    class_code = models.GeneratedField(
        verbose_name=_("class"),
        expression=Left(Substr("code", 7), models.Value(-6)),
        output_field=models.CharField(max_length=5),
        db_persist=True,
    )
    name = models.CharField(_("name"), max_length=100, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=PartState, default=PartState.INTACT)
    supervisor = _text(_("supervisor"), 40)
    supervisor_name = _text(_("supervisor, by name"), 100)
    owner = models.CharField(_("owner"), max_length=40, blank=True)
    owner_name = _text(_("owner, by name"), 100)
    keeper = models.CharField(_("keeper"), max_length=40, blank=True)
    keeper_name = _text(_("keeper, by name"), 100)
    unit_grid = models.CharField(_("unit grid"), max_length=15, blank=True)
    street = _text(_("street"), 9)
    community = _text(_("community"), 12)
    geometry = models.GeometryField(_("position"), srid=4490)
    source = models.CharField(
        _("data source"), max_length=11, choices=DataSource, blank=True, default="", db_default=""
    )
    accuracy = models.CharField(
        _("accuracy of the position"), max_length=1, choices=Accuracy, blank=True, default="", db_default=""
    )
    remark = models.CharField(_("remark"), max_length=1000, blank=True)
    extras = models.JSONField(_("further attributes"), null=True, blank=True, default=None)
    changed_on = models.DateField(_("changed on"), null=True, blank=True)
    revision = models.IntegerField(_("revision"), default=1, db_default=1)

    objects = PartQuerySet.as_manager()

    class Meta:
        verbose_name = _("part")
        verbose_name_plural = _("parts")
        ordering = ("code",)
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "code"],
                name="part_code_once_in_a_city",
                violation_error_message=_("There is a part with this code."),
            ),
            models.CheckConstraint(
                name="part_code_has_16_or_17_digits",
                condition=Q(code__regex="^[0-9]{16,17}$"),
                violation_error_message=_("The code of a part has 16 or 17 digits."),
            ),
            ends_after_it_begins("part"),
            days_within_years("part_within_years", *DAYS, "changed_on"),
            models.CheckConstraint(
                name="part_changed_after_it_began", condition=Q(changed_on=None) | Q(changed_on__gte=F("valid_from"))
            ),
        ]
        indexes = [
            # A city's parts in the order in which the open data page through them.
            models.Index(fields=["jurisdiction", "id"], name="part_by_city"),
            models.Index(fields=["jurisdiction", "class_code", "id"], name="part_by_class"),
            # What begins or ends after a day: few on most days, by them the tallies of now become those of the day.
            models.Index(fields=["jurisdiction", "valid_from"], name="part_by_begin"),
            models.Index(fields=["jurisdiction", "valid_to"], name="part_by_end", condition=Q(valid_to__isnull=False)),
            models.Index(fields=["unit_grid"], name="part_by_grid", condition=~Q(unit_grid="")),
            # What is in order is looked for by nobody: the others are few, and the list begins with them.
            models.Index(
                fields=["jurisdiction", "state", "code"],
                name="part_out_of_order",
                condition=~Q(state=PartState.INTACT),
            ),
            models.Index(fields=["jurisdiction", "keeper", "code"], name="part_by_keeper", condition=~Q(keeper="")),
            models.Index(fields=["jurisdiction", "owner", "code"], name="part_by_owner", condition=~Q(owner="")),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.name}".rstrip()
