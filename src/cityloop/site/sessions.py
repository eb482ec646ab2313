"""Sessions as Django keeps them, found by a statement that each connection plans once: one stands behind every request."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone
from typing_extensions import override

from cityloop.kernel.sql import prepared_cursor

FOUND = "SELECT session_data, expire_date FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    """Django's own, which would put its statement together anew for each request, and have it planned."""

    @override
    def _get_session_from_db(self) -> Session | None:  # type: ignore[misc] # known to the stubs as what it returns alone
        key = self.session_key or ""
        with prepared_cursor() as cursor:
            cursor.execute(FOUND, [key, timezone.now()])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None  # nobody chooses the key of their next session
            return None
        return Session(key, *row)
