"""What a message says of an event: codes, times and places; no text that anybody wrote, and nobody's name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from cityloop.kernel.hashing import canonical

TOLD = frozenset({
    "source", "category", "condition", "department", "co_departments", "part_code", "unit_grid", "duty_grid", "community",
    "street", "district", "external_number", "external_due", "reported_at", "closed_at", "resume_on", "disposed_on_time",
})  # fmt: skip
"""Values of a case that a message tells where the event changed them: no person's number among them."""


def payload_of(
    *,
    number: str,
    seq: int,
    jurisdiction: str,
    action: str,
    at: datetime,
    post: str,
    via: str,
    from_state: str,
    to_state: str,
    body: str,
) -> bytes:
    """Return the message: canonical JSON, the same bytes whenever it is asked for."""
    changes = orjson.loads(body)
    return canonical(
        {
            "type": f"case.{action}",
            "timestamp": at,
            "data": {
                "number": number,
                "seq": seq,
                "jurisdiction": jurisdiction,
                "action": action,
                "at": at,
                "post": post,
                "via": via,
                "from_state": from_state or None,
                "to_state": to_state,
                "changed": _told(changes.get("set", {})),
                "case": f"/api/v1/cases/{number}",
            },
        }
    )


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in values.items() if name in TOLD}
    if values.get("lon") is not None and values.get("lat") is not None:
        told["position"] = {"type": "Point", "coordinates": [values["lon"], values["lat"]]}
    return told
