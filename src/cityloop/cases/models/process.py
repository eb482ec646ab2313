"""The table of the process and the rules of dispatch, each in versions, and trials of them on past cases; where nothing may be reported."""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import Q
from typing_extensions import override

from cityloop.kernel.runs import Run
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import instants_within_years, within_years


class Version(models.Model):
    """One version of something that a city decides by; in force from an instant of its own clock, a draft without one."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    version = models.IntegerField(_("version"))
    note = models.CharField(_("what changed"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("made at"))
    created_by = models.BigIntegerField(_("made by"), null=True)
    effective_from = models.DateTimeField(_("in force from"), null=True)

    class Meta:
        abstract = True

    @override
    def __str__(self) -> str:
        return f"{self.jurisdiction} v{self.version}"


class Trial(Run):
    """A version tried on past cases: how far it is, and what came of it."""

    asked_by = models.BigIntegerField(_("asked for by"), null=True)
    done = models.IntegerField(_("cases tried"), default=0)
    cases = models.IntegerField(_("cases"), null=True)
    result = models.JSONField(_("result"), null=True)

    class Meta:
        abstract = True


class LoopTable(Version):
    """One version of a city's process, its text never changed. A running case keeps the one that it started under.

    In force is the one whose ``effective_from`` is the latest that has come, by the city's clock; one without is a draft.
    ``digest`` is the text's SHA-256: ``verify`` compares.
    """

    text = models.TextField(_("YAML"))
    digest = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("process table")
        verbose_name_plural = _("process tables")
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "version"], name="table_version_once"),
            instants_within_years("table_within_years", "effective_from"),
        ]


class TableTrial(Trial):
    """A version tried on a city's past cases: how far it is, and what came of it (``rules/trying.py``)."""

    table = models.ForeignKey(LoopTable, models.CASCADE, related_name="trials")
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    sample = models.IntegerField(_("sample"), null=True)

    class Meta:
        verbose_name = _("trial of a table")
        verbose_name_plural = _("trials of tables")
        indexes = [models.Index(fields=["table", "-id"], name="trial_by_table")]

    @override
    def __str__(self) -> str:
        return f"{self.table_id} #{self.pk}"


class RoutingVersion(Version):
    """One version of the rules by which a city dispatches (派遣规则): a draft until ``effective_from`` is set, then never changed.

    ``rules`` holds what ``rules.routing.Rule.to_json`` writes, in order of their numbers. ``edited`` counts the changes of a
    draft, so that of two who edit it at once the slower one is told. ``next_number`` is given to no second rule.
    """

    rules = models.JSONField(_("rules"), default=list)
    next_number = models.IntegerField(default=1)
    edited = models.IntegerField(default=0)
    based_on = models.IntegerField(_("made from version"), null=True)
    put_by = models.BigIntegerField(_("put in force by"), null=True)

    class Meta:
        verbose_name = _("version of the routing rules")
        verbose_name_plural = _("versions of the routing rules")
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "version"], name="routing_version_once"),
            instants_within_years("routing_within_years", "effective_from"),
        ]


class RoutingTrial(Trial):
    """A version of the routing rules tried on past dispatches: how far it is, and what came of it."""

    tried = models.ForeignKey(RoutingVersion, models.CASCADE, related_name="trials")
    edited = models.IntegerField(help_text="Which state of the draft was tried")
    sample = models.IntegerField(_("sample"))

    class Meta:
        verbose_name = _("trial of routing rules")
        verbose_name_plural = _("trials of routing rules")
        indexes = [models.Index(fields=["tried", "-id"], name="routing_trial_by_version")]

    @override
    def __str__(self) -> str:
        return f"{self.tried_id} #{self.pk}"


class RestrictedZone(models.Model):
    """Where or when some classes may not be reported (管控区域/时段); no area means the whole jurisdiction."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    name = models.CharField(_("name"), max_length=100)
    reason = models.CharField(_("reason"), max_length=200)
    categories = ArrayField(
        models.CharField(max_length=64), verbose_name=_("classes"), help_text=_("none: all"), default=list, blank=True
    )
    area = models.MultiPolygonField(_("area"), srid=4490, null=True, blank=True)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True, validators=[within_years])
    ends_at = models.DateTimeField(_("until"), null=True, blank=True, validators=[within_years])
    daily_from = models.TimeField(_("daily from"), null=True, blank=True)
    daily_to = models.TimeField(_("daily until"), null=True, blank=True)

    class Meta:
        verbose_name = _("restricted zone")
        verbose_name_plural = _("restricted zones")
        constraints = [
            models.CheckConstraint(
                name="restricted_ends_after_it_begins",
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")),
                violation_error_message=_("The end must come after the beginning."),
            ),
            instants_within_years("restricted_within_years", "starts_at", "ends_at"),
        ]

    @override
    def __str__(self) -> str:
        return self.name
