"""Pictures of the pages, taken from a demo that runs: ``script/pictures``.

A demo of full size is made in a folder of its own (or one that runs already is taken: ``--of DATA``), each page is opened by somebody
whose work it is, in Chinese and in English.
Whoever changes a page takes its picture again and looks at it.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright  # noqa: A004

from browsing import chromium
from cityloop.demo.rules.ground.extent import CENTRE_LAT, CENTRE_LON

HERE = Path(__file__).parents[1] / "docs" / "pictures"
PORT, PATIENCE_S, SETTLED_MS, STILL_MS, DRAWN_MS = 8795, 900, 800, 8_000, 60_000
LANGUAGES = {"zh": "zh-hans", "en": "en"}
DESK, PHONE = (1440, 900), (390, 844)
QUALITY = 82


@dataclass(frozen=True, slots=True)
class Picture:
    """A page to be taken.

    Args:
        zh: What it shows, in Chinese and in English.
        post: Whose account of the demo opens it; "" for somebody who has not signed in.
        steps: What is clicked before, each a selector; ``key:x`` presses a key, ``open:…`` goes where a link leads that would open
            beside, ``goto:…`` to an address, ``wait:…`` until something is there.
    """

    name: str
    zh: str
    en: str
    post: str
    path: str
    steps: tuple[str, ...] = ()
    size: tuple[int, int] = DESK
    theme: str = "light"


NEAR = 15
WITH_PARTS = "?layers=areas,buildings,roads,regions,unit_grids,pois,parts,cases"
"""Near enough, single parts are shown too."""

FIRST = ".lines-of-work a"
TO_DO = (FIRST, ".doing a.btn-primary")
PICTURES = (
    Picture("door", "登录（演示城市一键进入）", "Sign-in; a demo lets one in as any post", "", "/sign-in"),
    Picture("home", "首页", "Home", "dispatcher", "/"),
    Picture("desk", "派遣员工作台", "A dispatcher's desk", "dispatcher", "/desk", (FIRST,)),
    Picture("desk-dark", "深色界面", "The same in the dark", "dispatcher", "/desk", (FIRST,), theme="dark"),
    Picture("keys", "快捷键", "Keys", "dispatcher", "/desk", ("key:?",)),
    Picture("call", "受理来电", "A call is taken", "acceptor", "/desk/report"),
    Picture("accept", "受理案卷", "A case is accepted", "acceptor", "/desk", TO_DO),
    Picture("callback", "回访", "A callback", "acceptor", "/desk?kind=callback", TO_DO),
    Picture("file", "值班长立案", "A duty chief files", "duty_chief", "/desk", TO_DO),
    Picture(
        "dispatch",
        "派遣与建议部门",
        "A dispatch with the suggested department",
        "dispatcher",
        "/desk?kind=filed",
        TO_DO,
    ),
    Picture("department", "专业部门", "A department's case", "dept_clerk", "/desk", (FIRST,)),
    Picture("feedback", "部门办理", "A department acts", "dept_clerk", "/desk", TO_DO),
    Picture(
        "batch",
        "批量办理",
        "Several cases at once",
        "dept_clerk",
        "/desk",
        (".lines-of-work li:nth-child(1) .tick", ".lines-of-work li:nth-child(2) .tick", "batch-bar .btn-primary"),
    ),
    Picture("handler-phone", "处置人员（手机）", "A handler's phone", "handler", "/desk", (FIRST,), PHONE),
    Picture("collector-phone", "采集员（手机）", "A collector's phone", "collector", "/desk", (), PHONE),
    Picture("check-phone", "核查（手机）", "A check on the phone", "collector", "/desk", TO_DO, PHONE),
    Picture("collect-phone", "采集上报（手机）", "A collector reports", "collector", "/desk/report", (), PHONE),
    Picture("print", "打印", "Print", "dispatcher", "/desk", (FIRST, "open:.menu-box a[href$='/print']")),
    Picture("search", "案卷查询", "Search over all cases", "leader", "/desk/search?words=垃圾"),
    Picture("wall", "红灯墙", "The wall of red lights", "duty_chief", "/desk/wall"),
    Picture("board", "领导看板", "The leader's board", "leader", "/desk/board"),
    Picture(
        "followed",
        "关注的案卷",
        "Followed cases",
        "inspector",
        "/desk/wall",
        (".case-table tr:nth-child(1) .star button", ".case-table tr:nth-child(2) .star button", "goto:/desk/followed"),
    ),
    Picture("supervised", "督办", "Supervised cases", "inspector", "/desk/supervised"),
    Picture("shift", "交接班", "A shift is handed over", "duty_chief", "/desk/shift"),
    Picture("routing", "派遣规则", "Routing rules", "dispatcher", "/desk/routing"),
    Picture(
        "trial",
        "规则试算",
        "Routing rules tried on past cases",
        "dispatcher",
        "/desk/routing",
        (".routing-head .doing form button", "wait:.trial dl.figures"),
    ),
    Picture(
        "rule",
        "编写规则",
        "A routing rule is written",
        "dispatcher",
        "/desk/routing",
        (".routing-versions header button", ".routing-head .doing a.btn-primary"),
    ),
    Picture("notices", "通知", "Notices", "dept_clerk", "/desk/notices"),
    Picture("phrases", "常用语", "Phrases", "dispatcher", "/desk/phrases"),
    Picture("me", "我的", "My profile", "dispatcher", "/desk/me"),
    Picture("map", "一张图", "The map", "dispatcher", "/map"),
    Picture("map-dark", "一张图（深色）", "The map in the dark", "dispatcher", "/map", theme="dark"),
    *(
        Picture(
            f"map-zoom-{zoom}{'-dark' if theme == 'dark' else ''}",
            f"一张图：{zoom} 级{'（深色）' if theme == 'dark' else ''}",
            f"The map at zoom {zoom}{', dark' if theme == 'dark' else ''}",
            "dispatcher",
            f"/map{'' if zoom < NEAR else WITH_PARTS}#map={zoom}/{CENTRE_LAT}/{CENTRE_LON}",
            theme=theme,
        )
        for zoom in (11, 13, 16, 18)
        for theme in ("light", "dark")
    ),
    Picture("parts", "部件台账", "The register of parts", "data_admin", "/desk/parts"),
    Picture("part", "部件", "A part", "data_admin", "/desk/parts", ("open:a[data-spot]",)),
    Picture("proposals", "部件变更建议", "Proposals from the field", "data_admin", "/desk/parts/proposals"),
    Picture("surveys", "部件普查", "Surveys of parts", "data_admin", "/desk/parts/surveys"),
    Picture("imports", "数据导入", "Imports of map data", "data_admin", "/desk/data/imports"),
    Picture("grids", "单元网格", "Unit grids", "data_admin", "/desk/data/grids"),
    Picture("grounds", "影像与底图", "Rasters and basemaps", "data_admin", "/desk/data/grounds"),
    Picture("streetview", "街景", "Street view", "data_admin", "/desk/data/streetview"),
    Picture("loop", "闭环流程", "The loop", "dispatcher", "/loop"),
    Picture("report-phone", "市民上报：什么问题（手机）", "A citizen reports: what", "", "/report", (), PHONE),
    Picture("report-where-phone", "市民上报：在哪里（手机）", "Where", "", "/report", (".tiles a",), PHONE),
    Picture(
        "report-send-phone",
        "市民上报：发送（手机）",
        "Sent",
        "",
        "/report",
        (".tiles a", "city-map canvas", ".thumb .press"),
        PHONE,
    ),
    Picture("ask-phone", "查询进度（手机）", "What became of it", "", "/report/f", (), PHONE),
    Picture("mine-phone", "我的上报（手机）", "A citizen's own reports", "citizen", "/report/mine", (), PHONE),
    Picture("console", "管理后台", "The console", "sysadmin", "/console/"),
    Picture("console-tables", "流程表", "Process tables", "sysadmin", "/console/cases/looptable/"),
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
            until = time.monotonic() + PATIENCE_S
            while not is_open(data):
                if time.monotonic() > until or running.poll() is not None:
                    raise SystemExit((Path(folder) / "log").read_text("utf-8")[-3000:])
                time.sleep(0.5)
            yield at_the_door(data)
        finally:
            running.terminate()
            running.wait(60)


def is_open(data: Path) -> bool:
    return (data / "address").exists() and (data / "sign-in.txt").exists()


def at_the_door(data: Path) -> tuple[str, dict[str, str], str]:
    """Return the address of a demo that runs, the account of each post, and their password."""
    if not is_open(data):
        raise SystemExit(f"No demo runs in {data}.")
    lines = (data / "sign-in.txt").read_text("utf-8").splitlines()
    password = re.findall(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){2}", lines[0])[-1]
    names = [line.split()[0] for line in lines[1:] if line.startswith("  ")]
    accounts = {re.sub(r"(?:\d+|-.*)$", "", name): name for name in reversed(names)}
    return (data / "address").read_text().strip().rstrip("/"), accounts, password


def take(browser: Browser, address: str, account: str, password: str, picture: Picture, language: str) -> bytes:
    """Open a page and return its picture as PNG."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        locale="zh-CN" if language == "zh-hans" else "en-GB",
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
            _take_step(page, address, step)
            page.wait_for_timeout(SETTLED_MS)
        _wait_for_map(page)
        page.wait_for_timeout(SETTLED_MS)
        return page.screenshot()
    finally:
        context.close()


