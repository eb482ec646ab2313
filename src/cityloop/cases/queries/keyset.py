"""Pages by key: the next page begins where the last one ended, whatever has come or gone meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from cityloop.kernel.paging import encode_cursor, key_of

MOST = 200
"""Rows of a page at most."""

Item = TypeVar("Item")
Key = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some rows, and the cursor of the next page; ``next`` is null on the last one. Nothing is counted."""

    items: list[Item]
    next: str | None


def newest_first(
    rows: QuerySet[Any, Any],
    name: str,
    cursor: str,
    limit: int,
    *,
    column: str = "reported_at",
    id_type: Key = UUID,
) -> tuple[list[Any], str | None]:
    """Return a page by a column of time and ``id``, newest first: one query.

    Args:
        rows: Rows with both columns.
        name: Of the list, so that no other list's cursor is taken.
        cursor: ``""`` for the first page.
        limit: Rows wanted.
        id_type: What turns a cursor's id back into one.
    Raises:
        InvalidInput: The cursor is not one of this list.
    """
    ordered = past(rows, name, cursor, column=column, id_type=id_type).order_by(f"-{column}", "-id")
    return cut(name, list(ordered[: limit + 1]), limit, column)


def past(
    rows: QuerySet[Any, Any], name: str, cursor: str, *, column: str = "reported_at", id_type: Key = UUID
) -> QuerySet[Any, Any]:
    """Return the rows that come after a cursor of ``newest_first``.

    Raises:
        InvalidInput: The cursor is not one of this list.
    """
    if not cursor:
        return rows
    at, last = key_of(name, cursor, datetime.fromisoformat, id_type)
    # Both halves, so that the first one can be the index's condition.
    return rows.filter(**{f"{column}__lte": at}).filter(Q(**{f"{column}__lt": at}) | Q(id__lt=last))


def soonest_first(
    rows: QuerySet[Any, Any], name: str, cursor: str, limit: int, id_type: Key
) -> tuple[list[Any], str | None]:
    """Return a page by ``due_at`` and ``id``, soonest first, what is due at no time at the end.

    One query; two for the page on which the rows without a deadline begin.

    Args:
        rows, name, cursor, limit: As for ``newest_first``.
        id_type: What turns a cursor's id back into one.
    """
    if not cursor:
        found = list(rows.order_by("due_at", "id")[: limit + 1])
        return cut(name, found, limit, "due_at")
    at, last = key_of(name, cursor, _instant_or_none, id_type)
    # By both columns although one is empty: else PostgreSQL may walk all rows there ever were by their ids.
    timeless = rows.filter(due_at=None).order_by("due_at", "id")
    if at is None:
        found = list(timeless.filter(id__gt=last)[: limit + 1])
        return cut(name, found, limit, "due_at")
    # Rows with and without a deadline are asked for apart: “or null” would keep PostgreSQL from starting at the key.
    timed = rows.filter(due_at__gte=at).filter(Q(due_at__gt=at) | Q(id__gt=last)).order_by("due_at", "id")
    found = list(timed[: limit + 1])
    if len(found) <= limit:
        found += timeless[: limit + 1 - len(found)]
    return cut(name, found, limit, "due_at")


def _instant_or_none(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def cut(name: str, found: list[Any], limit: int, column: str) -> tuple[list[Any], str | None]:
    """Return a page of ``found``, of which there may be more than ``limit``, and the cursor of the next."""
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], encode_cursor(name, getattr(last, column), last.id)
