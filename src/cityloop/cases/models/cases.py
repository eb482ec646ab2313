"""Cases, their events, tasks and texts.

The events are the truth. ``Case`` and ``Task`` are projections that ``cityloop verify`` rebuilds and compares; only
``actions`` writes any of these tables.
"""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Collate, Reverse
from typing_extensions import override

from cityloop.cases.choices import OPEN_KINDS, Kind, Via
from cityloop.kernel.ids import uuid7
from cityloop.kernel.translation import lazy as _
from cityloop.organisation.queries import scope
from cityloop.organisation.rules.staffing import Viewer

OPEN = Q(kind__in=sorted(OPEN_KINDS))


def seen_by(viewer: Viewer, of: str = "") -> Q:
    """Return the condition under which ``viewer`` sees a case; ``of`` leads to it from a row of its own (``case__``)."""
    return scope(
        viewer,
        jurisdiction=f"{of}jurisdiction",
        department_ids=(f"{of}department_ids__overlap",),
        people=(f"{of}people__overlap",),
        reporter=f"{of}reporter_user",
        duty_grid=f"{of}duty_grid",
    )


class CaseQuerySet(models.QuerySet["Case"]):
    """Each method narrows; none evaluates."""

    def visible_to(self, viewer: Viewer) -> "CaseQuerySet":
        """Cases that ``viewer`` may see: the one scoping rule, before any other filter."""
        return self.filter(seen_by(viewer))

    def open(self) -> "CaseQuerySet":
        return self.filter(OPEN)


