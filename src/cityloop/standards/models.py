"""Tables of this room. All jurisdictions share them; a city's own limits and classes live in ``organisation``.

One row of ``Category`` is one *edition* of a class: its name, department, conditions and limits as they hold from a day.
The code never changes; a new name or limit is a new edition, and the one before it gets an end. Old cases keep theirs.
"""

from datetime import date
from typing import Self, TypeVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Left
from typing_extensions import override

from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import days_within_years, within_years
from cityloop.standards import choices, rules

DIGITS = RegexValidator(r"^[0-9]+$", _("Digits only."))
WORD = RegexValidator(r"^[a-z0-9_]+$", _("Small letters, digits and underscores only."))


def _never_two_at_once(name: str) -> ExclusionConstraint:
    """Of one code of a type in a scheme, at most one row holds on any day."""
    return ExclusionConstraint(
        name=name,
        expressions=[
            ("scheme", RangeOperators.EQUAL),
            ("type", RangeOperators.EQUAL),
            ("code", RangeOperators.EQUAL),
            # The end does not belong to a daterange; none means for ever.
            (Func(F("valid_from"), F("valid_to"), function="daterange"), RangeOperators.OVERLAPS),
        ],
        # Deferred, so that one transaction may end a row and begin the next in any order.
        deferrable=models.Deferrable.DEFERRED,
        violation_error_message=_("Another row of this code holds on some of these days. Give that row an end first."),
    )


def _ends_after_it_begins(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
        violation_error_message=_("The end lies after the beginning."),
    )


M = TypeVar("M", bound=models.Model)


