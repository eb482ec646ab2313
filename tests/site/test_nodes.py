"""Several machines, one installation: what ``deploy/compose.yaml`` describes, run as processes with folders of their own.

PostgreSQL and an S3-compatible store stand apart; two nodes that answer people, the second of which takes the uploads too, and
two workers share nothing but them and the secret.
"""

import http.client
import io
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import psycopg
import pytest
from python_calamine import CalamineWorkbook

from cityloop.site.processes import pids_marked, send
from installations import Place, empty_place
from media import samples
from running import Run, unused_port

pytestmark = pytest.mark.xdist_group("nodes")

CITY = "990101"
PASSWORD = "long-enough-2026"
MAKE_CITY = f"""
import django
django.setup()
from datetime import date
from cityloop.geography.actions import lay_regular_grid
from cityloop.kernel.clock import machine_now
from cityloop.organisation import actions

actions.create_jurisdiction("{CITY}", "试验市")
actions.create_department("{CITY}", "HW", "环卫中心", "sanitation", valid_from=date(2010, 1, 1))
lay_regular_grid("{CITY}", 120.0, 30.0, 120.02, 30.02, 200, date(2010, 1, 1))
user = actions.create_user("calls", password="{PASSWORD}", name="受理员")
actions.appoint(user.pk, "acceptor", "{CITY}", valid_from=date(2020, 1, 1))
print(actions.issue_token(user.pk, "nodes", now=machine_now(), scopes=["read", "write"]))
"""
WATCH_JOBS = """
CREATE TABLE deferred (task text, due text);
CREATE FUNCTION note_deferred() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO deferred VALUES (NEW.task_name, NEW.args->>'timestamp'); RETURN NEW; END $$;
CREATE TRIGGER note AFTER INSERT ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION note_deferred();
"""


class Answer:
    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()

    def json(self) -> Any:
        return json.loads(self.body)


