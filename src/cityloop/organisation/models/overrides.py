from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from typing_extensions import override

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import days_within_years, within_years
from cityloop.organisation.choices import OverrideKind
from cityloop.organisation.models.ranges import days, ends_after_start, never_twice, refuse_crossed
from cityloop.organisation.rules.city import own_category
from cityloop.standards import queries as standards
from cityloop.standards.choices import TimeUnit
from cityloop.standards.rules import TimeLimit, split_category_key, split_condition_key


class ClassOverride(models.Model):
    """A city does not use a class of the standard, or adds one of its own, for a time."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    category = models.CharField(_("class"), max_length=40, help_text=_("As scheme/type/code."))
    kind = models.CharField(_("what"), max_length=8, choices=OverrideKind)
    definition = models.JSONField(
        _("definition"),
        null=True,
        blank=True,
        help_text=_("Only for a class of the city's own: names, department kind, filing conditions with limits."),
    )
    valid_from = models.DateField(_("valid from"), validators=[within_years])
    valid_to = models.DateField(_("valid until before"), null=True, blank=True, validators=[within_years])

    class Meta:
        verbose_name = _("change of a class")
        verbose_name_plural = _("changes of classes")
        ordering = ["jurisdiction", "category", "valid_from"]
        constraints = [
            models.CheckConstraint(
                name="class_override_defined_iff_added",
                condition=models.Q(kind=OverrideKind.ADD, definition__isnull=False)
                | models.Q(kind=OverrideKind.DISABLE, definition__isnull=True),
                violation_error_message=_("A class of the city's own needs a definition, a disabled one has none."),
            ),
            ends_after_start(
                "class_override_ends_after_start", "valid_from", "valid_to", message=_("The end lies before the start.")
            ),
            days_within_years("class_override_within_years", "valid_from", "valid_to"),
            never_twice(
                "class_override_never_twice",
                days(),
                "jurisdiction",
                "category",
                message=_("This class is changed at that time already."),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.category}: {self.get_kind_display()}"

    @override
    def clean(self) -> None:
        refuse_crossed(self, "valid_from", "valid_to")
        try:
            split_category_key(self.category)
        except InvalidInput as exc:
            raise ValidationError({"category": exc.message}) from exc
        if self.kind == OverrideKind.ADD and self.definition is not None:
            self._clean_definition()

    def _clean_definition(self) -> None:
        try:
            category = own_category(self.category, self.definition)
        except InvalidInput as exc:
            raise ValidationError({"definition": [fault.told() for fault in exc.faults]}) from exc
        if category.dept_kind not in standards.department_kinds():
            raise ValidationError({"definition": _("There is no such kind of department.")})


class LimitOverride(models.Model):
    """A city's own time limit for a filing condition, in one timing zone or (``""``) in all, for a time."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    condition = models.CharField(_("filing condition"), max_length=80, help_text=_("As scheme/type/code#condition."))
    timing_zone = models.CharField(_("timing zone"), max_length=20, blank=True, default="")
    amount = models.PositiveIntegerField(_("amount"), validators=[MinValueValidator(1)])
    unit = models.CharField(_("unit"), max_length=20, choices=TimeUnit)
    text = models.CharField(_("text"), max_length=200, blank=True, help_text=_("The words of the city's rule."))
    valid_from = models.DateField(_("valid from"), validators=[within_years])
    valid_to = models.DateField(_("valid until before"), null=True, blank=True, validators=[within_years])

    class Meta:
        verbose_name = _("time limit of the city's own")
        verbose_name_plural = _("time limits of the city's own")
        ordering = ["jurisdiction", "condition", "timing_zone", "valid_from"]
        constraints = [
            models.CheckConstraint(
                name="limit_override_positive",
                condition=models.Q(amount__gt=0),
                violation_error_message=_("A limit is at least 1."),
            ),
            ends_after_start(
                "limit_override_ends_after_start", "valid_from", "valid_to", message=_("The end lies before the start.")
            ),
            days_within_years("limit_override_within_years", "valid_from", "valid_to"),
            never_twice(
                "limit_override_never_twice",
                days(),
                "jurisdiction",
                "condition",
                "timing_zone",
                message=_("There is a limit for this condition in this zone at that time already."),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.condition}: {self.amount} {self.get_unit_display()}"

    @override
    def clean(self) -> None:
        refuse_crossed(self, "valid_from", "valid_to")
        self._clean_condition()
        try:
            TimeLimit(self.amount, self.unit)
        except InvalidInput as exc:
            raise ValidationError({"amount": exc.message}) from exc

    def _clean_condition(self) -> None:
        """Refuse a condition that neither the standard nor the city has: a limit for it would never hold, unseen."""
        try:
            category, mark = split_condition_key(self.condition)
        except InvalidInput as exc:
            raise ValidationError({"condition": exc.message}) from exc
        own = ClassOverride.objects.filter(jurisdiction=self.jurisdiction, category=category, kind=OverrideKind.ADD)
        in_own = {
            condition.get("id")
            for definition in own.order_by("pk").values_list("definition", flat=True)
            if definition
            for condition in definition["conditions"]
        }
        if mark not in in_own and not standards.has_condition(self.condition):
            raise ValidationError({"condition": _("There is no filing condition “%(key)s”.") % {"key": self.condition}})
