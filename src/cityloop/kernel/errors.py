"""The refusals of the house, each with a ``code`` for machines and a message for people.

::

    CityError
    ├── InvalidInput      422   what was sent cannot be used; ``details`` name field, value and reason
    │   └── KeyReused     422   the idempotency key was used before, with another body
    ├── NotSignedIn       401
    ├── NotAllowed        403   this person, holding these posts, may not
    ├── NotFound          404   also what a stranger is told about what exists
    ├── Conflict          409   not possible in the present state, or somebody was faster
    │   └── Outdated      412   what the caller looked at has changed since
    ├── TooLarge          413
    ├── TooMany           429   try again after ``retry_after_seconds``
    └── Unavailable       503   a part we need does not answer; trying again can help

A message says what is so and what to change. It never carries a traceback, SQL or the text of a foreign error.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from cityloop.kernel.translation import Said, _


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was sent: where (``field`` as a dotted path), why, and what stood there."""

    field: str
    why: str
    value: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)

    def told(self) -> str:
        """Return place and reason as one text for people; a reason that is about no one place stands alone."""
        return _("%(field)s: %(why)s") % {"field": self.field, "why": self.why} if self.field else self.why


SHOWN = 80
"""Characters of a wrong value that are shown."""


def shown(value: Any) -> str:
    """Return a wrong value as its sender wrote it: a text as it is, anything else as JSON; its beginning where it is long."""
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))[:SHOWN]


class CityError(Exception):
    """Base of every refusal; ``str()`` gives the message for people."""

    code: ClassVar[str] = "refused"
    http_status: ClassVar[int] = 400

    def __init__(self, message: str, *, faults: Sequence[Fault] = (), **details: Any) -> None:
        super().__init__(str(message))
        self.message: str = message if isinstance(message, Said) else str(message)  # it may know how it was said
        self.faults = tuple(faults)
        self.details: Mapping[str, Any] = details


class InvalidInput(CityError):
    code = "invalid"
    http_status = 422


class KeyReused(InvalidInput):
    code = "key_reused"


class NotSignedIn(CityError):
    code = "not_signed_in"
    http_status = 401


class NotAllowed(CityError):
    code = "not_allowed"
    http_status = 403


class NotFound(CityError):
    code = "not_found"
    http_status = 404


class Conflict(CityError):
    code = "conflict"
    http_status = 409


class Outdated(Conflict):
    code = "outdated"
    http_status = 412


class TooLarge(CityError):
    code = "too_large"
    http_status = 413


class TooMany(CityError):
    code = "too_many"
    http_status = 429


class Unavailable(CityError):
    code = "unavailable"
    http_status = 503
