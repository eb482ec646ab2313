"""The log as one JSON object a line, and the id that ties the lines of one request together."""

import logging
import re
import secrets
from contextvars import ContextVar

import orjson
from django.core.exceptions import DisallowedHost
from typing_extensions import override

SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""An id that is taken over from a request: no spaces, no quotes, nothing that could pass for a line of its own."""

FAULT = 500
"""From this status on an answer tells of a fault of ours."""

request_id: ContextVar[str] = ContextVar("request_id", default="")


def id_for(given: str) -> str:
    """Return the id of a request: the one that it brought (``X-Request-Id``), if it is sane, else a new one."""
    return given if SANE.fullmatch(given) else secrets.token_hex(8)


class ForeignName(logging.Filter):
    """Tells of a request under a foreign name in one line: who scans addresses must not fill the log with traces."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(exc := record.exc_info[1] if record.exc_info else None, DisallowedHost):
            name = str(exc).partition("header: ")[2].partition(". ")[0]
            record.levelno, record.levelname, record.exc_info = logging.WARNING, "WARNING", None
            record.msg, record.args = "asked under a name that is none of CITYLOOP_HOSTS: %.100s", (name,)
        return True


class Refusal(logging.Filter):
    """Tells of a request that was refused in one line: what was not allowed or could not be read is no fault of ours to be traced."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        status = getattr(record, "status_code", None)
        if isinstance(status, int) and status < FAULT:
            record.exc_info = record.exc_text = None
            if record.levelno > logging.WARNING:
                record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


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