def _take_step(page: Page, address: str, step: str) -> None:
    kind, _colon, what = step.partition(":")
    match kind:
        case "key":
            page.keyboard.press(what)
        case "goto":
            page.goto(address + what)
        case "open":
            page.goto(address + str(page.locator(what).first.get_attribute("href")))
        case "wait":
            page.locator(what).first.wait_for(timeout=DRAWN_MS)
        case _:
            _wait_for_map(page)
            chosen = page.locator(step).first
            try:
                chosen.click(timeout=STILL_MS)
            except TimeoutError:  # a list into which work comes quicker than a slow machine draws it never stands still
                chosen.dispatch_event("click")


def _wait_for_map(page: Page) -> None:
    for shown in page.locator("city-map").all():
        if shown.is_visible():
            page.locator("city-map[data-state=ready]").first.wait_for(timeout=DRAWN_MS)
            page.wait_for_timeout(2 * SETTLED_MS)  # what is below the names comes at last


def main() -> int:
    """Take the pictures that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="script/pictures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of a picture; without any: all")
    parser.add_argument("--of", type=Path, metavar="DATA", help="the data folder of a demo that runs")
    asked = parser.parse_args()
    wanted = set(asked.names)
    if unknown := wanted - {one.name for one in PICTURES}:
        raise SystemExit(
            f"There is no picture {', '.join(sorted(unknown))}; there are: {', '.join(one.name for one in PICTURES)}"
        )
    HERE.mkdir(exist_ok=True)
    running = nullcontext(at_the_door(asked.of)) if asked.of else demo()
    with (
        running as (address, accounts, password),
        sync_playwright() as playwright,
        chromium(playwright, "--lang=zh-CN", webgl=True) as browser,
    ):
        for picture in PICTURES:
            if wanted and picture.name not in wanted:
                continue
            for suffix, language in LANGUAGES.items():
                account = accounts[picture.post] if picture.post else ""
                raw = take(browser, address, account, password, picture, language)
                path = HERE / f"{picture.name}.{suffix}.webp"
                Image.open(BytesIO(raw)).convert("RGB").save(path, "WEBP", quality=QUALITY, method=6)
                print(f"{path.name}: {path.stat().st_size // 1024} kB", flush=True)
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
