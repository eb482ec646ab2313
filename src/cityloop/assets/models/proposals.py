"""What the field says of parts, until a data manager decides; their photos; the surveys."""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import Q
from typing_extensions import override

from cityloop.assets.choices import ChangeKind, Decision, Seen
from cityloop.kernel.ids import uuid7
from cityloop.kernel.runs import Run
from cityloop.kernel.translation import lazy as _
from cityloop.organisation.queries import scope_of_staff
from cityloop.organisation.rules.staffing import Viewer


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Each method narrows; none evaluates."""

    def visible_to(self, viewer: Viewer) -> "ProposalQuerySet":
        """Proposals that ``viewer`` may see: those of the cities in which they are one of the staff."""
        return self.filter(scope_of_staff(viewer))


class Proposal(models.Model):
    """Somebody in the field says that a part is new, stands elsewhere, is otherwise or is gone (部件变更申请).

    ``values`` holds what they say, as ``rules.values`` writes it; ``revision`` is that of the part which they looked at.
    ``key`` is the caller's own: the same proposal sent twice is one.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    kind = models.CharField(_("kind of change"), max_length=7, choices=ChangeKind)
    code = models.CharField(_("part"), max_length=17, blank=True)
    revision = models.IntegerField(_("revision"), default=0)
    class_code = models.CharField(_("class"), max_length=5)
    values = models.JSONField(_("what is proposed"))
    place = models.PointField(_("position"), srid=4490, spatial_index=False)
    words = models.CharField(_("in words"), max_length=500, blank=True)
    case_number = models.CharField(_("case"), max_length=19, blank=True)
    survey = models.UUIDField(_("survey"), null=True)
    by = models.BigIntegerField(_("by"))
    at = models.DateTimeField(_("sent at"))
    key = models.UUIDField(_("key"))
    state = models.CharField(_("decision"), max_length=8, choices=Decision, default=Decision.WAITING)
    decided_by = models.BigIntegerField(_("decided by"), null=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = [
            models.UniqueConstraint(fields=["by", "key"], name="proposal_once"),
            models.CheckConstraint(
                name="proposal_decided_by_somebody",
                condition=Q(state=Decision.WAITING, decided_at=None)
                | (~Q(state=Decision.WAITING) & Q(decided_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["jurisdiction", "state", "-at", "-id"], name="proposal_by_state"),
            models.Index(fields=["jurisdiction", "code"], name="proposal_by_part", condition=~Q(code="")),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.code or self.class_code}"


class PartPhoto(models.Model):
    """A photo of a part, or of what a proposal says: the media room knows it by city and digest."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    code = models.CharField(_("part"), max_length=17, blank=True)
    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="photos", null=True, blank=True)
    lies_in = models.CharField(_("kept in"), max_length=6)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    by = models.BigIntegerField(_("by"), null=True)
    at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("photo of a part")
        verbose_name_plural = _("photos of parts")
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "code", "proposal", "sha256"], name="partphoto_once", nulls_distinct=False
            ),
        ]
        indexes = [models.Index(fields=["lies_in", "sha256"], name="partphoto_by_file")]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.sha256[:8]}"


class SurveyQuerySet(models.QuerySet["Survey"]):
    """Each method narrows; none evaluates."""

    def visible_to(self, viewer: Viewer) -> "SurveyQuerySet":
        """Surveys that ``viewer`` may see: those of the cities in which they are one of the staff."""
        return self.filter(scope_of_staff(viewer))


class Survey(models.Model):
    """A re-survey (普查更新): the parts of some classes in some area are looked at until a day.

    Its parts are those that stood on the day ``begins_on``: what is found gone meanwhile still counts among them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    title = models.CharField(_("title of the survey"), max_length=100)
    classes = ArrayField(models.CharField(max_length=5), verbose_name=_("classes"), default=list, blank=True)
    area = models.CharField(_("area"), max_length=12, blank=True)
    begins_on = models.DateField(_("begins"))
    due_on = models.DateField(_("due"))
    by = models.BigIntegerField(_("by"))
    at = models.DateTimeField(_("made"))
    closed_at = models.DateTimeField(_("closed"), null=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        constraints = [
            models.CheckConstraint(name="survey_due_after_it_begins", condition=Q(due_on__gte=models.F("begins_on"))),
        ]
        indexes = [models.Index(fields=["jurisdiction", "-begins_on", "-id"], name="survey_by_day")]

    @override
    def __str__(self) -> str:
        return self.title


class SurveyMark(models.Model):
    """What a survey found of one part; the last word counts."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="marks")
    code = models.CharField(_("part"), max_length=17)
    seen = models.CharField(_("found"), max_length=9, choices=Seen)
    by = models.BigIntegerField(_("by"))
    at = models.DateTimeField(_("at"))
    proposal = models.UUIDField(_("proposal"), null=True)

    class Meta:
        verbose_name = _("mark of a survey")
        verbose_name_plural = _("marks of surveys")
        constraints = [models.UniqueConstraint(fields=["survey", "code"], name="surveymark_once")]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.seen}"


class PartExport(Run):
    """A list of parts as a workbook, or their labels as a PDF: asked for at a desk, written by the worker, gone after a day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.BigIntegerField(_("owner"))
    what = models.CharField(_("what"), max_length=6, default="list")
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6, default="")
    post = models.CharField(_("post"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=10)
    query = models.TextField(_("query"))
    address = models.CharField(_("address asked"), max_length=300, default="", blank=True)
    rows = models.IntegerField(_("rows"), default=0)

    class Meta:
        verbose_name = _("export of parts")
        verbose_name_plural = _("exports of parts")
        indexes = [models.Index(fields=["owner", "-asked_at"], name="partexport_by_owner")]

    @override
    def __str__(self) -> str:
        return str(self.id)
