"""Departments, people, posts, rosters, absences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db import models as django_models

from cityloop.kernel.errors import InvalidInput, NotFound
from cityloop.kernel.translation import _
from cityloop.organisation import models
from cityloop.organisation.actions.accounts import check_password
from cityloop.organisation.actions.checking import check_row, save_checked
from cityloop.organisation.choices import Axis, Sight

AnyRow = TypeVar("AnyRow", bound=django_models.Model)


@transaction.atomic
def create_department(
    jurisdiction: str,
    code: str,
    name: str,
    kind: str,
    *,
    valid_from: date,
    parent_id: int | None = None,
    credit_code: str = "",
    valid_to: date | None = None,
) -> int:
    """Make a department and return its id. ``kind`` is the id of one of the standards' department kinds.

    Raises:
        InvalidInput: A field cannot be used, the code is taken, or the parent belongs to another jurisdiction.
    """
    row = models.Department(
        jurisdiction=known_jurisdiction(jurisdiction),
        code=code,
        name=name,
        kind=kind,
        parent_id=parent_id,
        credit_code=credit_code,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    save_checked(row)
    return row.pk


@transaction.atomic
def create_post(
    jurisdiction: str, code: str, name: str, *, name_en: str = "", axis: str = Axis.NONE, sight: str = Sight.OWN
) -> str:
    """Make a post of a city's own, or its own version of a standard one; return its code.

    Raises:
        InvalidInput: A field cannot be used, or the city has this post.
    """
    known_jurisdiction(jurisdiction)
    save_checked(models.Post(jurisdiction=jurisdiction, code=code, name=name, name_en=name_en, axis=axis, sight=sight))
    return code


@transaction.atomic
def create_user(
    username: str,
    *,
    password: str | None = None,
    name: str = "",
    phone: str = "",
    language: str = "",
    jurisdiction: str = "",
    must_change_password: bool = False,
    is_superuser: bool = False,
) -> models.User:
    """Make an account, kept by ``jurisdiction`` (``""``: a citizen's). Without a password it opens to nobody yet.

    Without a ``language`` it is the installation's in which the person is met.

    Raises:
        InvalidInput: The name is taken or cannot be used, or the password breaks a rule.
    """
    user = models.User(
        username=models.User.normalize_username(username),
        display_name=name,
        phone=phone,
        language=language or settings.LANGUAGE_CODE,
        jurisdiction=known_jurisdiction(jurisdiction) if jurisdiction else "",
        is_superuser=is_superuser,
    )
    if password is not None:
        check_password(password, user)
    user.set_password(password)
    user.must_change_password = must_change_password
    save_checked(user)
    return user


@transaction.atomic
def appoint(
    user_id: int,
    post: str,
    jurisdiction: str,
    *,
    valid_from: date,
    department_id: int | None = None,
    duty_grid: str = "",
    valid_to: date | None = None,
) -> int:
    """Appoint somebody to a post and return the appointment's id; ``valid_to`` is the first day after it.

    Raises:
        InvalidInput: The post or department is none of this jurisdiction, or they hold it at that time already.
        NotFound: There is no such person.
    """
    row = models.Appointment(
        jurisdiction=known_jurisdiction(jurisdiction),
        user=_known(models.User, user_id),
        post=post,
        department_id=department_id,
        duty_grid=duty_grid,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    save_checked(row)
    return row.pk


@transaction.atomic
def end_appointment(appointment_id: int, *, last_day_after: date) -> None:
    """Let an appointment end: ``last_day_after`` is the first day on which it no longer holds.

    Raises:
        InvalidInput: That lies before its start.
        NotFound: There is no such appointment.
    """
    row = models.Appointment.objects.select_for_update().filter(pk=appointment_id).first()
    if row is None:
        raise NotFound(_("There is no such appointment."))
    row.valid_to = last_day_after
    save_checked(row)


@transaction.atomic
def put_on_duty(
    user_id: int, post: str, jurisdiction: str, *, starts_at: datetime, ends_at: datetime, duty_grid: str = ""
) -> int:
    """Enter a turn of duty into the roster and return its id.

    Raises:
        InvalidInput: The post is none of this jurisdiction, the times cross, or the turn is entered already.
        NotFound: There is no such person.
    """
    row = models.Duty(
        jurisdiction=known_jurisdiction(jurisdiction),
        user=_known(models.User, user_id),
        post=post,
        duty_grid=duty_grid,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    save_checked(row)
    return row.pk


@dataclass(frozen=True, slots=True)
class DutyPlan:
    """A turn of duty to be: who, in which post, for which duty grid (``""`` for none), from when until when."""

    user_id: int
    post: str
    starts_at: datetime
    ends_at: datetime
    duty_grid: str = ""


@transaction.atomic
def enter_roster(jurisdiction: str, turns: Sequence[DutyPlan]) -> int:
    """Enter many turns of duty at once, all or none; return how many. A year of a city's takes seconds.

    Raises:
        InvalidInput: A post or duty grid is none of this jurisdiction, times cross, or a turn is entered already; for posts
            and grids ``faults`` name the first turn of each.
        NotFound: There is no such jurisdiction.
    """
    known_jurisdiction(jurisdiction)
    rows = [
        models.Duty(
            jurisdiction=jurisdiction,
            user_id=turn.user_id,
            post=turn.post,
            duty_grid=turn.duty_grid,
            starts_at=turn.starts_at,
            ends_at=turn.ends_at,
        )
        for turn in turns
    ]
    seen: set[tuple[str, str]] = set()
    for row in rows:
        # Each post and grid is asked for once; times cost nothing to compare. Who has the same turn twice the database tells.
        if row.starts_at >= row.ends_at or (row.post, row.duty_grid) not in seen:
            check_row(row, exclude=("user", "jurisdiction"), is_alone=False)
            seen.add((row.post, row.duty_grid))
    try:
        with transaction.atomic():
            models.Duty.objects.bulk_create(rows, batch_size=2000)
    except IntegrityError as exc:
        raise InvalidInput(_("Somebody would have the same duty twice at one time, or is not known here.")) from exc
    return len(rows)


@transaction.atomic
def record_absence(
    user_id: int, jurisdiction: str, *, starts_at: datetime, ends_at: datetime, deputy_id: int | None = None
) -> int:
    """Enter that somebody is away, and who acts with their posts meanwhile; return the absence's id.

    Raises:
        InvalidInput: The deputy is the person, or holds no post in this jurisdiction, or the times cross.
        NotFound: There is no such person.
    """
    row = models.Absence(
        jurisdiction=known_jurisdiction(jurisdiction),
        user=_known(models.User, user_id),
        starts_at=starts_at,
        ends_at=ends_at,
        deputy=None if deputy_id is None else _known(models.User, deputy_id),
    )
    save_checked(row)
    return row.pk


def known_jurisdiction(code: str) -> str:
    """Return ``code``.

    Raises:
        NotFound: There is no such jurisdiction.
    """
    return _known(models.Jurisdiction, code).pk


def _known(model: type[AnyRow], key: int | str) -> AnyRow:
    row = model._default_manager.filter(pk=key).first()  # noqa: SLF001  # Django's public way to a model's rows
    if row is None:
        kind = model._meta.verbose_name  # noqa: SLF001
        raise NotFound(_("There is no such %(kind)s: %(key)s.") % {"kind": kind, "key": key})
    return row
