"""The log as one JSON object a line, and the id that ties the lines of one request together."""

import logging
import re
import secrets
from contextvars import ContextVar

import orjson
from typing_extensions import override

SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""An id that is taken over from a request: no spaces, no quotes, nothing that could pass for a line of its own."""

request_id: ContextVar[str] = ContextVar("request_id", default="")


def id_for(given: str) -> str:
    """Return the id of a request: the one that it brought (``X-Request-Id``), if it is sane, else a new one."""
    return given if SANE.fullmatch(given) else secrets.token_hex(8)


class JsonLine(logging.Formatter):
    """One object a line. A record's own facts (``extra={"facts": {…}}``) stand beside its message; a traceback in ``trace``.

    When and by which process it was said the supervisor adds.
    """

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if mark := request_id.get():
            line["request_id"] = mark
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()