class ValidQuerySet(models.QuerySet[M]):
    """Rows with ``valid_from`` and ``valid_to``."""

    def valid_on(self, day: date) -> Self:
        """Rows that hold on ``day``."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


class BigClassQuerySet(ValidQuerySet["BigClass"]):
    pass


class CategoryQuerySet(ValidQuerySet["Category"]):
    pass


class Scheme(models.Model):
    """A classification standard (分类标准)."""

    code = models.CharField(_("code"), max_length=32, primary_key=True, validators=[WORD], db_collation="C")
    name_zh = models.CharField(_("Chinese name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)
    in_force_from = models.DateField(_("in force from"), null=True, blank=True, validators=[within_years])
    in_force_to = models.DateField(
        _("in force to"),
        null=True,
        blank=True,
        validators=[within_years],
        help_text=_("The first day on which it is no longer in force."),
    )
    big_digits = models.PositiveSmallIntegerField(_("digits of a big class"))
    small_digits = models.PositiveSmallIntegerField(_("digits of a small class"))
    part_digits = models.PositiveSmallIntegerField(_("digits of a part code"))
    matter_digits = models.PositiveSmallIntegerField(_("digits of a matter code"), default=0)
    extension = models.CharField(_("own classes"), max_length=300, blank=True)
    extension_first = models.PositiveSmallIntegerField(_("own classes count down from"), default=0)
    extension_last = models.PositiveSmallIntegerField(_("own classes end at"), default=0)
    replaces = models.CharField(_("replaces"), max_length=100, blank=True)
    source = models.TextField(_("source"), blank=True)
    unused = models.JSONField(
        _("unused codes"), default=dict, blank=True, help_text=_("Codes by type that nobody may take.")
    )
    package_digest = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("scheme")
        verbose_name_plural = _("schemes")
        ordering = ["-in_force_from", "code"]
        constraints = [
            models.CheckConstraint(name="standards_scheme_code", condition=Q(code__regex=r"^[a-z0-9_]+$")),
            models.CheckConstraint(
                name="standards_scheme_in_force",
                condition=Q(in_force_to=None) | Q(in_force_from=None) | Q(in_force_to__gt=F("in_force_from")),
                violation_error_message=_("The end lies after the beginning."),
            ),
            days_within_years("standards_scheme_within_years", "in_force_from", "in_force_to"),
            models.CheckConstraint(
                name="standards_scheme_digits",
                condition=Q(
                    big_digits=2, small_digits__range=(1, 6), part_digits=F("big_digits") + F("small_digits") + 12
                ),
                violation_error_message=_(
                    "A big class has 2 digits, a small class 1 to 6, a part code 12 more than both together."
                ),
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name_zh


class DepartmentKind(models.Model):
    """A kind of department that classes are handed to until a city names its own."""

    id = models.CharField(_("code"), max_length=32, primary_key=True, validators=[WORD])
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100)
    package_digest = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("kind of department")
        verbose_name_plural = _("kinds of departments")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="standards_departmentkind_id", condition=Q(id__regex=r"^[a-z0-9_]+$"))
        ]

    @override
    def __str__(self) -> str:
        return self.name_zh


class BigClass(models.Model):
    """A big class (大类) of a scheme."""

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="big_classes", verbose_name=_("scheme"))
    type = models.CharField(_("type"), max_length=5, choices=choices.ObjectType)
    code = models.CharField(_("code"), max_length=2, validators=[DIGITS])
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100)
    note = models.CharField(_("note"), max_length=300, blank=True)
    valid_from = models.DateField(_("valid from"), default=rules.FIRST_DAY, validators=[within_years])
    valid_to = models.DateField(
        _("valid to"),
        null=True,
        blank=True,
        validators=[within_years],
        help_text=_("The first day on which it no longer holds."),
    )
    package_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = BigClassQuerySet.as_manager()

    class Meta:
        verbose_name = _("big class")
        verbose_name_plural = _("big classes")
        ordering = ["scheme", "type", "code", "valid_from"]
        constraints = [
            models.UniqueConstraint(name="standards_bigclass_once", fields=["scheme", "type", "code", "valid_from"]),
            _never_two_at_once("standards_bigclass_never_two"),
            _ends_after_it_begins("standards_bigclass_validity"),
            days_within_years("standards_bigclass_within_years", "valid_from", "valid_to"),
            models.CheckConstraint(name="standards_bigclass_code", condition=Q(code__regex=r"^[0-9]{2}$")),
            models.CheckConstraint(name="standards_bigclass_type", condition=Q(type__in=choices.ObjectType.values)),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.name_zh}"


class Category(models.Model):
    """One edition of a small class (小类) of a scheme."""

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="categories", verbose_name=_("scheme"))
    type = models.CharField(_("type"), max_length=5, choices=choices.ObjectType)
    big_code = models.CharField(_("big class"), max_length=2, validators=[DIGITS])
    code = models.CharField(_("code"), max_length=8, validators=[DIGITS])
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=200)
    aliases_zh = ArrayField(models.CharField(max_length=100), verbose_name=_("other names"), default=list, blank=True)
    dept_kind = models.ForeignKey(
        DepartmentKind, models.PROTECT, related_name="+", verbose_name=_("kind of department")
    )
    geometry = models.CharField(_("geometry"), max_length=7, choices=choices.Geometry, blank=True)
    accuracy = models.CharField(_("accuracy"), max_length=1, choices=choices.Accuracy, blank=True)
    part_code = models.CharField(
        _("class of the part"),
        max_length=8,
        blank=True,
        help_text=_("For a matter that says that a part is out of order: the class of the part."),
    )
    confidence = models.CharField(_("founded on"), max_length=8, choices=choices.Confidence, blank=True)
    code_basis = models.CharField(_("code from"), max_length=8, choices=choices.CodeBasis, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    valid_from = models.DateField(_("valid from"), default=rules.FIRST_DAY, validators=[within_years])
    valid_to = models.DateField(
        _("valid to"),
        null=True,
        blank=True,
        validators=[within_years],
        help_text=_("The first day on which it no longer holds."),
    )
    package_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ["scheme", "type", "code", "valid_from"]
        constraints = [
            models.UniqueConstraint(name="standards_category_once", fields=["scheme", "type", "code", "valid_from"]),
            _never_two_at_once("standards_category_never_two"),
            _ends_after_it_begins("standards_category_validity"),
            days_within_years("standards_category_within_years", "valid_from", "valid_to"),
            models.CheckConstraint(
                name="standards_category_code",
                condition=Q(code__regex=r"^[0-9]{3,8}$", big_code=Left("code", 2)),
                violation_error_message=_("A code is 3 to 8 digits and begins with its big class."),
            ),
            models.CheckConstraint(name="standards_category_type", condition=Q(type__in=choices.ObjectType.values)),
            models.CheckConstraint(
                name="standards_category_geometry",
                condition=Q(geometry__in=choices.Geometry.values) | Q(geometry="", type=choices.ObjectType.EVENT),
                violation_error_message=_("A class of parts says whether they are points, lines or polygons."),
            ),
            models.CheckConstraint(
                name="standards_category_part_code",
                condition=Q(part_code="") | Q(part_code__regex=r"^[0-9]{3,8}$", type=choices.ObjectType.EVENT),
                violation_error_message=_("Only a matter can be about the class of a part."),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.name_zh}"

    @override
    def clean(self) -> None:
        """Refuse a code that does not fit the scheme, that the standard leaves unused, or that has no big class."""
        super().clean()
        scheme = Scheme.objects.filter(pk=self.scheme_id).first()
        if scheme is None:
            return
        why = rules.why_not_code(self.code, self.type, scheme.big_digits + scheme.small_digits, scheme.unused)
        if why:
            raise ValidationError({"code": why})
        above = BigClass.objects.filter(scheme=scheme, type=self.type, code=self.big_code)
        if not above.exists():
            raise ValidationError({"big_code": _("The scheme has no such big class.")})


class FilingCondition(models.Model):
    """A filing condition (立案条件) of an edition of a class, with its limit and closing condition (结案条件)."""

    category = models.ForeignKey(Category, models.CASCADE, related_name="conditions", verbose_name=_("class"))
    position = models.PositiveSmallIntegerField(_("order"), help_text=_("The lowest one is the default."))
    ident = models.CharField(_("code"), max_length=32, validators=[WORD])
    text_zh = models.CharField(_("filing condition, Chinese"), max_length=300)
    text_en = models.CharField(_("filing condition, English"), max_length=300)
    closing_zh = models.CharField(_("closing condition, Chinese"), max_length=300)
    closing_en = models.CharField(_("closing condition, English"), max_length=300)
    amount = models.PositiveIntegerField(_("limit"))
    unit = models.CharField(_("unit"), max_length=12, choices=choices.TimeUnit)
    limit_text = models.CharField(_("limit as written"), max_length=100, blank=True)
    basis = models.CharField(_("limit from"), max_length=8, choices=choices.LimitBasis, blank=True)
    season = models.CharField(_("season"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("filing condition")
        verbose_name_plural = _("filing conditions")
        ordering = ["category", "position"]
        constraints = [
            models.UniqueConstraint(name="standards_condition_once", fields=["category", "ident"]),
            # Deferred, so that two conditions may change places.
            models.UniqueConstraint(
                name="standards_condition_position",
                fields=["category", "position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(name="standards_condition_ident", condition=Q(ident__regex=r"^[a-z0-9_]+$")),
            models.CheckConstraint(
                name="standards_condition_amount",
                condition=Q(amount__range=(1, 100_000)),
                violation_error_message=_("A limit is a whole number from 1 to 100,000."),
            ),
            models.CheckConstraint(name="standards_condition_unit", condition=Q(unit__in=choices.TimeUnit.values)),
            models.CheckConstraint(name="standards_condition_texts", condition=~Q(text_zh="") & ~Q(closing_zh="")),
        ]

    @override
    def __str__(self) -> str:
        return self.text_zh


class Correspondence(models.Model):
    """One class of one scheme is what that class of another was. Codes, not rows: it holds for all their editions."""

    type = models.CharField(_("type"), max_length=5, choices=choices.ObjectType)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+", verbose_name=_("scheme"))
    code = models.CharField(_("code"), max_length=8, validators=[DIGITS])
    other_scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+", verbose_name=_("other scheme"))
    other_code = models.CharField(_("code there"), max_length=8, validators=[DIGITS])
    basis = models.CharField(_("code from"), max_length=8, choices=choices.CodeBasis, blank=True)
    package_digest = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("correspondence")
        verbose_name_plural = _("correspondences")
        ordering = ["type", "scheme", "code", "other_scheme", "other_code"]
        constraints = [
            models.UniqueConstraint(
                name="standards_correspondence_once", fields=["type", "scheme", "code", "other_scheme", "other_code"]
            ),
            models.CheckConstraint(
                name="standards_correspondence_direction",
                condition=Q(scheme__gt=F("other_scheme")),
                violation_error_message=_("Write each pair once, the scheme that sorts later first."),
            ),
            models.CheckConstraint(
                name="standards_correspondence_codes",
                condition=Q(code__regex=r"^[0-9]{3,8}$", other_code__regex=r"^[0-9]{3,8}$"),
            ),
            models.CheckConstraint(
                name="standards_correspondence_type", condition=Q(type__in=choices.ObjectType.values)
            ),
        ]
        indexes = [models.Index(name="standards_correspondence_back", fields=["other_scheme", "type", "other_code"])]

    @override
    def __str__(self) -> str:
        return f"{self.scheme_id} {self.code} = {self.other_scheme_id} {self.other_code}"
