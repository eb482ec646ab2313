"""What lets a city prove its record: anchors over all chains, what was verified, and who looked at a reporter."""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.utils.timezone import localtime
from typing_extensions import override

from cityloop.cases.choices import Shown, Via
from cityloop.cases.models.cases import Case
from cityloop.kernel.translation import lazy as _


class ReporterLook(models.Model):
    """Somebody was shown in full who reported a case, other than the reporter. Never changed and never deleted."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="looks")
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    person = models.BigIntegerField(_("person"), null=True)
    post = models.CharField(_("post"), max_length=40)
    at = models.DateTimeField(_("time"))
    via = models.CharField(_("came through"), max_length=10, choices=Via)
    page = models.CharField(_("shown on"), max_length=10, choices=Shown)
    fields = ArrayField(models.CharField(max_length=40), verbose_name=_("fields"))

    class Meta:
        verbose_name = _("look at a reporter")
        verbose_name_plural = _("looks at reporters")
        indexes = [models.Index(fields=["jurisdiction", "at", "id"], name="look_by_time")]

    @override
    def __str__(self) -> str:
        return f"{self.person}: {self.case_id}"


class Anchor(models.Model):
    """All that had happened up to an event, in one hash: of the anchor before, and of every event since (锚点).

    Never changed and never deleted. Numbered 1, 2, 3 … over all cities.
    """

    n = models.IntegerField(_("anchor"), primary_key=True)
    position = models.BigIntegerField(_("up to event"))
    events = models.IntegerField(_("events"))
    at = models.DateTimeField(_("time"))
    hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("anchor")
        verbose_name_plural = _("anchors")

    @override
    def __str__(self) -> str:
        return str(self.n)


class Verification(models.Model):
    """One run of ``verify`` that was to be remembered: how much was looked at, and what was found.

    Of a run over what is new: ``anchor`` is the last one whose events were looked at, ``last_case`` how far the round
    over all cases has come. ``last_file`` is how far the round over all originals in the store has come, whatever the run.
    """

    at = models.DateTimeField(_("time"))
    seconds = models.FloatField(_("took (s)"))
    whole = models.BooleanField(_("everything"))
    anchor = models.IntegerField(_("up to anchor"))
    last_case = models.UUIDField(null=True)
    last_file = models.UUIDField(null=True)
    cases = models.IntegerField(_("cases"))
    events = models.BigIntegerField(_("events"))
    files = models.IntegerField(_("files"), default=0)
    findings = models.IntegerField(_("findings"))
    told = models.TextField(_("what was found"), blank=True)

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")

    @override
    def __str__(self) -> str:
        return f"{localtime(self.at):%Y-%m-%d %H:%M}"
