"""``demo``: from an empty data folder to a city that answers, and the start of one that is there."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from bench.ground import figure, folder

MOST_SECONDS = 1200


def demo() -> None:
    """Seconds until the sign-in page answers, as ``script/demo`` waits for it; cold with everything to be made, warm with nothing."""
    with folder() as place:
        for name in ("demo_cold.seconds", "demo_warm.seconds"):
            figure(name, _started(place / "demo"), "s", n=1)


def _started(data: Path) -> float:
    command = [sys.executable, "-m", "cityloop.site.cli", "demo", "--until-ready", "--port", str(_free_port())]
    begun = time.perf_counter()
    subprocess.run(
        command,
        check=True,
        timeout=MOST_SECONDS,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "CITYLOOP_DATA": str(data)},
    )
    return time.perf_counter() - begun


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
