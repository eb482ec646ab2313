"""The page of the API, in a real browser: Swagger UI says its own words in the reader's language."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from browsing import SHOTS
from cast import make_cast
from cityloop.site.swagger_words import WORDS

LEFT = """words => {
    const said = document.createTreeWalker(document.getElementById("swagger-ui"), NodeFilter.SHOW_TEXT);
    const left = new Set();
    for (let node = said.nextNode(); node; node = said.nextNode())
        if (words.includes(node.data.trim()) && !node.parentElement.closest("pre, code, textarea, .markdown, .renderedMarkdown"))
            left.add(node.data.trim());
    return [...left];
}"""
"""Which of Swagger UI's words stand on the page untouched."""


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, transactional_db: None) -> Iterator[Page]:
    make_cast()
    with browser.new_context(locale="zh-CN") as context:
        yield context.new_page()


def test_a_chinese_reader_tries_a_call_without_a_word_of_english(page: Page, live_server: LiveServer) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{live_server.url}/api/docs")
    expect(page.get_by_role("button", name="授权").first).to_be_visible()
    page.locator(".opblock-summary-get").first.click()
    page.get_by_role("button", name="试一试").first.click()
    expect(page.get_by_role("button", name="执行").first).to_be_visible()
    page.get_by_role("button", name="执行").first.click()
    expect(page.get_by_text("服务器响应").first).to_be_visible()
    assert page.evaluate(LEFT, list(WORDS)) == []
    page.get_by_role("button", name="授权").first.click()
    expect(page.get_by_text("可用的授权方式").first).to_be_visible()
    assert page.evaluate(LEFT, list(WORDS)) == []
    assert not [text for text in said if "Content Security Policy" in text or "swagger-words" in text]
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "docs.png")


def test_an_english_reader_reads_it_as_it_is(browser: Browser, live_server: LiveServer, transactional_db: None) -> None:
    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        page.goto(f"{live_server.url}/api/docs")
        expect(page.get_by_role("button", name="Authorize").first).to_be_visible()
