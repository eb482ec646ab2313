"""Accounts, tokens, and whom the console lets in."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import orjson
from django.db import DEFAULT_DB_ALIAS

from cityloop.kernel.clock import machine_now
from cityloop.kernel.sql import prepared_cursor
from cityloop.organisation import models
from cityloop.organisation.choices import TokenScope
from cityloop.organisation.queries.viewers import viewer_of
from cityloop.organisation.rules.staffing import CONSOLE_POSTS, Viewer

TOKEN_PREFIX = "cl_"  # noqa: S105  # tells a leaked one apart in a log; not a secret

_SHARED_ROOMS = frozenset({"standards"})
"""Rooms whose rows all cities share: a city's administrators look at them, the installation's change them."""


_USER_FIELDS = [field.attname for field in models.User._meta.concrete_fields]  # noqa: SLF001 (Django's public meta API)

BEARER = f"""
-- Whose token has this digest, if it is in force? Behind every request of a program, so it is not put together each time.
SELECT t.id, t.name, t.scopes, t.last_used_on, {", ".join(f"u.{field}" for field in _USER_FIELDS)}
FROM organisation_apitoken t JOIN organisation_user u ON u.id = t.user_id
WHERE t.digest = %(digest)s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > %(now)s)
    AND u.is_active
"""

ACCOUNT = f"""
-- The account of this id. Behind every request of a page, so it is not put together each time.
SELECT {", ".join(_USER_FIELDS)} FROM organisation_user WHERE id = %s
"""


_WIDER: Mapping[str, tuple[str, ...]] = {
    TokenScope.READ: (TokenScope.WRITE,),
    TokenScope.GEODATA: (TokenScope.READ, TokenScope.WRITE),
}
"""The scopes that allow what a smaller one allows."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a list shows them."""

    id: int
    username: str
    name: str
    phone: str
    language: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class TokenBearer:
    """A program that came with a good token: for whom it acts, and what the token allows."""

    user: models.User
    token_id: int
    name: str
    scopes: frozenset[str]
    last_used_on: date | None

    def may(self, scope: str) -> bool:
        """Whether the token allows ``scope``: one that may write may read, and one that may read may read base data."""
        return bool(self.scopes & {scope, *_WIDER.get(scope, ())})


def people(ids: Iterable[int]) -> dict[int, Person]:
    """Return the people with these ids: one query."""
    rows = models.User.objects.filter(pk__in=set(ids)).order_by("pk")
    return {row.pk: Person(row.pk, row.username, str(row), row.phone, row.language, row.is_active) for row in rows}


def has_accounts() -> bool:
    """Return whether there is an account at all."""
    return models.User.objects.exists()


def account(user_id: int) -> models.User | None:
    """Return the account with this id as it stands now, barred or not: one query."""
    with prepared_cursor() as cursor:
        cursor.execute(ACCOUNT, [user_id])
        row = cursor.fetchone()
    return None if row is None else models.User.from_db(DEFAULT_DB_ALIAS, _USER_FIELDS, row)


def token_digest(plain: str) -> bytes:
    """Return what is kept of a token. No salt: 256 random bits cannot be guessed, and the digest must be found by index."""
    return hashlib.sha256(plain.encode()).digest()


def user_by_token(plain: str, now: datetime) -> TokenBearer | None:
    """Return for whom a token speaks; None if it is unknown, expired or revoked, or its account is barred. One query.

    The index compares digests, never the token: how long it takes says nothing about how much of a guess was right.
    """
    if not plain.startswith(TOKEN_PREFIX) or len(plain) > 100:
        return None
    with prepared_cursor() as cursor:
        cursor.execute(BEARER, {"digest": token_digest(plain), "now": now})
        row = cursor.fetchone()
    if row is None:
        return None
    token_id, name, scopes, last_used_on, *user = row
    bearer = models.User.from_db(DEFAULT_DB_ALIAS, _USER_FIELDS, user)
    return TokenBearer(bearer, token_id, name, frozenset(orjson.loads(scopes)), last_used_on)


def console_viewer(user: models.User) -> Viewer:
    """Return what ``user`` holds in the console: by the machine's clock, remembered for as long as the object lives.

    A request loads its user anew, so this lives for one request; a page of the console asks dozens of times.
    """
    known: Viewer | None = user.__dict__.get("_console_viewer")
    if known is None:
        known = user.__dict__["_console_viewer"] = viewer_of(user, machine_now())
    return known


def may_enter_console(user: models.User) -> bool:
    """Whether ``user`` may enter the console: the installation's administrators, and those of a city."""
    return user.is_active and (user.is_superuser or console_viewer(user).holds(*CONSOLE_POSTS))


def console_allows(user: models.User, permission: str) -> bool:
    """Whether Django's permission ``app.verb_model`` is given to ``user`` in the console.

    Tables that belong to cities ask ``console.ScopedAdmin`` instead, which also knows the rows.
    """
    if user.is_active and user.is_superuser:
        return True
    app, _dot, rest = permission.partition(".")
    return app in _SHARED_ROOMS and rest.startswith("view_") and may_enter_console(user)
