"""The dispatcher's desk in a real browser: rules written and put in force, suggestions followed or not, a batch, and every other act."""

import os
from pathlib import Path

from playwright.sync_api import Page

SHOTS = os.environ.get("CITYLOOP_SHOTS", "")
HEAP = "gb47678_2026/event/06010"


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"dispatch-{name}.png")
