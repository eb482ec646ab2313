"""The dispatcher's desk in a real browser: rules written and put in force, suggestions followed or not, a batch, and every other act."""

import os
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from cases.conftest import Desk
from cast import CITY, make_cast
from cityloop.cases.actions.routing import new_draft, put_routing_in_force
from cityloop.cases.models import Case, RoutingVersion
from cityloop.cases.rules.routing import Rule
from cityloop.geography.actions import lay_regular_grid
from cityloop.kernel.clock import machine_now
from site_journeys import act, sign_in

SHOTS = os.environ.get("CITYLOOP_SHOTS", "")
HEAP = "gb47678_2026/event/06010"


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"dispatch-{name}.png")
