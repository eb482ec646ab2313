"""Tiles that were answered before, for as long as everything that decided about them stands.

While nothing at all is written, which PostgreSQL says in one word to all who ask at once, every answer stands. Where something was,
one statement asks for all that decided: the session, the account, what is configured, what has changed on the ground under the tile.
Where it says what it said when the tile was made, and the clock has ended nothing meanwhile, the answer is the same, and nothing else
is done. Who has signed out, was barred or lost a post, and whose ground has changed, is answered anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError
from cityloop.kernel.pages import is_held
from cityloop.kernel.snapshots import SNAPSHOT, snapshot
from cityloop.kernel.sql import prepared_cursor
from cityloop.onemap import queries as onemap
from cityloop.onemap.queries import Kept
from cityloop.onemap.rules import Tile, layer_names

START, END = "/tiles/", ".mvt"
MOST_SESSIONS = 20_000
NEVER = datetime.max.replace(tzinfo=UTC)

STANDS = f"""
SELECT {SNAPSHOT}, session.expire_date, session.session_data,
    (SELECT hashtextextended(account::text, 0) FROM organisation_user AS account WHERE id = %s),
    (SELECT bit_xor(hashtextextended(jurisdiction, version)) FROM kernel_configversion),
    ARRAY(SELECT v.source || ' ' || v.version FROM ({onemap.VERSIONS}) AS v (source, version) ORDER BY v.source)
FROM (SELECT) AS always LEFT JOIN django_session AS session ON session_key = %s AND expire_date > %s
"""

Asked = tuple[str, str, str]
"""The session, the language and the address with its query."""


class Square(NamedTuple):
    """The tile that an address names, and the tables that its layers read."""

    at: Tile
    sources: tuple[str, ...]


class Stood(NamedTuple):
    """What decided about an answer, the snapshot that was seen, and when the session ends by itself (never without one)."""

    facts: tuple[Any, ...]
    snapshot: str
    session_ends: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, what stood when it was made, and until when the clock changes nothing of it."""

    body: bytes
    status: int
    headers: Mapping[str, str]
    match: Any
    user_id: int | None
    stood: Stood
    until: datetime
    square: Square


def may_keep(response: HttpResponse, user_id: int | None, until: datetime) -> None:
    """Say of an answer that it was made for this account (None: for everybody), and until when the clock changes nothing of it."""
    response.made_for = (user_id, until)  # type: ignore[attr-defined]


class KeptTiles:
    """Stands before the session, which a kept answer does not need. A tile that the browser holds is answered with 304."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.kept = Kept[Answered](settings.TILE_CACHE_BYTES // 2)
        self.users: dict[str, int] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "GET" or not request.path.startswith(START):
            return self.get_response(request)
        request.get_host()  # refused here too, if it is none of ours
        session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        asked = (session, request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""), request.get_full_path())
        answered = self.kept.get(asked)
        if answered is None:
            square = square_of(request.path)
            response = self.get_response(request) if square is None else self._anew(request, asked, square)
        elif self._stands(asked, answered):
            request.resolver_match = answered.match
            response = HttpResponse(answered.body, status=answered.status, headers=dict(answered.headers))
        else:
            response = self._anew(request, asked, answered.square)
        return _unless_held(request, response)

    def _stands(self, asked: Asked, answered: Answered) -> bool:
        """Return whether all that decided about an answer stands."""
        if machine_now() >= min(answered.until, answered.stood.session_ends):
            return False
        if answered.stood.snapshot == snapshot():
            return True
        stood = stands(asked[0], answered.user_id, answered.square)
        if stood.facts != answered.stood.facts:
            return False
        self.kept.put(asked, replace(answered, stood=stood))
        return True

    def _anew(self, request: HttpRequest, asked: Asked, square: Square) -> HttpResponse:
        """Answer; keep the answer where it was known before whose session it is, or where it is the same for everybody."""
        session, _language, _path = asked
        user_id = self.users.get(session)
        # Asked before the tile is made: a change in between lets it stand for older than it is, never for newer.
        stood = stands(session, user_id, square)
        response = self.get_response(request)
        made_for = getattr(response, "made_for", None)
        if made_for is None or response.cookies:
            return response
        whose, until = made_for
        if whose not in (None, user_id):
            if len(self.users) >= MOST_SESSIONS:
                self.users = {}
            self.users[session] = whose
            return response
        answered = Answered(
            response.content,
            response.status_code,
            dict(response.headers),
            request.resolver_match,
            user_id,
            stood,
            until,
            square,
        )
        self.kept.put(asked, answered)
        return response


def square_of(path: str) -> Square | None:
    """Return the tile that an address names; None where it names none, or one of which nothing is kept."""
    try:
        names, zoom, x, y = path.removeprefix(START).removesuffix(END).split("/")
        at, shown = Tile.parse(zoom, x, y), onemap.named(layer_names(names))
    except (CityError, ValueError):
        return None
    if not all(onemap.may_be_kept(layer, at) for layer in shown):
        return None
    return Square(at, tuple(sorted({source for layer in shown for source in layer.sources})))


def stands(session: str, user_id: int | None, square: Square) -> Stood:
    """Return all that decides about an answer, as it stands: one statement."""
    with prepared_cursor() as cursor:
        now = timezone.now()
        cursor.execute(STANDS, [user_id, *onemap.version_values(square.at, square.sources), session, now])
        seen, session_ends, session_data, account, configured, ground = cursor.fetchone()
    return Stood((session_data, account, configured, tuple(ground)), seen, session_ends or NEVER)


def _unless_held(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the answer without its body where the browser holds it already."""
    if response.status_code != 200 or not is_held(request, response.get("ETag", "")):
        return response
    held = HttpResponse(status=304, headers=dict(response.headers))
    for name in ("Content-Type", "Content-Length"):
        if name in held.headers:
            del held.headers[name]
    return held