def ask(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return Answer(line.getresponse())
    finally:
        line.close()


class Nodes:
    """The installation: ``one`` and ``two`` answer people, ``workers`` do what follows."""

    def __init__(self, folder: Path, place: Place, media_url: str) -> None:
        self.place, self.upload_port = place, unused_port()
        (folder / "secret").write_text("the same on every machine of the installation\n")
        self.shared = {
            "CITYLOOP_DATABASE_URL": place.url,
            "CITYLOOP_SECRET_KEY_FILE": str(folder / "secret"),
            "CITYLOOP_MEDIA_URL": media_url,
            "CITYLOOP_UPLOAD_URL": f"http://127.0.0.1:{self.upload_port}/uploads",
            "CITYLOOP_UPLOAD_PORT": str(self.upload_port),
            "CITYLOOP_HOSTS": "city.example,127.0.0.1",  # not localhost, by which the supervisor would ask
            "CITYLOOP_WEB_WORKERS": "1",
            "CITYLOOP_WEB_THREADS": "2",
        }
        parts = ["web", "web,uploads", "worker", "worker"]  # all at once, on a database without a table
        self.all = [self._node(folder / f"node{at}", part) for at, part in enumerate(parts)]
        self.one, self.two, *self.workers = self.all
        self.token = ""

    def begin(self) -> None:
        for node in self.all:
            node.wait_for("CityLoop is ready" if node in {self.one, self.two} else "Ready: worker", 120)
        self.token = self._make_city()

    def end(self) -> None:
        for node in self.all:
            node.process.send_signal(signal.SIGTERM)
        for node in self.all:
            node.process.wait(timeout=40)

    def _node(self, data: Path, part: str) -> Run:
        return Run(data, unused_port(), "--only", part, **self.shared)

    def _make_city(self) -> str:
        done = subprocess.run(
            [sys.executable, "-c", MAKE_CITY],
            env=self.place.environment() | self.shared | {"DJANGO_SETTINGS_MODULE": "cityloop.site.settings.prod"},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def api(self, node: Run, method: str, path: str, body: object = None) -> Answer:
        given = None if body is None else json.dumps(body).encode()
        return ask(
            node.port, method, f"/api/v1{path}", given,
            Authorization=f"Bearer {self.token}", Content_Type="application/json",
        )  # fmt: skip

    def report(self, node: Run, key: str) -> Answer:
        point = {"lon": 120.011, "lat": 30.011, "system": "wgs84"}
        inputs = {"source": "hotline", "category": "gb47678_2026/part/01001", "point": point}
        return self.api(node, "POST", "/cases", {"key": key, "inputs": inputs})

    def upload(self, photo: bytes) -> str:
        """Send a photo in two pieces; return its id."""
        asked = self.api(self.two, "GET", "/uploads").json()["url"]
        parts = urllib.parse.urlsplit(asked)
        assert parts.port == self.upload_port
        tus = {"Authorization": f"Bearer {self.token}", "Tus_Resumable": "1.0.0"}
        begun = ask(self.upload_port, "POST", parts.path, Upload_Length=str(len(photo)), **tus)
        assert begun.status == 201, begun.body
        place = urllib.parse.urlsplit(begun.headers["Location"]).path
        half = len(photo) // 2
        for offset, piece in [(0, photo[:half]), (half, photo[half:])]:
            sent = ask(
                self.upload_port, "PATCH", place, piece,
                Upload_Offset=str(offset), Content_Type="application/offset+octet-stream", **tus,
            )  # fmt: skip
            assert sent.status in {200, 204}, sent.body
        return str(sent.headers["Media-Id"])

    def wait_until_prepared(self, file_id: str, limit_s: float = 30) -> dict[str, Any]:
        until = time.monotonic() + limit_s
        while (told := self.api(self.one, "GET", f"/media/{file_id}").json())["state"] != "ready":
            assert time.monotonic() < until, told
            time.sleep(0.1)
        found: dict[str, Any] = told
        return found


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    port = unused_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    endpoint = f"http://127.0.0.1:{port}"
    service = boto3.client(
        "s3", endpoint_url=endpoint, region_name="cn-east", aws_access_key_id="k", aws_secret_access_key="s"
    )
    _until_listening(port)
    service.create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": "cn-east"})
    yield f"s3://k:s@evidence/city?endpoint={endpoint}&region=cn-east"
    server.kill()
    server.wait()


def _until_listening(port: int) -> None:
    for _ in range(900):
        try:
            ask(port, "GET", "/")
        except OSError:
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="module")
def nodes(store: str) -> Iterator[Nodes]:
    folder = Path(tempfile.mkdtemp(prefix="cl-nodes-", dir="/var/tmp"))
    with empty_place(folder) as place:
        made = Nodes(folder, place, store)
        try:
            made.begin()
            yield made
        finally:
            made.end()
    shutil.rmtree(folder)


def test_one_of_those_that_start_together_makes_the_tables_and_the_others_wait(nodes: Nodes) -> None:
    assert sum("migrations to apply" in node.said() for node in nodes.all) == 1
    for node in nodes.all:
        assert "database up to date" in node.said()
        assert not re.search(r"\w+ ended \(", node.said())


def test_a_case_reported_at_one_is_there_at_the_other_and_once(nodes: Nodes) -> None:
    key = str(uuid4())
    made = nodes.report(nodes.one, key)
    assert made.status == 201, made.body
    number = made.json()["number"]
    assert nodes.api(nodes.two, "GET", f"/cases/{number}").json()["number"] == number
    assert nodes.report(nodes.two, key).json()["number"] == number  # the phone asks again, and comes to the other


def sent(node: Run, path: str, cookies: str, token: str, **fields: str) -> Answer:
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
    return ask(node.port, "POST", path, form, Cookie=cookies, Content_Type="application/x-www-form-urlencoded")


def token_in(page: Answer) -> str:
    return re.findall(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)[0].decode()


def signed_in(asked: Run, told: Run) -> str:
    """Sign in with a form of one node, sent to another; return the cookies."""
    page = ask(asked.port, "GET", "/sign-in")
    cookie = SimpleCookie(page.headers["Set-Cookie"])["csrftoken"].value
    answer = sent(told, "/sign-in", f"csrftoken={cookie}", token_in(page), username="calls", password=PASSWORD, next="")
    assert answer.status == 302
    session = SimpleCookie()
    for line in answer.headers.get_all("Set-Cookie") or []:
        session.load(line)
    return "; ".join(f"{name}={one.value}" for name, one in session.items())


def test_who_signs_in_at_one_is_known_at_the_other(nodes: Nodes) -> None:
    home = ask(nodes.one.port, "GET", "/", Cookie=signed_in(nodes.one, nodes.two))
    assert home.status == 200
    assert "受理员" in home.body.decode()


def test_a_workbook_that_one_machine_has_written_is_fetched_from_another(nodes: Nodes) -> None:
    number = nodes.report(nodes.one, str(uuid4())).json()["number"]
    cookies = signed_in(nodes.one, nodes.two)
    form = ask(nodes.one.port, "GET", f"/desk/search?number={number}", Cookie=cookies)
    place = sent(nodes.one, "/desk/search/export", cookies, token_in(form), number=number).headers["Location"]
    until = time.monotonic() + 30
    while (book := ask(nodes.two.port, "GET", f"{place}.xlsx", Cookie=cookies)).status != 200:
        assert time.monotonic() < until, ask(nodes.two.port, "GET", place, Cookie=cookies).body.decode()
        time.sleep(0.2)
    [_head, row] = CalamineWorkbook.from_filelike(io.BytesIO(book.body)).get_sheet_by_index(0).to_python()
    assert row[0] == number
    assert ask(nodes.one.port, "GET", f"{place}.xlsx", Cookie=cookies).body == book.body
    assert ask(nodes.one.port, "GET", f"{place}.xlsx").status == 302, "nobody else is given it"
    assert not any((node.data / name).exists() for node in nodes.all for name in ("media", "exports"))


def test_a_photo_sent_to_the_uploads_is_prepared_by_a_worker_and_fetched_from_the_web(nodes: Nodes) -> None:
    told = nodes.wait_until_prepared(nodes.upload(samples.jpeg(seed=21)))
    link = urllib.parse.urlsplit(told["links"]["small"])
    for node in (nodes.one, nodes.two):
        fetched = ask(node.port, "GET", f"{link.path}?{link.query}")
        assert (fetched.status, fetched.headers["Content-Type"]) == (200, "image/webp")
        assert len(fetched.body) > 500
    assert not any((node.data / "media").exists() for node in nodes.all)  # nothing lies on a machine


def test_periodic_work_is_deferred_once_by_two_workers_and_when_one_is_gone_the_other_goes_on(nodes: Nodes) -> None:
    with psycopg.connect(nodes.place.url) as database:
        database.execute(WATCH_JOBS)
    rows: list[tuple[Any, ...]] = []
    until = time.monotonic() + 30
    while len({row for row in rows if row[0] == "kernel.listen"}) < 2:
        assert time.monotonic() < until, rows
        time.sleep(0.5)
        rows = nodes.place.ask("SELECT task, due FROM deferred WHERE due IS NOT NULL")
    assert len(rows) == len(set(rows)), sorted(rows)
    assert nodes.place.ask("SELECT count(*) FROM procrastinate_workers") == [(2,)]

    gone = nodes.workers[0]
    send([gone.process.pid, *pids_marked(gone.data)], signal.SIGKILL)
    gone.process.wait(timeout=10)
    for seed in (22, 23, 24):
        assert nodes.wait_until_prepared(nodes.upload(samples.jpeg(seed=seed)))["links"]["small"]
    assert nodes.report(nodes.one, str(uuid4())).status == 201


def test_a_part_alone_asks_for_what_all_parts_must_share(tmp_path: Path, nodes: Nodes) -> None:
    lonely = Run(tmp_path / "data", unused_port(), "--only", "web", CITYLOOP_DATABASE_URL=nodes.place.url)
    assert lonely.process.wait(timeout=20) == 1
    assert "need the same CITYLOOP_SECRET_KEY, CITYLOOP_MEDIA_URL, CITYLOOP_UPLOAD_URL" in lonely.said()
    odd = Run(tmp_path / "data", unused_port(), "--only", "web,wrker")
    assert odd.process.wait(timeout=20) == 2
    assert "“web,wrker” are no parts" in odd.said()
