"""Cases, their events, tasks and texts.

The events are the truth. ``Case`` and ``Task`` are projections that ``cityloop verify`` rebuilds and compares; only
``actions`` writes any of these tables.
"""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db.models import Func, Q, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Collate, Reverse, Right
from django.utils.timezone import localtime
from typing_extensions import override

from cityloop.cases.choices import OPEN_KINDS, Kind, Shown, Via
from cityloop.kernel.ids import uuid7
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import instants_within_years, within_years
from cityloop.organisation.queries import scope
from cityloop.organisation.rules.staffing import Viewer

PHONE_DIGITS = Right(Func("text", Value(r"\D"), Value(""), Value("g"), function="regexp_replace"), 11)
"""The last eleven digits of a phone number, however it was typed."""

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
    """One problem in public space, from report to archive (案件). ``snapshot`` holds all of it; the columns are for finding."""

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
            models.Index(fields=["jurisdiction", "state", "due_at"], name="case_open_by_due", condition=OPEN),
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
            models.Index(
                fields=["jurisdiction", "post", "due_at", "id"], name="task_open_by_post", condition=Q(done_at=None)
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


class CaseText(models.Model):
    """Free text and personal data of an event. The event holds a salted digest, so erasing a row breaks no chain.

    ``over_at`` and ``over_in`` of a personal one: since when its case is over (its last act), and in which city; triggers
    keep them (migration ``0010_text_over``).
    """

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="texts", db_index=False
    )  # the constraint's index begins with it
    seq = models.IntegerField(_("event"))
    field = models.CharField(_("field"), max_length=40)
    text = models.TextField(null=True)
    salt = models.BinaryField(max_length=16, null=True)
    personal = models.BooleanField(_("personal"), default=False)
    erased_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True, editable=False)
    over_in = models.CharField(max_length=6, blank=True, default="", db_default="", editable=False)

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        constraints = [
            models.UniqueConstraint(fields=["case", "seq", "field"], name="text_once_in_an_event"),
            models.CheckConstraint(
                name="text_erased_with_its_salt",
                condition=Q(erased_at=None, text__isnull=False, salt__isnull=False)
                | Q(erased_at__isnull=False, text=None, salt=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["over_in", "over_at"],
                name="text_due",
                condition=Q(personal=True, erased_at=None, over_at__isnull=False),
            ),
            # Who called from a number: its digits, the last eleven of them; what is erased is gone from here too.
            models.Index(
                PHONE_DIGITS, "case_id", name="text_by_phone", condition=Q(field="reporter_phone", text__isnull=False)
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.field


class CaseWords(models.Model):
    """What words find a case: its address, its description and its number elsewhere, as they stand now, and nothing personal.

    A projection in a row of its own: a case's row is written with every act, these words hardly ever. ``grams`` are the pairs of
    neighbouring characters in ``said`` (``rules/bigrams.py``), which an index leads by.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="words")
    said = models.TextField(_("words by which it is found"))
    grams = ArrayField(models.IntegerField())

    class Meta:
        verbose_name = _("words of a case")
        verbose_name_plural = _("words of cases")
        indexes = [GinIndex(fields=["grams"], name="words_by_grams")]

    @override
    def __str__(self) -> str:
        return self.said


class SavedSearch(models.Model):
    """A search that somebody kept for themselves, by its name: the query of its address."""

    owner = models.BigIntegerField(_("kept by"))
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(_("query"), max_length=4000)

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_search_once")]

    @override
    def __str__(self) -> str:
        return self.name


class Export(models.Model):
    """What a search finds, written into a workbook in the background for whoever asked, who alone may fetch it for a day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.BigIntegerField(_("asked for by"))
    post = models.CharField(_("post"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=10)
    query = models.CharField(_("query"), max_length=4000)
    asked_at = models.DateTimeField(_("asked for"))
    started_at = models.DateTimeField(_("begun"), null=True)
    rows = models.IntegerField(_("rows"), default=0)
    about = models.IntegerField(_("rows, about"), default=0)
    finished_at = models.DateTimeField(_("finished"), null=True)
    failure = models.CharField(_("failure"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(fields=["owner", "-asked_at"], name="export_by_owner"),
            models.Index(fields=["asked_at"], name="export_by_time"),
        ]

    @override
    def __str__(self) -> str:
        return str(self.id)


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


class Attachment(models.Model):
    """A file that an event names: a projection, so that files are found by case and cases by file (``rules/files.py``).

    ``sha256`` names a file of the media room in the city ``lies_in``, mostly the case's own. A case that was told as history
    may name one that is not there.
    """

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="attachments", db_index=False
    )  # the constraint's index begins with it
    seq = models.IntegerField(_("event"))
    n = models.IntegerField(_("number in the event"))
    kind = models.CharField(_("what it is of"), max_length=40)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    lies_in = models.CharField(_("kept by the city"), max_length=6)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [models.UniqueConstraint(fields=["case", "seq", "n"], name="attachment_once_in_an_event")]
        indexes = [models.Index(fields=["sha256", "lies_in"], name="attachment_by_file")]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.sha256[:12]}"


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


class LoopTable(models.Model):
    """One version of a city's process, its text never changed. A running case keeps the one that it started under.

    In force is the one whose ``effective_from`` is the latest that has come, by the city's clock; one without is a draft.
    ``digest`` is the text's SHA-256: ``verify`` compares.
    """

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    version = models.IntegerField(_("version"))
    text = models.TextField(_("YAML"))
    digest = models.BinaryField(max_length=32)
    note = models.CharField(_("what changed"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("made at"))
    created_by = models.BigIntegerField(_("made by"), null=True)
    effective_from = models.DateTimeField(_("in force from"), null=True)

    class Meta:
        verbose_name = _("process table")
        verbose_name_plural = _("process tables")
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "version"], name="table_version_once"),
            instants_within_years("table_within_years", "effective_from"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.jurisdiction} v{self.version}"


class TableTrial(models.Model):
    """A version tried on a city's past cases: how far it is, and what came of it (``rules/trying.py``)."""

    table = models.ForeignKey(LoopTable, models.CASCADE, related_name="trials")
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    sample = models.IntegerField(_("sample"), null=True)
    asked_at = models.DateTimeField(_("asked for"))
    asked_by = models.BigIntegerField(_("asked for by"), null=True)
    started_at = models.DateTimeField(_("begun"), null=True)
    done = models.IntegerField(_("cases tried"), default=0)
    cases = models.IntegerField(_("cases"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    result = models.JSONField(_("result"), null=True)
    failure = models.CharField(_("failure"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("trial of a table")
        verbose_name_plural = _("trials of tables")
        indexes = [models.Index(fields=["table", "-id"], name="trial_by_table")]

    @override
    def __str__(self) -> str:
        return f"{self.table_id} #{self.pk}"


class RoutingVersion(models.Model):
    """One version of the rules by which a city dispatches (派遣规则): a draft until ``effective_from`` is set, then never changed.

    ``rules`` holds what ``rules.routing.Rule.to_json`` writes, in order of their numbers. ``edited`` counts the changes of a
    draft, so that of two who edit it at once the slower one is told. ``next_number`` is given to no second rule.
    """

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    version = models.IntegerField(_("version"))
    rules = models.JSONField(_("rules"), default=list)
    next_number = models.IntegerField(default=1)
    edited = models.IntegerField(default=0)
    based_on = models.IntegerField(_("made from version"), null=True)
    note = models.CharField(_("what changed"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("made at"))
    created_by = models.BigIntegerField(_("made by"), null=True)
    effective_from = models.DateTimeField(_("in force from"), null=True)
    put_by = models.BigIntegerField(_("put in force by"), null=True)

    class Meta:
        verbose_name = _("version of the routing rules")
        verbose_name_plural = _("versions of the routing rules")
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "version"], name="routing_version_once"),
            instants_within_years("routing_within_years", "effective_from"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.jurisdiction} v{self.version}"


class RoutingTrial(models.Model):
    """A version of the routing rules tried on past dispatches: how far it is, and what came of it."""

    tried = models.ForeignKey(RoutingVersion, models.CASCADE, related_name="trials")
    edited = models.IntegerField(help_text="Which state of the draft was tried")
    sample = models.IntegerField(_("sample"))
    asked_at = models.DateTimeField(_("asked for"))
    asked_by = models.BigIntegerField(_("asked for by"), null=True)
    started_at = models.DateTimeField(_("begun"), null=True)
    done = models.IntegerField(_("cases tried"), default=0)
    cases = models.IntegerField(_("cases"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    result = models.JSONField(_("result"), null=True)
    failure = models.CharField(_("failure"), max_length=500, blank=True)

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


class Phrase(models.Model):
    """A sentence that is said again and again (常用语): a city's, for all who work there or some posts, or a person's own.

    ``actions``: only with these; none means with any. It is offered, never stored by reference: a case keeps its own words.
    """

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    person = models.BigIntegerField(_("person"), null=True, blank=True, editable=False)
    text = models.CharField(_("phrase"), max_length=500)
    posts = ArrayField(models.CharField(max_length=40), verbose_name=_("posts"), default=list, blank=True)
    actions = ArrayField(models.CharField(max_length=40), verbose_name=_("actions"), default=list, blank=True)
    place = models.IntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("phrase")
        verbose_name_plural = _("phrases")
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "person", "text"], name="phrase_once", nulls_distinct=False
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.text[:40]


class FavouriteClass(models.Model):
    """A class that somebody reports so often that they want it first in the list (收藏)."""

    person = models.BigIntegerField(_("person"))
    category = models.CharField(_("class"), max_length=96)

    class Meta:
        verbose_name = _("favourite class")
        verbose_name_plural = _("favourite classes")
        constraints = [models.UniqueConstraint(fields=["person", "category"], name="favourite_class_once")]

    @override
    def __str__(self) -> str:
        return self.category


class Following(models.Model):
    """Somebody follows a case (关注) and is told when it moves, for as long as they may see it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="followings", db_index=False)
    person = models.BigIntegerField(_("person"))
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("following")
        verbose_name_plural = _("followings")
        constraints = [models.UniqueConstraint(fields=["case", "person"], name="following_once")]
        indexes = [models.Index(fields=["person", "-since"], name="following_by_person")]

    @override
    def __str__(self) -> str:
        return f"{self.person}: {self.case_id}"


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
