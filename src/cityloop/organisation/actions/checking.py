"""Django's checks of a row, answered in the house's own words."""

from collections.abc import Collection

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from cityloop.kernel.errors import Fault, InvalidInput, shown
from cityloop.kernel.translation import _


def faults_of(exc: ValidationError, row: models.Model) -> list[Fault]:
    """Return the faults that Django found, one for each field and reason; a whole row's stand under ``""``."""
    if not hasattr(exc, "error_dict"):
        return [Fault("", message) for message in exc.messages]
    return [
        Fault("" if name == NON_FIELD_ERRORS else name, message, shown(getattr(row, name, "")))
        for name, errors in exc.error_dict.items()
        for message in ValidationError(errors).messages
    ]


def check_row(row: models.Model, *, exclude: Collection[str] = (), is_alone: bool = True) -> None:
    """Check the fields of ``row`` and, if it ``is_alone``, what the table's constraints say of it beside others.

    Raises:
        InvalidInput: With a fault for each thing that is wrong.
    """
    try:
        row.full_clean(exclude=exclude, validate_unique=is_alone, validate_constraints=is_alone)
    except ValidationError as exc:
        faults = faults_of(exc, row)
        why = "; ".join(fault.told() for fault in faults)
        kind = row._meta.verbose_name  # noqa: SLF001  # Django's public way to a model's name
        raise InvalidInput(
            _("This %(kind)s cannot be saved: %(why)s") % {"kind": kind, "why": why}, faults=faults
        ) from exc


def save_checked(row: models.Model) -> None:
    """Save ``row`` after all checks of its fields and constraints.

    Raises:
        InvalidInput: With a fault for each thing that is wrong.
    """
    check_row(row)
    row.save()
