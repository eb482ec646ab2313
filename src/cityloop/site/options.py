"""What one run of ``cityloop up`` is asked to do."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cityloop.site.processes import PARTS

if TYPE_CHECKING:  # loaded where TLS is spoken: the supervisor lives as long as the city, and stays small
    from cityloop.site.tls import Certificate


@dataclass(frozen=True, slots=True)
class Options:
    """What one run is asked to do.

    ``name`` is one under which it may be asked for. ``prepare`` are arguments for the command of that name. ``is_quiet`` shows on the screen only what the supervisor says;
    the rest goes to a file. ``until_ready`` stops everything, with success, once the sign-in page answers, and fails after that many seconds
    without an answer; 0 runs until told to stop. With a ``certificate`` web and uploads speak TLS, and plain HTTP on ``plain_port``
    sends people over; every ``certificate_look_s`` seconds it is looked at whether another one is due.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    upload_port: int = 8100
    workers: int = 2
    threads: int = 4
    name: str = "localhost"
    is_private: bool = True
    parts: frozenset[str] = PARTS
    prepare: tuple[str, ...] = ()
    until_ready: float = 0.0
    as_json: bool = False
    is_quiet: bool = False
    certificate: "Certificate | None" = None
    plain_port: int = 8080
    certificate_look_s: float = 60.0
