"""Shifts handed over."""

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.timezone import localtime
from typing_extensions import override

from cityloop.cases.models.cases import Case
from cityloop.kernel.ids import uuid7
from cityloop.kernel.translation import lazy as _


class ShiftHandover(models.Model):
    """A shift handed over (交接班): what was open when somebody left, and what they wrote for whoever comes.

    Never changed (a trigger refuses it) but once, when it is taken. ``work`` is the post's open work at that moment, a row for
    each kind of task: ``{"kind", "name", "lights": {light: count}}``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    post = models.CharField(_("post"), max_length=40)
    left_by = models.BigIntegerField(_("handed over by"))
    coming = models.BigIntegerField(_("to be taken by"), null=True)
    at = models.DateTimeField(_("handed over"))
    remarks = models.TextField(_("remarks"), blank=True)
    work = models.JSONField(_("open tasks at that moment"))
    key = models.UUIDField(_("idempotency key"))
    taken_at = models.DateTimeField(_("taken over at"), null=True)
    taken_by = models.BigIntegerField(_("taken by"), null=True)

    class Meta:
        verbose_name = _("hand-over of a shift")
        verbose_name_plural = _("hand-overs of shifts")
        constraints = [
            models.UniqueConstraint(fields=["left_by", "key"], name="handover_key_once"),
            models.CheckConstraint(
                name="handover_taken_by_somebody_else",
                condition=Q(taken_at=None, taken_by=None)
                | (Q(taken_at__isnull=False, taken_by__isnull=False) & ~Q(taken_by=models.F("left_by"))),
                violation_error_message=_("A shift is taken over by somebody else than who hands it over."),
            ),
        ]
        indexes = [models.Index(fields=["jurisdiction", "post", "-at"], name="handover_by_time")]

    @override
    def __str__(self) -> str:
        return f"{self.post} {localtime(self.at):%Y-%m-%d %H:%M}"


class HandoverMark(models.Model):
    """A case that whoever leaves points out, with a remark, and where it stood then: ``seq`` is its last event."""

    handover = models.ForeignKey(ShiftHandover, models.CASCADE, related_name="marks", db_index=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=40)
    seq = models.IntegerField(_("event"))

    class Meta:
        verbose_name = _("case pointed out")
        verbose_name_plural = _("cases pointed out")
        constraints = [models.UniqueConstraint(fields=["handover", "case"], name="mark_once_in_a_handover")]

    @override
    def __str__(self) -> str:
        return str(self.case_id)
