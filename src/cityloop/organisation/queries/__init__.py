"""Questions that other rooms put to this one."""

from cityloop.organisation.queries.accounts import (
    Person,
    TokenBearer,
    account,
    console_allows,
    has_accounts,
    may_enter_console,
    people,
    user_by_token,
)
from cityloop.organisation.queries.cities import (
    City,
    bounds_of,
    calendar_of,
    cities_with,
    city,
    is_founded,
    jurisdictions,
    only_jurisdiction,
)
from cityloop.organisation.queries.people_file import people_template
from cityloop.organisation.queries.scope import scope, scope_of_staff
from cityloop.organisation.queries.viewers import steady_until, system_viewer, viewer_now, viewer_of

__all__ = [
    "City",
    "Person",
    "TokenBearer",
    "account",
    "bounds_of",
    "calendar_of",
    "cities_with",
    "city",
    "console_allows",
    "has_accounts",
    "is_founded",
    "jurisdictions",
    "may_enter_console",
    "only_jurisdiction",
    "people",
    "people_template",
    "scope",
    "scope_of_staff",
    "steady_until",
    "system_viewer",
    "user_by_token",
    "viewer_now",
    "viewer_of",
]
