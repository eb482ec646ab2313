from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime
from typing_extensions import override

from cityloop.geography import queries as geography
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import days_within_years, instants_within_years, within_years
from cityloop.organisation.choices import Axis, Sight
from cityloop.organisation.models.accounts import User
from cityloop.organisation.models.ranges import days, ends_after_start, instants, never_twice, refuse_crossed
from cityloop.standards import queries as standards

IS_POST_CODE = RegexValidator(r"^[a-z][a-z0-9_]{1,29}$", _("Use small letters, digits and _, a letter first."))
IS_CREDIT_CODE = RegexValidator(r"^[0-9A-Z]{18}$", _("A unified social credit code has 18 digits and capital letters."))
ENDS_TOO_EARLY = _("The end lies before the start.")


class DepartmentQuerySet(models.QuerySet["Department"]):
    """Each method narrows; none evaluates."""

    def within(self, path: str) -> "DepartmentQuerySet":
        """The department at ``path`` and all units below it."""
        return self.filter(path__startswith=path)


class Department(models.Model):
    """A responsible body (专业部门), or a unit or team inside one.

    ``path`` holds the ids from the root, ``"/12/40/"``; the database writes it, so that no way of changing the tree can
    leave it wrong.
    """

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(
        _("kind"), max_length=30, help_text=_("Decides which classes of cases are suggested to it.")
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="units", verbose_name=_("part of")
    )
    path = models.CharField(_("path"), max_length=200, editable=False, default="")
    credit_code = models.CharField(
        _("unified social credit code"), max_length=18, blank=True, validators=[IS_CREDIT_CODE]
    )
    is_active = models.BooleanField(_("in use"), default=True)
    valid_from = models.DateField(_("valid from"), validators=[within_years])
    valid_to = models.DateField(_("valid until before"), null=True, blank=True, validators=[within_years])

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["jurisdiction", "path"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "code"],
                name="department_code_once",
                violation_error_message=_("There is a department with this code."),
            ),
            models.UniqueConstraint(fields=["id", "jurisdiction"], name="department_and_its_jurisdiction"),
            ends_after_start("department_ends_after_start", "valid_from", "valid_to", message=ENDS_TOO_EARLY),
            days_within_years("department_within_years", "valid_from", "valid_to"),
        ]
        indexes = [models.Index(fields=["path"], name="department_by_path")]

    @override
    def __str__(self) -> str:
        return self.name

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        self.refresh_from_db(fields=["path"])

    @override
    def clean(self) -> None:
        refuse_crossed(self, "valid_from", "valid_to")
        faults: dict[str, Any] = {}
        if self.kind not in standards.department_kinds():
            faults["kind"] = _("There is no such kind of department.")
        parent = Department.objects.filter(pk=self.parent_id).first() if self.parent_id else None
        if parent is not None and parent.jurisdiction != self.jurisdiction:
            faults["parent"] = _("The department above it is none of this jurisdiction.")
        elif parent is not None and self.pk and f"/{self.pk}/" in parent.path:
            faults["parent"] = _("A department is not part of itself.")
        if faults:
            raise ValidationError(faults)


