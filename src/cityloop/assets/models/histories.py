"""What parts were before, and how far their numbers are counted."""

from django.contrib.gis.db import models
from django.db.models import Q
from typing_extensions import override

from cityloop.assets.choices import ChangeKind, Origin
from cityloop.kernel.translation import lazy as _


class PartChange(models.Model):
    """One change of one part: what of it was otherwise before, and what it became. Appended, never changed (a trigger).

    ``before`` and ``after`` hold only what differs, as ``rules.values`` writes it; ``before`` of a new part is empty. A part
    that came by an import has no row for that: its own begins with ``valid_from``. Named by code, which never changes.
    """

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    code = models.CharField(_("code"), max_length=17)
    revision = models.IntegerField(_("revision"))
    kind = models.CharField(_("kind of change"), max_length=7, choices=ChangeKind)
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("written"))
    by = models.BigIntegerField(_("by"), null=True)
    origin = models.CharField(_("came by"), max_length=8, choices=Origin)
    ref = models.CharField(_("reference number"), max_length=60, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    before = models.JSONField(_("as it was"))
    after = models.JSONField(_("as it became"))

    class Meta:
        verbose_name = _("change of a part")
        verbose_name_plural = _("changes of parts")
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "code", "revision"], name="partchange_once"),
        ]
        indexes = [
            models.Index(fields=["jurisdiction", "day"], name="partchange_by_day"),
            models.Index(fields=["jurisdiction", "ref"], name="partchange_by_ref", condition=~Q(ref="")),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.day}"


class PartTally(models.Model):
    """So many parts more (or fewer, below 0) stand of a class, keeper, street and state: their sum is what stands, no end known.

    Written by triggers alone (migration 0008), a line for each statement; drawn together by ``actions.tallying``.
    """

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    scheme = models.CharField(_("scheme"), max_length=40)
    class_code = models.CharField(_("class"), max_length=5)
    keeper = models.CharField(_("keeper"), max_length=40, blank=True)
    street = models.CharField(_("street"), max_length=9, blank=True)
    state = models.CharField(_("state"), max_length=9)
    parts = models.BigIntegerField(_("parts"))

    class Meta:
        verbose_name = _("tally of parts")
        verbose_name_plural = _("tallies of parts")
        indexes = [models.Index(fields=["jurisdiction"], name="parttally_by_city")]

    @override
    def __str__(self) -> str:
        return f"{self.class_code} {self.state} {self.parts}"


class AreasFollowed(models.Model):
    """How far the parts of a city were brought to the areas that hold: those of ``stamp``, up to the part ``upto``."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6, unique=True)
    stamp = models.CharField(_("stamp of the areas"), max_length=40, blank=True)
    upto = models.BigIntegerField(_("up to the part"), default=0)

    class Meta:
        verbose_name = _("areas followed by parts")
        verbose_name_plural = _("areas followed by parts")

    @override
    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.upto}"


class PartCounter(models.Model):
    """The last number that was given to a part of a class: ``prefix`` is division and class of its code."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    prefix = models.CharField(_("division and class"), max_length=11)
    last = models.IntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("counter of parts")
        verbose_name_plural = _("counters of parts")
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "prefix"], name="partcounter_once"),
            models.CheckConstraint(name="partcounter_has_six_digits", condition=Q(last__gte=0, last__lte=999_999)),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.prefix} {self.last}"