class Case(models.Model):
    """One problem in public space, from report to archive (案卷). ``snapshot`` holds all of it; the columns are for finding."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(_("number"), max_length=19, unique=True)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    table_version = models.IntegerField(_("table version"), default=0)
    via = models.CharField(_("came through"), max_length=10, choices=Via)
    state = models.CharField(_("state"), max_length=40)
    kind = models.CharField(_("kind of state"), max_length=10, choices=Kind)
    source = models.CharField(_("source"), max_length=40)
    category = models.CharField(_("class"), max_length=64)
    condition = models.CharField(_("filing condition"), max_length=96, blank=True)
    part_code = models.CharField(_("part"), max_length=17, blank=True)
    department = models.CharField(_("department"), max_length=40, blank=True)
    department_ids = ArrayField(models.BigIntegerField(), default=list)
    people = ArrayField(models.BigIntegerField(), default=list)
    reporter_user = models.BigIntegerField(null=True)
    location = models.PointField(_("position"), srid=4490, null=True, spatial_index=False)
    unit_grid = models.CharField(_("unit grid"), max_length=15, blank=True)
    duty_grid = models.CharField(_("duty grid"), max_length=30, blank=True)
    community = models.CharField(_("community"), max_length=12, blank=True)
    street = models.CharField(_("street"), max_length=9, blank=True)
    district = models.CharField(_("district"), max_length=6, blank=True)
    external_number = models.CharField(_("external number"), max_length=64, blank=True)
    master = models.UUIDField(null=True)
    reported_at = models.DateTimeField(_("reported"))
    closed_at = models.DateTimeField(_("closed"), null=True)
    due_at = models.DateTimeField(_("due"), null=True)
    warn_at = models.DateTimeField(null=True)
    double_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True)
    counted_by = models.CharField(max_length=400, blank=True, db_default="")
    snapshot = models.JSONField()
    seq = models.IntegerField()
    head = models.BinaryField(max_length=32)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.CheckConstraint(
                name="case_closed_at_iff_closed",
                condition=Q(kind=Kind.CLOSED, closed_at__isnull=False) | (~Q(kind=Kind.CLOSED) & Q(closed_at=None)),
                violation_error_message=_("Only a closed case has a closing time."),
            ),
            models.CheckConstraint(name="case_kind_is_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(name="case_has_events", condition=Q(seq__gte=1)),
        ]
        indexes = [
            models.Index("jurisdiction", models.F("reported_at").desc(), models.F("id").desc(), name="case_by_report"),
            # Beside its order it holds all that the wall and the board count, and the column by which whoever reported is known.
            models.Index(
                fields=["jurisdiction", "state", "due_at"],
                include=["kind", "department", "street", "source", "warn_at", "double_at", "reporter_user", "seq"],
                name="case_open_counted",
                condition=OPEN,
            ),
            # For what moves by itself (queries/waiting.py): a time that has come, in one state under one table.
            models.Index(
                fields=["jurisdiction", "table_version", "state", "closed_at", "id"],
                name="case_by_closing",
                condition=Q(closed_at__isnull=False),
            ),
            models.Index(
                "jurisdiction",
                "table_version",
                "state",
                Collate(KT("snapshot__values__resume_on"), "C"),
                name="case_by_resuming",
                condition=Q(snapshot__values__has_key="resume_on"),
            ),
            models.Index(
                fields=["jurisdiction", "wake_at", "id"], name="case_by_waking", condition=Q(wake_at__isnull=False)
            ),
            models.Index(
                fields=["jurisdiction", "counted_by", "id"], name="case_by_calendars", condition=~Q(counted_by="")
            ),
            models.Index(fields=["external_number"], name="case_by_external", condition=~Q(external_number="")),
            # One reporter's own cases, newest first; as an index of the person alone it had to be sorted.
            models.Index(
                "reporter_user",
                models.F("reported_at").desc(),
                models.F("id").desc(),
                name="case_by_reporter",
                condition=Q(reporter_user__isnull=False),
            ),
            models.Index(fields=["duty_grid"], name="case_by_duty_grid", condition=~Q(duty_grid="")),
            # What lies about a point or within an area, and since when: duplicates, and a search by a polygon.
            GistIndex(fields=["location", "reported_at"], name="case_by_place"),
            # One class over all time, newest first: what a search by the name of a class walks.
            models.Index(
                "jurisdiction",
                "category",
                models.F("reported_at").desc(),
                models.F("id").desc(),
                name="case_by_class",
            ),
            # A case by the end of its number, which is what people say on the phone.
            models.Index(OpClass(Reverse("number"), "text_pattern_ops"), name="case_by_ending"),
            GinIndex(fields=["department_ids"], name="case_by_department", condition=~Q(department_ids=[])),
            GinIndex(fields=["people"], name="case_by_person", condition=~Q(people=[])),
            # What belongs to a case: those that were merged into it, those of the same part.
            models.Index(fields=["master"], name="case_by_master", condition=Q(master__isnull=False)),
            models.Index("part_code", models.F("reported_at").desc(), name="case_by_part", condition=~Q(part_code="")),
        ]

    @override
    def __str__(self) -> str:
        return self.number


class CaseEvent(models.Model):
    """One act on a case, never changed and never deleted. Each row is also the outbox that listeners read."""

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="events", db_index=False
    )  # the constraint's index begins with it
    seq = models.IntegerField(_("number in the case"))
    jurisdiction = models.CharField(max_length=6)
    action = models.CharField(_("action"), max_length=40)
    at = models.DateTimeField(_("time"))
    person = models.BigIntegerField(_("person"), null=True)
    post = models.CharField(_("post"), max_length=40)
    via = models.CharField(_("came through"), max_length=10, choices=Via)
    from_state = models.CharField(_("from"), max_length=40, blank=True)
    to_state = models.CharField(_("to"), max_length=40)
    body = models.TextField(help_text="Canonical JSON, the bytes that are hashed")
    hash = models.BinaryField(max_length=32)
    key = models.UUIDField(_("idempotency key"))
    request = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="event_once_in_a_case"),
            models.UniqueConstraint(fields=["person", "key"], name="event_key_once", nulls_distinct=False),
        ]
        indexes = [
            models.Index(fields=["jurisdiction", "at"], name="event_by_time"),
            models.Index(fields=["jurisdiction", "id"], name="event_by_number"),
        ]

    @override
    def __str__(self) -> str:
        return f"#{self.seq}"


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> "TaskQuerySet":
        return self.filter(done_at=None)


class Task(models.Model):
    """Who must do what by when."""

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="tasks", db_index=False
    )  # the constraint's index begins with it
    n = models.IntegerField(_("number in the case"))
    jurisdiction = models.CharField(max_length=6)
    kind = models.CharField(_("kind"), max_length=60)
    post = models.CharField(_("post"), max_length=40)
    department_id = models.BigIntegerField(_("department"), null=True)
    person = models.BigIntegerField(_("person"), null=True)
    duty_grid = models.CharField(_("duty grid"), max_length=30, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    due_at = models.DateTimeField(_("due"), null=True)
    warn_at = models.DateTimeField(null=True)
    double_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(_("done"), null=True)
    done_by = models.BigIntegerField(_("done by"), null=True)
    opened_seq = models.IntegerField(_("opened by event"))
    done_seq = models.IntegerField(_("done by event"), null=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.UniqueConstraint(fields=["case", "n"], name="task_once_in_a_case"),
            models.CheckConstraint(
                name="task_done_has_its_event",
                condition=Q(done_at=None, done_seq=None) | Q(done_at__isnull=False, done_seq__isnull=False),
            ),
        ]
        indexes = [
            # Beside its order it holds all that a desk counts, so that tens of thousands of open tasks are counted without a look at them.
            models.Index(
                fields=["jurisdiction", "post", "due_at", "id"],
                include=["kind", "department_id", "person", "duty_grid", "warn_at", "double_at"],
                name="task_counted_on_desks",
                condition=Q(done_at=None),
            ),
            models.Index(
                fields=["department_id", "due_at", "id"],
                name="task_open_by_department",
                condition=Q(done_at=None, department_id__isnull=False),
            ),
            models.Index(
                fields=["person", "due_at", "id"],
                name="task_open_by_person",
                condition=Q(done_at=None, person__isnull=False),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"#{self.n}"


class CaseCounter(models.Model):
    """The last case number given in a jurisdiction on a day: locked late in the transaction, so that no number is lost."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    day = models.DateField(_("day"))
    last = models.IntegerField(_("last number given"))

    class Meta:
        verbose_name = _("number counter")
        verbose_name_plural = _("number counters")
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "day"], name="counter_once_a_day"),
            models.CheckConstraint(name="counter_has_five_digits", condition=Q(last__gte=0, last__lte=99_999)),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.day}: {self.last}"