class Post(models.Model):
    """A kind of work that people are appointed to (岗位); ``jurisdiction`` is ``""`` for those every city has."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6, blank=True, default="")
    code = models.CharField(_("code"), max_length=30, validators=[IS_POST_CODE])
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=60, blank=True)
    axis = models.CharField(_("axis"), max_length=12, choices=Axis, default=Axis.NONE)
    sight = models.CharField(_("sees"), max_length=12, choices=Sight, default=Sight.OWN)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["jurisdiction", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "code"],
                name="post_code_once",
                violation_error_message=_("There is a post with this code."),
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


def check_post(jurisdiction: str, code: str) -> None:
    """Check that a jurisdiction has a post, of its own or as every city has it."""
    known = Post.objects.filter(models.Q(jurisdiction="") | models.Q(jurisdiction=jurisdiction), code=code)
    if not known.exists():
        raise ValidationError({"post": _("There is no such post.")})


def check_duty_grid(jurisdiction: str, code: str) -> None:
    """Check that a duty grid is one of the jurisdiction's. Where it has none yet, people may be named before the grids.

    Raises:
        ValidationError: It is another city's, or not among those that this city has.
    """
    if not code:
        return
    cities = geography.cities_of_duty_grid(code)
    if jurisdiction not in cities and (cities or geography.has_duty_grids(jurisdiction)):
        raise ValidationError({"duty_grid": _("This is no duty grid of this jurisdiction.")})


class Appointment(models.Model):
    """Somebody holds a post, in a department where the post belongs to one, for a time (任职)."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    user = models.ForeignKey(User, models.PROTECT, related_name="appointments", verbose_name=_("account"))
    post = models.CharField(_("post"), max_length=30)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("department")
    )
    duty_grid = models.CharField(_("duty grid"), max_length=30, blank=True, default="")
    valid_from = models.DateField(_("valid from"), validators=[within_years])
    valid_to = models.DateField(_("valid until before"), null=True, blank=True, validators=[within_years])

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["jurisdiction", "post", "user_id", "id"]
        constraints = [
            ends_after_start("appointment_ends_after_start", "valid_from", "valid_to", message=ENDS_TOO_EARLY),
            days_within_years("appointment_within_years", "valid_from", "valid_to"),
            never_twice(
                "appointment_never_twice",
                days(),
                "jurisdiction",
                "user",
                "post",
                Coalesce("department", 0, output_field=models.BigIntegerField()),
                "duty_grid",
                message=_("This person holds this post there at that time already."),
            ),
        ]
        indexes = [
            models.Index(fields=["user", "jurisdiction"], name="appointment_by_user"),
            models.Index(fields=["jurisdiction", "post"], name="appointment_by_post"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.user} · {self.valid_from:%Y-%m-%d}"

    @override
    def clean(self) -> None:
        refuse_crossed(self, "valid_from", "valid_to")
        check_post(self.jurisdiction, self.post)
        check_duty_grid(self.jurisdiction, self.duty_grid)
        if self.department is not None and self.department.jurisdiction != self.jurisdiction:
            raise ValidationError({"department": _("This is no department of this jurisdiction.")})


class Duty(models.Model):
    """One turn of the roster (值班): who stands in a post from when until when."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    user = models.ForeignKey(User, models.PROTECT, related_name="duties", verbose_name=_("account"))
    post = models.CharField(_("post"), max_length=30)
    duty_grid = models.CharField(_("duty grid"), max_length=30, blank=True, default="")
    starts_at = models.DateTimeField(_("from"), validators=[within_years])
    ends_at = models.DateTimeField(_("until"), validators=[within_years])

    class Meta:
        verbose_name = _("turn of duty")
        verbose_name_plural = _("duty roster")
        ordering = ["jurisdiction", "starts_at", "id"]
        constraints = [
            ends_after_start("duty_ends_after_start", "starts_at", "ends_at", message=ENDS_TOO_EARLY),
            instants_within_years("duty_within_years", "starts_at", "ends_at"),
            never_twice(
                "duty_never_twice",
                instants(),
                "jurisdiction",
                "user",
                "post",
                "duty_grid",
                message=_("This person has this duty at that time already."),
            ),
        ]
        indexes = [
            models.Index(fields=["jurisdiction", "starts_at"], name="duty_by_time"),
            models.Index(fields=["user", "ends_at"], name="duty_by_user"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.user} · {localtime(self.starts_at):%Y-%m-%d %H:%M}"

    @override
    def clean(self) -> None:
        refuse_crossed(self, "starts_at", "ends_at")
        check_post(self.jurisdiction, self.post)
        check_duty_grid(self.jurisdiction, self.duty_grid)


class Absence(models.Model):
    """Somebody is away (请假); the deputy acts with their posts in this jurisdiction meanwhile."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    user = models.ForeignKey(User, models.PROTECT, related_name="absences", verbose_name=_("account"))
    starts_at = models.DateTimeField(_("from"), validators=[within_years])
    ends_at = models.DateTimeField(_("until"), validators=[within_years])
    deputy = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="deputyships", verbose_name=_("deputy")
    )

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["jurisdiction", "starts_at", "id"]
        constraints = [
            ends_after_start("absence_ends_after_start", "starts_at", "ends_at", message=ENDS_TOO_EARLY),
            instants_within_years("absence_within_years", "starts_at", "ends_at"),
            models.CheckConstraint(
                name="absence_deputy_is_another",
                condition=models.Q(deputy=None) | ~models.Q(deputy=models.F("user")),
                violation_error_message=_("Nobody is their own deputy."),
            ),
            never_twice(
                "absence_never_twice",
                instants(),
                "jurisdiction",
                "user",
                message=_("This person is away at that time already."),
            ),
        ]
        indexes = [models.Index(fields=["deputy", "ends_at"], name="absence_by_deputy")]

    @override
    def __str__(self) -> str:
        return f"{self.user} · {localtime(self.starts_at):%Y-%m-%d}"

    @override
    def clean(self) -> None:
        refuse_crossed(self, "starts_at", "ends_at")
        if self.deputy_id is None:
            return
        # An absence must not open one city to the people of another.
        if not Appointment.objects.filter(user_id=self.deputy_id, jurisdiction=self.jurisdiction).exists():
            raise ValidationError({"deputy": _("A deputy must hold a post in this jurisdiction.")})
