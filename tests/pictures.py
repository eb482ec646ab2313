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
        zh: What it shows, in Chinese and in English.
        post: Whose account of the demo opens it; "" for somebody who has not signed in.
        steps: What is clicked before, each a selector; ``key:x`` presses a key.
    """

    name: str
    zh: str
    en: str
    post: str
    path: str
    steps: tuple[str, ...] = ()
    size: tuple[int, int] = DESK
    theme: str = "light"


FIRST = ".lines-of-work a"
PICTURES = (
    Picture("door", "登录（演示城市一键进入）", "Sign-in; a demo lets one in as any post", "", "/sign-in"),
    Picture("home", "首页", "Home", "dispatcher", "/"),
    Picture("desk", "派遣员工作台", "A dispatcher's desk", "dispatcher", "/desk", (FIRST,)),
    Picture("desk-dark", "深色界面", "The same in the dark", "dispatcher", "/desk", (FIRST,), theme="dark"),
    Picture("call", "受理来电", "A call is taken", "acceptor", "/desk/report"),
    Picture("accept", "受理案卷", "A case is accepted", "acceptor", "/desk", (FIRST, ".doing a.btn-primary")),
    Picture(
        "dispatch",
        "派遣与建议部门",
        "A dispatch with the suggested department",
        "dispatcher",
        "/desk?kind=filed",
        (FIRST, ".doing a.btn-primary"),
    ),
    Picture("department", "专业部门", "A department's case", "dept_clerk", "/desk", (FIRST,)),
    Picture("handler-phone", "处置人员（手机）", "A handler's phone", "handler", "/desk", (FIRST,), PHONE),
    Picture("collector-phone", "采集员（手机）", "A collector's phone", "collector", "/desk", (), PHONE),
    Picture("search", "案卷查询", "Search over all cases", "leader", "/desk/search?words=垃圾"),
    Picture("wall", "红灯墙", "The wall of red lights", "duty_chief", "/desk/wall"),
    Picture("board", "领导看板", "The leader's board", "leader", "/desk/board"),
    Picture("shift", "交接班", "A shift is handed over", "duty_chief", "/desk/shift"),
    Picture("routing", "派遣规则", "Routing rules", "dispatcher", "/desk/routing"),
    Picture("notices", "通知", "Notices", "dept_clerk", "/desk/notices"),
    Picture("map", "一张图", "The map", "dispatcher", "/map"),
    Picture("loop", "闭环流程", "The loop", "dispatcher", "/loop"),
    Picture("report-phone", "市民上报（手机）", "A citizen reports", "", "/report", (), PHONE),
    Picture("console", "管理后台", "The console", "sysadmin", "/console/"),
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
    _list_them()
    return 0


def _list_them() -> None:
    """Write the page on which all pictures stand, each in both languages."""
    lines = [
        "# 界面 · Pages",
        "",
        "由 `script/pictures` 从运行中的演示城市拍摄。Taken by `script/pictures` from a demo that runs.",
        "",
    ]
    for one in PICTURES:
        width = 220 if one.size == PHONE else 480
        shown = "".join(f'<img src="{one.name}.{suffix}.webp" width="{width}" alt="{one.en}"> ' for suffix in LANGUAGES)
        lines += [f"## {one.zh} · {one.en}", "", shown.strip(), ""]
    (HERE / "README.md").write_text("\n".join(lines), "utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
