"""What was imported, when, and what came out: counts only. The cases themselves are those of the room ``cases``."""

from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from cityloop.intake.choices import Answer
from cityloop.kernel.translation import lazy as _


class ImportRun(models.Model):
    """One run over one file of past requests, counted up after every batch that was committed.

    A run without an end was killed: what it made is there, with up to one batch that it had no time to count, and the next
    run over the same file leaves it alone.
    """

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    source = models.CharField(_("mapping"), max_length=20)
    file = models.CharField(_("file"), max_length=255)
    fingerprint = models.CharField(_("SHA-256 of the file"), max_length=64)
    row_limit = models.PositiveIntegerField(_("only the first rows"), null=True)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    seconds = models.FloatField(_("seconds"), default=0)
    cpu_seconds = models.FloatField(_("seconds of processor"), default=0)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    made = models.PositiveIntegerField(_("cases made"), default=0)
    already = models.PositiveIntegerField(_("there already"), default=0)
    refused = models.JSONField(_("refused, by reason"), default=dict)
    noticed = models.JSONField(_("noticed, by kind"), default=dict)
    notes = models.JSONField(_("what was made for the city"), default=list)

    class Meta:
        verbose_name = _("import of requests")
        verbose_name_plural = _("imports of requests")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="import_ends_after_it_starts",
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")),
                violation_error_message=_("An import ends after it starts."),
            )
        ]
        indexes = [models.Index(fields=["jurisdiction", "source", "id"], name="import_by_source")]

    @override
    def __str__(self) -> str:
        return f"{self.source}: {self.file}"


class FollowUp(models.Model):
    """Somebody who may ask what became of a case, by a code of which only a keyed digest is kept. Nothing says who that is."""

    digest = models.BinaryField(_("digest of the code"), max_length=32, unique=True)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    number = models.CharField(_("case"), max_length=19)
    kind = models.CharField(_("kind"), max_length=10, choices=Answer)
    at = models.DateTimeField(_("time"))
    rated_at = models.DateTimeField(_("rated"), null=True)

    class Meta:
        verbose_name = _("follow-up code")
        verbose_name_plural = _("follow-up codes")
        indexes = [models.Index(fields=["jurisdiction", "number"], name="follow_up_of_case")]

    @override
    def __str__(self) -> str:
        return f"{self.number}: {self.kind}"


class Tally(models.Model):
    """How often something was done within one window of time, by one sender or for one city; the key says neither."""

    key = models.BinaryField(primary_key=True, max_length=32)
    count = models.BigIntegerField(default=0)
    until = models.DateTimeField()

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        indexes = [models.Index(fields=["until"], name="tally_until")]

    @override
    def __str__(self) -> str:
        return f"{self.count}"


class SpentProof(models.Model):
    """A proof of work that was used: none is taken twice. It goes when it would be refused for its age."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    until = models.DateTimeField()

    class Meta:
        verbose_name = _("spent proof of work")
        verbose_name_plural = _("spent proofs of work")
        indexes = [models.Index(fields=["until"], name="spent_proof_until")]

    @override
    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d %H:%M}"
