"""Drafts of a division, and what became of the grids that a published one replaced.

A draft goes from step to step. A grid of it stands from one step until another, so that going back is only another number, and
no step copies a city.
"""

from django.contrib.gis.db import models
from django.db.models import F, Q
from typing_extensions import override

from cityloop.geography.models.areas import UnitGrid
from cityloop.kernel.runs import Run
from cityloop.kernel.translation import lazy as _


class GridDraft(Run):
    """A division in the making; as a ``Run`` it is asked for, and the worker proposes it."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    by = models.CharField(_("by"), max_length=150, blank=True)
    communities = models.JSONField(_("communities"), default=list, help_text=_("Their codes; none: all of the city."))
    wish = models.JSONField(_("what is wanted"), default=dict)
    progress = models.FloatField(_("share that is done"), default=0)
    figures = models.JSONField(_("quality figures"), null=True)
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
