"""Visits a running city as a person would, with Python's own library alone: ``visit.py ADDRESS`` signs in and files a report.

The accounts are those of the demo city: standard input is its sign-in.txt.
"""

import json
import re
import sys
import urllib.parse
import urllib.request
import uuid
from http.cookiejar import CookieJar
from typing import Any


class Browser:
    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> str:
        given = {name.replace("_", "-"): value for name, value in headers.items()} | {"Referer": self.address}
        with self.opener.open(urllib.request.Request(self.address + path, body, given), timeout=60) as answer:  # noqa: S310
            return str(answer.read().decode())

    def csrf(self) -> str:
        return next(cookie.value or "" for cookie in self.cookies if cookie.name == "csrftoken")

    def sign_in(self, name: str, password: str) -> None:
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.ask("/sign-in"))[0]
        form = {"csrfmiddlewaretoken": token, "username": name, "password": password, "next": ""}
        self.ask("/sign-in", urllib.parse.urlencode(form).encode())

    def api(self, path: str, body: object = None) -> Any:
        if body is None:
            return json.loads(self.ask(f"/api/v1{path}"))
        headers = {"Content_Type": "application/json", "X_CSRFToken": self.csrf(), "Idempotency_Key": str(uuid.uuid4())}
        return json.loads(self.ask(f"/api/v1{path}", json.dumps(body).encode(), **headers))


def main() -> None:
    password = re.findall(r"[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}", sys.stdin.read())[0]
    browser = Browser(sys.argv[1])
    browser.sign_in("acceptor01", password)
    known = browser.api("/cases?limit=1")["items"][0]
    lon, lat = known["location"]["coordinates"]
    report = {
        "source": "hotline",
        "category": known["category"]["code"],
        "point": {"lon": lon, "lat": lat, "system": "wgs84"},
        "description": "与上一件同一地点",
        "reporter": {"name": "来电人", "phone": "13800000000"},
    }
    made = browser.api("/cases", {"inputs": report})
    print(f"signed in, {made['number']} was reported and is “{made['state']}”")


if __name__ == "__main__":
    main()
