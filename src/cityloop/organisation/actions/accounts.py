"""Signing in, passwords, tokens. Times here are the machine's, never those of a demonstration's clock."""

import logging
import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotFound, NotSignedIn, TooMany
from cityloop.kernel.translation import _
from cityloop.organisation import models
from cityloop.organisation.actions.checking import save_checked
from cityloop.organisation.choices import TokenScope
from cityloop.organisation.queries.accounts import TOKEN_PREFIX, token_digest
from cityloop.organisation.rules.lockout import WINDOW, locked_until

logger = logging.getLogger(__name__)

KEPT_ATTEMPTS = timedelta(days=30)
"""How long failed sign-ins stay to be looked at."""

PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # noqa: S105  # without those that look alike


def sign_in(username: str, password: str, *, address: str, now: datetime) -> models.User:
    """Return the account that name and password open.

    After five failures within fifteen minutes an account is shut to the address they came from, to the right password
    too. All refusals read and take the same whether the account exists or not.

    Call it outside a transaction: a refusal that is rolled back would not be counted.

    Raises:
        NotSignedIn: Name or password is wrong, or the account is barred.
        TooMany: Too many failures; ``retry_after_seconds`` says when the door opens again.
    """
    account = models.User.normalize_username(username)[:60]
    attempt = _count_attempt(account, address, now)
    user = models.User.objects.filter(username=account).first()
    if not _opens(user, password):
        logger.info("sign-in failed from %s", address)
        raise NotSignedIn(_("Account name or password is wrong."))
    # Only what failed is kept to be looked at.
    models.SignInAttempt.objects.filter(pk=attempt).delete()
    _clear(models.SignInAttempt.objects.filter(account=account, address=address), now)
    assert user is not None
    return user


def _count_attempt(account: str, address: str, now: datetime) -> int:
    """Count a try before the password is looked at, so that many at once cannot all slip in under the limit.

    Returns its id.

    Raises:
        TooMany: The door is shut.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sign-in {account}@{address}"])
        mine = models.SignInAttempt.objects.filter(account=account, address=address, cleared_at=None)
        until = locked_until(list(mine.filter(at__gt=now - WINDOW).values_list("at", flat=True)), now)
        if until is None:
            attempt = models.SignInAttempt.objects.create(account=account, address=address, at=now)
            models.SignInAttempt.objects.filter(at__lt=now - KEPT_ATTEMPTS).delete()
            return attempt.pk
    seconds = max(1, round((until - now).total_seconds()))
    raise TooMany(
        _("Too many failed sign-ins. Try again in %(minutes)d minutes, or ask an administrator to unlock it.")
        % {"minutes": -(-seconds // 60)},
        retry_after_seconds=seconds,
    )


def _opens(user: models.User | None, password: str) -> bool:
    if user is None:
        make_password(password)  # takes as long as looking at a real one
        return False
    return user.check_password(password) and user.is_active


def _clear(attempts: QuerySet[models.SignInAttempt], now: datetime) -> int:
    return attempts.filter(cleared_at=None).update(cleared_at=now)


def unlock(username: str, *, now: datetime) -> int:
    """Open an account's door again, for every address; return how many failures were cleared."""
    account = models.User.normalize_username(username)
    return _clear(models.SignInAttempt.objects.filter(account=account), now)


# --- passwords


def check_password(password: str, user: models.User | None = None) -> None:
    """Check a new password by the installation's rules: of length and guessability, and, of a user, of likeness.

    Raises:
        InvalidInput: With a fault for each rule that it breaks.
    """
    try:
        password_validation.validate_password(password, user)
    except ValidationError as exc:
        faults = [Fault("password", message) for message in exc.messages]
        raise InvalidInput(" ".join(exc.messages), faults=faults) from exc


def new_password() -> str:
    """Return a password for a first sign-in: twelve letters and digits, none of which look alike."""
    return "".join(secrets.choice(PASSWORD_LETTERS) for _position in range(12))


@transaction.atomic
def change_password(user_id: int, *, old: str, new: str) -> None:
    """Change one's own password; what was demanded at the first sign-in is done with that.

    Raises:
        InvalidInput: The old one is wrong, the new one breaks a rule or is the old one.
        NotFound: There is no such account.
    """
    user = models.User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound(_("There is no such account."))
    if not user.check_password(old):
        why = _("The old password is wrong.")
        raise InvalidInput(why, faults=[Fault("old", why)])
    check_password(new, user)
    user.set_password(new)
    user.save(update_fields=["password", "must_change_password"])


@transaction.atomic
def reset_passwords(user_ids: Iterable[int]) -> dict[int, str]:
    """Give each account a new password that must be changed at the next sign-in, all or none; return them by id.

    Raises:
        NotFound: There is no such account.
    """
    return {user_id: reset_password(user_id) for user_id in user_ids}


@transaction.atomic
def reset_password(user_id: int) -> str:
    """Give an account a new password that must be changed at the next sign-in, and return it.

    Raises:
        NotFound: There is no such account.
    """
    user = models.User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound(_("There is no such account."))
    password = new_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    return password


@transaction.atomic
def share_password(user_ids: Iterable[int], password: str) -> None:
    """Give accounts one password: those of a demo, where everybody may read it anyway.

    It is digested once for all of them: a digest is meant to be slow, and forty would hold up a demo's start.

    Raises:
        InvalidInput: The password breaks a rule.
    """
    check_password(password)
    models.User.objects.filter(pk__in=list(user_ids)).update(password=make_password(password))


# --- tokens


@transaction.atomic
def issue_token(
    user_id: int,
    name: str,
    *,
    now: datetime,
    expires: datetime | None = None,
    scopes: Iterable[str] = (TokenScope.READ,),
) -> str:
    """Make a token and return it, this one time: only its digest is kept.

    Raises:
        Conflict: The account has a token of this name.
        InvalidInput: A scope is unknown, or the expiry has passed.
        NotFound: There is no such account.
    """
    wanted = sorted(set(scopes))
    _check_token(wanted, expires, now)
    user = models.User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound(_("There is no such account."))
    if user.tokens.filter(name=name, revoked_at=None).exists():
        raise Conflict(_("This account has a token of this name."))
    plain = TOKEN_PREFIX + secrets.token_urlsafe(32)
    save_checked(
        models.ApiToken(
            user=user, name=name, digest=token_digest(plain), scopes=wanted, created_at=now, expires_at=expires
        )
    )
    return plain


def _check_token(scopes: list[str], expires: datetime | None, now: datetime) -> None:
    faults = [
        Fault("scopes", _("There is no such scope."), scope) for scope in scopes if scope not in TokenScope.values
    ]
    if not scopes:
        faults.append(Fault("scopes", _("A token needs a scope.")))
    if expires is not None and expires <= now:
        faults.append(Fault("expires", _("This time has passed."), expires.isoformat()))
    if faults:
        raise InvalidInput(" ".join(fault.why for fault in faults), faults=faults)


@transaction.atomic
def revoke_token(token_id: int, *, now: datetime) -> None:
    """Make a token useless at once; revoking it again changes nothing."""
    models.ApiToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=now)


def note_token_use(token_id: int, day: date) -> None:
    """Note on which day a token was used last: one write a day at most."""
    models.ApiToken.objects.filter(Q(last_used_on=None) | Q(last_used_on__lt=day), pk=token_id).update(last_used_on=day)
