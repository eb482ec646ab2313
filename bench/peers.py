"""The other servers that measurements stand beside: each in a virtual environment of its own, made once and kept."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from bench.ground import GROUND, say

PEERS = GROUND / "cityloop-bench-peers"
PATIENCE_S = 90


def environment(name: str, packages: Sequence[str]) -> str:
    """Return the Python of the environment ``name``, which holds ``packages``; made by pip where it is not there yet."""
    python = PEERS / name / "bin" / "python"
    done = PEERS / name / "installed"
    if not done.exists():
        say(f"  {name}: installed from the package index, once")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEERS / name)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
        done.touch()
    return str(python)


@contextmanager
def running(command: Sequence[str], variables: Mapping[str, str], answers: str) -> Iterator[None]:
    """Run a server until the block ends; it begins when the address ``answers`` does.

    Raises:
        SystemExit: It ended, or never answered; what it said is told.
    """
    PEERS.mkdir(parents=True, exist_ok=True)
    said = PEERS / "said.log"
    with said.open("w") as log:
        server = subprocess.Popen(command, env={**os.environ, **variables}, stdout=log, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + PATIENCE_S
        while not _answers(answers):
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit(said.read_text()[-3000:])
            time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait(30)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
