"""Drafts of a division, and what became of the grids that a published one replaced.

A draft goes from step to step. A grid of it stands from one step until another, so that going back is only another number, and
no step copies a city.
"""

from django.contrib.gis.db import models
from django.db.models import F, Q
from typing_extensions import override

from cityloop.geography.choices import DraftChange
from cityloop.geography.models.areas import UnitGrid
from cityloop.kernel.runs import Run
from cityloop.kernel.translation import lazy as _


class GridDraft(Run):
    """A division in the making; as a ``Run`` it is asked for, and the worker proposes it."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    by = models.CharField(_("by"), max_length=150, blank=True)
    communities = models.JSONField(_("communities"), default=list, help_text=_("Their codes; none: all of the city."))
    on_day = models.DateField(_("made of what holds on"), null=True)
    wish = models.JSONField(_("what is wanted"), default=dict)
    progress = models.FloatField(_("share that is done"), default=0)
    figures = models.JSONField(
        _("quality figures"), null=True, help_text=_("As proposed; later ones stand with their steps.")
    )
    before = models.JSONField(_("quality figures of the grids that hold"), null=True)
    separated = models.JSONField(
        _("codes of grids that were of several pieces"), default=list, db_default=models.Value([], models.JSONField())
    )
    present = models.JSONField(_("who looks at it"), default=dict, db_default=models.Value({}, models.JSONField()))
    changed_by = models.CharField(_("changed by"), max_length=150, blank=True, db_default="")
    changed_at = models.DateTimeField(_("changed at"), null=True)
    step = models.IntegerField(_("step"), default=0)
    last_step = models.IntegerField(_("last step that can be gone to"), default=0)
    published_at = models.DateTimeField(_("published"), null=True)
    published_from = models.DateField(_("published from"), null=True)
    dropped_at = models.DateTimeField(_("dropped"), null=True)

    class Meta:
        verbose_name = _("draft of a division")
        verbose_name_plural = _("drafts of a division")
        ordering = ("-id",)
        indexes = [models.Index(fields=["jurisdiction", "-id"], name="geography_draft_by_city")]

    @override
    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.pk}"


class DraftGridQuerySet(models.QuerySet["DraftGrid"]):
    def at_step(self, step: int) -> "DraftGridQuerySet":
        """Grids that stand after ``step``."""
        return self.filter(Q(until=None) | Q(until__gt=step), since__lte=step)


class DraftGrid(models.Model):
    """A unit grid of a draft, from one step until another."""

    draft = models.ForeignKey(GridDraft, models.CASCADE, related_name="grids", verbose_name=_("draft"))
    community_code = models.CharField(_("community"), max_length=12)
    code = models.CharField(_("code that it goes on with"), max_length=15, blank=True)
    geometry = models.PolygonField(_("border"), srid=4490)
    area_m2 = models.FloatField(_("area in m²"))
    compact = models.FloatField(_("compactness"), default=0, db_default=0)
    parts = models.IntegerField(_("parts"), default=0, db_default=0)
    cuts = models.IntegerField(_("number of buildings cut"), default=0, db_default=0)
    is_built = models.BooleanField(_("mostly built up"), default=False, db_default=False)
    since = models.IntegerField(_("stands from step"))
    until = models.IntegerField(_("stands until step"), null=True)

    objects = DraftGridQuerySet.as_manager()

    class Meta:
        verbose_name = _("grid of a draft")
        verbose_name_plural = _("grids of a draft")
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                name="geography_draftgrid_ends_later", condition=Q(until=None) | Q(until__gt=F("since"))
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.draft_id} {self.pk}"


class DraftStep(models.Model):
    """A change of a draft by hand: who made it, what it was, and how good the division was after it."""

    draft = models.ForeignKey(GridDraft, models.CASCADE, related_name="steps", verbose_name=_("draft"))
    number = models.IntegerField(_("step"))
    what = models.CharField(_("what was done"), max_length=10, choices=DraftChange)
    by = models.CharField(_("by"), max_length=150, blank=True)
    at = models.DateTimeField(_("at"))
    figures = models.JSONField(_("quality figures"), null=True)

    class Meta:
        verbose_name = _("step of a draft")
        verbose_name_plural = _("steps of drafts")
        ordering = ("draft", "number")
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="geography_draftstep_once")]

    @override
    def __str__(self) -> str:
        return f"{self.draft_id} {self.number}"


class GridOrigin(models.Model):
    """From which grid a grid took ground, when its version was published: the history of a split or a merger."""

    grid = models.ForeignKey(UnitGrid, models.CASCADE, related_name="origins", verbose_name=_("unit grid"))
    origin = models.ForeignKey(UnitGrid, models.CASCADE, related_name="heirs", verbose_name=_("unit grid before"))
    shared_m2 = models.FloatField(_("shared ground in m²"))

    class Meta:
        verbose_name = _("origin of a unit grid")
        verbose_name_plural = _("origins of unit grids")
        ordering = ("grid", "origin")
        constraints = [models.UniqueConstraint(fields=["grid", "origin"], name="geography_gridorigin_once")]

    @override
    def __str__(self) -> str:
        return f"{self.grid_id} {self.origin_id}"
