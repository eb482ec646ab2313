"""Chromium, as tests and pictures open it: the shell without windows, which costs a third of the whole browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, Playwright

SHOTS: Final = os.environ.get("CITYLOOP_SHOTS", "")
"""A folder: with it, what the browser shows is kept there to be looked at."""

PROGRAM: Final = shutil.which("chromium-headless-shell") or "/usr/lib/chromium/chromium-headless-shell"

QUIET: Final = ("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync")  # fmt: skip
DRAWS: Final = {
    False: ("--disable-gpu",),
    True: ("--enable-unsafe-swiftshader",),
}
"""With WebGL or without it. A processor draws maps here, what elsewhere a graphics card does; pages are not drawn in the same way, which
would take it twice the time."""


@contextmanager
def chromium(playwright: Playwright, *more: str, webgl: bool = False) -> Iterator[Browser]:
    """Open a browser, with ``more`` on its command line; with ``webgl`` it draws maps."""
    browser = playwright.chromium.launch(executable_path=PROGRAM, args=[*QUIET, *DRAWS[webgl], *more])
    try:
        yield browser
    finally:
        browser.close()
