"""The loop, looked at in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from browsing import SHOTS
from cast import PASSWORD, make_cast


@pytest.fixture
def reader(transactional_db: None, page: Page, live_server: LiveServer) -> Page:
    """A dispatcher at the home page."""
    make_cast()
    page.goto(f"{live_server.url}/sign-in")
    page.locator("#id_username").fill("dispatcher")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("dispatcher")
    return page


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    ("switch", "state", "words"),
    [
        pytest.param("", "待派遣", "派遣", id="in Chinese"),
        pytest.param("English", "To dispatch", "Dispatch", id="in English"),
    ],
)
def test_a_dispatcher_looks_at_the_loop(reader: Page, width: int, switch: str, state: str, words: str) -> None:
    reader.set_viewport_size({"width": width, "height": 900})
    if switch:
        reader.get_by_role("button", name=switch).click()
    reader.locator('main a[href="/loop"]').click()
    drawing = reader.locator(".drawing")
    expect(drawing.locator('g[data-state="filed"] text').first).to_have_text(state)
    assert reader.evaluate("document.documentElement.scrollWidth") <= width
    assert drawing.evaluate("box => box.scrollWidth > box.clientWidth && box.tabIndex === 0")
    assert drawing.evaluate("box => getComputedStyle(box).overflowX") == "auto"
    # Where a name is longer than its card, it runs over its neighbour: the drawing only guesses how wide type is.
    assert reader.evaluate(TOO_WIDE) == []
    if SHOTS:
        reader.screenshot(path=Path(SHOTS) / f"loop-{width}-{switch or 'zh'}.png")
    reader.locator("main summary").click()
    expect(reader.get_by_role("cell", name=words, exact=True).first).to_be_visible()
    assert reader.evaluate("document.documentElement.scrollWidth") <= width
    if SHOTS:
        reader.evaluate("scrollTo(0, document.querySelector('#clocks').offsetTop)")
        reader.screenshot(path=Path(SHOTS) / f"loop-{width}-{switch or 'zh'}-words.png")


TOO_WIDE = """
[...document.querySelectorAll(".drawing g[data-state]")].flatMap(card => {
  const right = card.querySelector("rect").getBoundingClientRect().right;
  return [...card.querySelectorAll("text")].filter(text => text.getBoundingClientRect().right > right)
    .map(text => text.textContent);
})
"""


def test_the_drawing_is_downloaded(reader: Page, live_server: LiveServer) -> None:
    reader.goto(f"{live_server.url}/loop")
    with reader.expect_download() as taken:
        reader.locator('a[href*="download"]').click()
    assert taken.value.suggested_filename == "loop-990101-v0.svg"
    assert Path(taken.value.path()).read_text(encoding="utf-8").startswith("<svg")
