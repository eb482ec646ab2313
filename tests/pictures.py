"""Pictures of the pages, taken from a demo that runs: ``script/pictures``.

A demo of full size is made in a folder of its own, each page is opened by somebody whose work it is, in Chinese and in English.
Whoever changes a page takes its picture again and looks at it.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parents[1] / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
# Chromium draws maps by the processor where there is no graphics card.
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--lang=zh-CN",
]
PORT, PATIENCE_S, SETTLED_MS, DRAWN_MS = 8795, 900, 800, 60_000
LANGUAGES = {"zh": "zh-hans", "en": "en"}
DESK, PHONE = (1440, 900), (390, 844)
QUALITY = 82


@dataclass(frozen=True, slots=True)
class Picture:
    """A page to be taken.

    Args:
        post: Whose account of the demo opens it; "" for somebody who has not signed in.
        steps: What is clicked before, each a selector; ``key:x`` presses a key.
    """

    name: str
    post: str
    path: str
    steps: tuple[str, ...] = ()
    size: tuple[int, int] = DESK
    theme: str = "light"


FIRST = ".lines-of-work a"
PICTURES = (
    Picture("door", "", "/sign-in"),
    Picture("home", "dispatcher", "/"),
    Picture("desk", "dispatcher", "/desk", (FIRST,)),
    Picture("desk-dark", "dispatcher", "/desk", (FIRST,), theme="dark"),
    Picture("call", "acceptor", "/desk/report"),
    Picture("accept", "acceptor", "/desk", (FIRST, ".doing a.btn-primary")),
    Picture("dispatch", "dispatcher", "/desk?kind=filed", (FIRST, ".doing a.btn-primary")),
    Picture("department", "dept_clerk", "/desk", (FIRST,)),
    Picture("handler-phone", "handler", "/desk", (FIRST,), PHONE),
    Picture("collector-phone", "collector", "/desk", (), PHONE),
    Picture("search", "leader", "/desk/search?words=垃圾"),
    Picture("wall", "duty_chief", "/desk/wall"),
    Picture("board", "leader", "/desk/board"),
    Picture("shift", "duty_chief", "/desk/shift"),
    Picture("routing", "dispatcher", "/desk/routing"),
    Picture("notices", "dept_clerk", "/desk/notices"),
    Picture("map", "dispatcher", "/map"),
    Picture("loop", "dispatcher", "/loop"),
    Picture("report-phone", "", "/report", (), PHONE),
    Picture("console", "sysadmin", "/console/"),
)


@contextmanager
def demo() -> Iterator[tuple[str, dict[str, str], str]]:
    """Run a demo in a folder of its own; yield its address, the account of each post, and their password."""
    with tempfile.TemporaryDirectory(prefix="cityloop-pictures-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101  # as root the database runs as another user
        data = Path(folder) / "data"
        command = [sys.executable, "-m", "cityloop.site.cli", "demo", "--data", str(data), "--port", str(PORT)]
        with (Path(folder) / "log").open("w") as log:
            running = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield _ready(running, data, Path(folder) / "log")
        finally:
            running.terminate()
            running.wait(60)


def _ready(running: "subprocess.Popen[bytes]", data: Path, log: Path) -> tuple[str, dict[str, str], str]:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and running.poll() is None:
        sheet = data / "sign-in.txt"
        if (data / "address").exists() and sheet.exists():
            lines = sheet.read_text("utf-8").splitlines()
            password = re.findall(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){2}", lines[0])[-1]
            names = [line.split()[0] for line in lines[1:] if line.startswith("  ")]
            accounts = {re.sub(r"(?:\d+|-.*)$", "", name): name for name in reversed(names)}
            return (data / "address").read_text().strip().rstrip("/"), accounts, password
        time.sleep(0.5)
    raise SystemExit(log.read_text("utf-8")[-3000:])


def take(browser: Browser, address: str, account: str, password: str, picture: Picture, language: str) -> bytes:
    """Open a page and return its picture as PNG."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN" if language == "zh-hans" else "en-GB"
    )
    try:
        cookies = {"django_language": language, "cityloop_theme": picture.theme}
        context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
        page = context.new_page()
        if account:
            page.goto(f"{address}/sign-in")
            page.fill("#id_username", account)
            page.fill("#id_password", password)
            page.keyboard.press("Enter")
            page.wait_for_url(lambda url: "/sign-in" not in url)
        answer = page.goto(address + picture.path)
        if answer is None or not answer.ok:
            raise SystemExit(f"{picture.name}: {picture.path} answers {answer and answer.status}")
        for step in picture.steps:
            if step.startswith("key:"):
                page.keyboard.press(step.removeprefix("key:"))
            else:
                page.locator(step).first.click()
            page.wait_for_timeout(SETTLED_MS)
        _wait_for_map(page)
        page.wait_for_timeout(SETTLED_MS)
        return page.screenshot()
    finally:
        context.close()


def _wait_for_map(page: Page) -> None:
    for shown in page.locator("city-map").all():
        if shown.is_visible():
            page.locator("city-map[data-state=ready]").first.wait_for(timeout=DRAWN_MS)
            page.wait_for_timeout(4 * SETTLED_MS)  # labels fade in


def main() -> int:
    """Take the pictures that are named, or all of them."""
    wanted = set(sys.argv[1:])
    if unknown := wanted - {one.name for one in PICTURES}:
        raise SystemExit(
            f"There is no picture {', '.join(sorted(unknown))}; there are: {', '.join(one.name for one in PICTURES)}"
        )
    HERE.mkdir(exist_ok=True)
    with demo() as (address, accounts, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for picture in PICTURES:
            if wanted and picture.name not in wanted:
                continue
            for suffix, language in LANGUAGES.items():
                account = accounts[picture.post] if picture.post else ""
                raw = take(browser, address, account, password, picture, language)
                path = HERE / f"{picture.name}.{suffix}.webp"
                Image.open(BytesIO(raw)).convert("RGB").save(path, "WEBP", quality=QUALITY, method=6)
                print(f"{path.name}: {path.stat().st_size // 1024} kB", flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
