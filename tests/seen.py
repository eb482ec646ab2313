"""What people do at their desks in a real browser: they come in, open the form of an action, type, send it and look.

    seat.takes("dept_clerk", number, "return", then="returned", reason="not_ours", opinion="非我局职责")

Each form that is opened is looked at as its post sees it (``ODD``), whatever the journey is about.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from browsing import SHOTS

LOOP: dict[str, Any] = yaml.load(
    resources.files("cityloop.cases").joinpath("tables/default.yaml").read_text("utf-8"),
    Loader=yaml.CSafeLoader,
)
"""The table that comes with CityLoop, for what its states and actions are called."""

ODD = """form => {
  const odd = [], han = /\\p{Script=Han}/u;
  for (const one of form.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    const told = [...(one.labels ?? [])].map(label => label.textContent).join(" ")
      + (one.getAttribute("aria-label") ?? "") + (one.closest("fieldset")?.querySelector("legend")?.textContent ?? "");
    if (!han.test(told)) odd.push(`no Chinese label: ${one.outerHTML.slice(0, 120)}`);
    const box = one.getBoundingClientRect(), around = form.getBoundingClientRect();
    if (one.checkVisibility() && box.right > around.right + 1) odd.push(`wider than its form: ${one.name}`);
  }
  for (const one of form.querySelectorAll("option[value]:not([value='']), legend, button, .kind"))
    if (!/^\\d+$/.test(one.value ?? "") && one.textContent.trim() && !han.test(one.textContent + (one.getAttribute("aria-label") ?? ""))) odd.push(`no Chinese: ${one.outerHTML.slice(0, 120)}`);
  const main = document.querySelector("main");
  if (main.scrollWidth > main.clientWidth) odd.push("the page is wider than its window");
  return odd;
}"""
"""What is odd about a form: a field without a label, words that are not Chinese, something wider than its place; a list of texts."""


@dataclass(slots=True)
class Seat:
    """A browser at which one person after the other sits down.

    Args:
        address: Of the site, without a slash at its end.
        people: Who may come: id by name, as in a ``Cast``.
        album: What the names of its pictures begin with.
    """

    page: Page
    address: str
    people: Mapping[str, int]
    album: str
    who: str | int = ""

    def comes(self, who: str | int, path: str = "/desk", theme: str = "light") -> None:
        """Sign in, without the form at the door that has a journey of its own, and open a page."""
        if (who, theme) != (self.who, "light"):
            client = Client()
            pk = self.people[who] if isinstance(who, str) else who
            client.force_login(get_user_model().objects.get(pk=pk))
            session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.address}
            chosen = {"name": "cityloop_theme", "value": theme, "url": self.address}
            self.page.goto("about:blank")  # a desk that is still open would be led to the door by itself
            self.page.context.clear_cookies()
            self.page.context.add_cookies([session, chosen])  # type: ignore[list-item]  # as it reads them
            self.who = who
        self.page.goto(f"{self.address}{path}")

    def shot(self, name: str, *, whole: bool = False) -> None:
        if SHOTS:
            self.page.screenshot(path=Path(SHOTS) / f"{self.album}-{name}.png", full_page=whole)

    @property
    def form(self) -> Locator:
        return self.page.locator("form.act")

    def opens(self, who: str | int, number: str, action: str) -> None:
        """Open the form of an action at its address, beside its case that offers it, and look at the form."""
        self.comes(who, f"/desk/cases/{number}/{action}")
        self._offered(action)
        self._looked_at(action)

    def presses(self, action: str) -> None:
        """Press the button of an action on the case that is open, or the line of its menu, and look at the form."""
        button = self._offered(action)
        if not button.is_visible():
            self.page.locator(".case-head .menu summary").click()
        button.click()
        self._looked_at(action)

    def _offered(self, action: str) -> Locator:
        """Return the button of an action, or the line of a menu, by its name in the table."""
        button = self.page.locator(f".case-head a[href$='/{action}']").first
        expect(button).to_contain_text(LOOP["actions"][action]["zh"])
        return button

    def _looked_at(self, action: str) -> None:
        expect(self.form).to_have_attribute(
            "action", re.compile(rf"/{action}(\?|$)")
        )  # not the one that lay open before
        expect(self.form).to_be_visible()
        odd = self.form.evaluate(ODD)
        assert not odd, (action, odd)

    def lacks(self, action: str, number: str) -> bool:
        """Whether the case that is open offers nobody's action of that code here."""
        return self.page.locator(f"a[href$='/{number}/{action}']").count() == 0

    def types(self, **typed: Any) -> None:
        """Fill in the form: a choice, several, a tick, files or a text."""
        for field, value in typed.items():
            place = self.form.locator(f"[name='{field.replace('__', '.')}']")
            kind = place.evaluate("one => one.tagName === 'SELECT' ? 'select' : one.type")
            if kind == "select":
                place.select_option(value)
            elif kind == "checkbox":
                place.check()
            elif kind == "file":
                place.set_input_files(value)
            else:
                place.fill(str(value))

    def sends(self, *, then: str = "", **typed: Any) -> None:
        """Fill in the form and send it; what is said names the state ``then`` where one is given."""
        self.types(**typed)
        self.form.locator(".doing button.btn-primary").click()
        said = self.page.locator(".said, .empty h1").first
        expect(said).to_contain_text("✓")
        if then:
            expect(said).to_contain_text(LOOP["states"][then]["zh"])
            if self.page.locator(".case-sheet").count():
                expect(self.page.locator(".case-title .state")).to_have_text(LOOP["states"][then]["zh"])

    def is_refused(self, *, because: str = "", **typed: Any) -> None:
        """Fill in the form, send it, and see that it comes back with its fault named and all that was typed."""
        self.types(**typed)
        self.form.locator(".doing button.btn-primary").click()
        expect(self.form.locator("div.wrong[role=alert]")).to_contain_text(re.compile(because or r"\S"))
        for field, value in typed.items():
            place = self.form.locator(f"[name='{field.replace('__', '.')}']")
            if place.get_attribute("type") == "checkbox":
                expect(place).to_be_checked()
            else:
                expect(place).to_have_value(str(value))
        self.shot(f"refused-{self.page.url.rsplit('/', 1)[-1]}")

    def takes(self, who: str | int, number: str, action: str, *, then: str = "", **typed: Any) -> None:
        """Take an action on a case from beginning to end."""
        self.opens(who, number, action)
        self.types(**typed)
        self.shot(f"{action}")
        self.sends(then=then)
