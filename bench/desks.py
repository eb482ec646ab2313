"""``desk_page``, its board and ``polling``: what a desk costs beside a million cases, and what three hundred desks that lie open cost."""

import http.client
import os
import threading
import time
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

from bench.ground import figure, say
from bench.large import LARGE, PEOPLE, prepared
from bench.web import stack

ROUNDS = 100
DESKS, EVERY_S, POLLED_S, THREADS = 300, 3.0, 30.0, 10
OK, UNCHANGED = 200, 304


class Browser:
    """One connection that stays open, with somebody's session."""

    def __init__(self, address: str, session: str) -> None:
        parts = urlsplit(address)
        self.http = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self.headers = {"Cookie": f"sessionid={session}; django_language=zh-hans"}

    def get(self, path: str, **headers: str) -> tuple[int, bytes, str]:
        self.http.request("GET", path, headers={**self.headers, **headers})
        answer = self.http.getresponse()
        return answer.status, answer.read(), answer.headers.get("ETag", "")

    def close(self) -> None:
        self.http.close()


def session_of(post: str) -> str:
    """Return the key of a new session of the bench's person in ``post``, in the database that Django here speaks to."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.get(username=f"bench_{post}"))
    return client.cookies["sessionid"].value


def desk_page() -> None:
    """A whole desk and its list alone, each post's in turn, at a million cases; p99 of the slowest post."""
    data, _tokens = prepared(LARGE)
    with stack(data) as address:
        for name, path, headers in (
            ("desk_page.p99", "/desk", {}),
            ("desk_page.list_p99", "/desk/list", {"HX-Request": "true"}),
        ):
            worst, middle, slowest = 0.0, 0.0, ""
            for post in PEOPLE:
                took = _took(address, post, path, headers)
                p99 = quantiles(took, n=100)[98]
                say(f"{name}: {post} {median(took):.1f} ms, p99 {p99:.1f} ms")
                if p99 > worst:
                    worst, middle, slowest = p99, median(took), post
            figure(name, worst, "ms", n=ROUNDS * len(PEOPLE), p50=round(middle, 2), slowest=slowest, cases=LARGE)
        # The first few, which count the past for each web process, are told apart: so long waits who comes first after a start.
        first: list[float] = []
        took = _took(address, "duty_chief", "/desk/board", {}, first)
        more = {"p50": round(median(took), 2), "first": round(max(first), 1), "cases": LARGE}
        figure("desk_page.board_p99", quantiles(took, n=100)[98], "ms", n=ROUNDS, **more)


def _took(address: str, post: str, path: str, headers: dict[str, str], first: list[float] | None = None) -> list[float]:
    """Return how long each request took, in ms; the first few, which fill caches, are left out (and put into ``first``)."""
    took = []
    with closing(Browser(address, session_of(post))) as browser:
        for n in range(ROUNDS + 5):
            started = time.perf_counter()
            status, body, _etag = browser.get(path, **headers)
            if status != OK or "案" not in body.decode():
                raise SystemExit(f"{path} as {post}: {status} {body[:300]!r}")
            ms = (time.perf_counter() - started) * 1000
            if n >= 5:  # the first few
                took.append(ms)
            elif first is not None:
                first.append(ms)
    return took


def polling() -> None:
    """The share of one core that 300 open desks take by asking every three seconds whether anything has changed."""
    data, _tokens = prepared(LARGE)
    with stack(data) as address:
        sessions = [session_of(PEOPLE[n % len(PEOPLE)]) for n in range(DESKS)]
        marks: dict[int, str] = {}  # an open desk has its own from the page that it lies open with
        _poll(address, sessions, EVERY_S * 2, marks)
        before, began = _cpu_seconds(data), time.monotonic()
        asked, unchanged = _poll(address, sessions, POLLED_S, marks)
        used, took = _cpu_seconds(data) - before, time.monotonic() - began
        idle_before, idle_began = _cpu_seconds(data), time.monotonic()
        time.sleep(10)
        idle = (_cpu_seconds(data) - idle_before) / (time.monotonic() - idle_began)
        more: dict[str, float | str] = {
            "idle_share": round(idle, 3),
            "unchanged": unchanged,
            "every_s": EVERY_S,
            "desks": DESKS,
        }
        figure("polling.core_share", used / took - idle, "1", n=asked, **more)


def _poll(address: str, sessions: list[str], seconds: float, marks: dict[int, str]) -> tuple[int, int]:
    """Let every desk ask by its own timetable, with and into ``marks``; return how often was asked, and how often nothing had changed."""
    counts, failures = [[0, 0] for _thread in range(THREADS)], []
    until = time.monotonic() + seconds

    def desks(index: int) -> None:
        mine = [(Browser(address, session), n) for n, session in enumerate(sessions) if n % THREADS == index]
        turn = [(time.monotonic() + EVERY_S * n / DESKS, browser, n) for browser, n in mine]
        try:
            while turn[0][0] < until:
                at, browser, n = turn.pop(0)
                time.sleep(max(0.0, at - time.monotonic()))
                known, marks[n] = marks.get(n, ""), _mark(browser, marks.get(n, ""))
                counts[index][0] += 1
                counts[index][1] += known == marks[n]
                turn.append((at + EVERY_S, browser, n))
        except (SystemExit, OSError, http.client.HTTPException) as exc:
            failures.append(exc)
        finally:
            for browser, _n in mine:
                browser.close()

    threads = [threading.Thread(target=desks, args=(index,)) for index in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"{len(failures)} threads failed: {failures[0]}")
    return sum(asked for asked, _same in counts), sum(same for _asked, same in counts)


def _mark(browser: Browser, known: str) -> str:
    """Ask whether anything has changed, as an open desk does; return what stands for the desk now."""
    status, body, mark = browser.get("/desk/mark", **{"If-None-Match": known or '""'})
    if status != (UNCHANGED if mark == known else OK):
        raise SystemExit(f"/desk/mark: {status} {body[:200]!r}")
    return mark


def _cpu_seconds(data: Path) -> float:
    """Return the CPU time of all that the installation runs, PostgreSQL included, since it began."""
    from cityloop.site.processes import pids_marked

    ticks = 0
    for pid in pids_marked(data):
        try:
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:15]))
        except OSError:  # it has ended meanwhile
            continue
    return ticks / os.sysconf("SC_CLK_TCK")
