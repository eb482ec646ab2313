"""A real Chromium for the tests of pages."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from browsing import SHOTS, chromium
from cases.conftest import Desk
from cast import CITY, make_cast
from cityloop.geography.actions import lay_regular_grid
from cityloop.kernel.clock import machine_now
from map_town import at_the_hour, town  # noqa: F401
from seen import Seat

PATIENCE_MS = {False: 20_000, True: 90_000}
"""A machine that does much else beside it is waited for, and longer where its processor draws maps."""


@pytest.fixture(scope="module")  # no longer: Playwright's loop would stand in the way of asyncio in other files
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A browser; in a file that says ``DRAWS_MAPS = True`` it draws them."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Its loop runs in this thread, and Django would refuse every query of a test for it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        draws = getattr(request.module, "DRAWS_MAPS", False)
        expect.set_options(timeout=PATIENCE_MS[draws])
        with chromium(playwright, webgl=draws) as started:
            yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    # Where nobody looks at them, pages are drawn with a quarter of their points, and nothing is faded in: a map costs a third.
    opened = browser.new_context(
        viewport={"width": 1280, "height": 800}, reduced_motion="reduce", device_scale_factor=1 if SHOTS else 0.5
    )
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which any complaint about the content security policy fails the test."""
    opened = context.new_page()
    complaints: list[str] = []
    opened.on(
        "console",
        lambda line: (
            complaints.append(f"{line.text} {line.location}") if "Content Security Policy" in line.text else None
        ),
    )
    yield opened
    assert not complaints, complaints


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    """A committed city with its grid and its cast, whose acts by another way than the browser lie an hour back."""
    made = Desk(make_cast())
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))
    made.now = machine_now() - timedelta(hours=1)
    return made


@pytest.fixture
def seat(page: Page, live_server: LiveServer, desk: Desk, request: pytest.FixtureRequest) -> Seat:
    """A browser as wide as a desk's, at which one of the cast after the other sits down."""
    page.set_viewport_size({"width": 1440, "height": 900})
    return Seat(page, live_server.url, desk.cast.people, request.path.stem.removeprefix("test_journey_"))
