"""Photos of an act: whose they must be, who sees what of them, and what is found again of them."""

from datetime import date, timedelta
from importlib import import_module
from typing import Any

import orjson
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.conftest import BROKEN_COVER, MANHOLE, PHOTOS, POINT, Desk, send
from cases.door import Door, problem
from cases.test_verifying import tampering
from cast import CITY, NOW, OTHER_CITY, SINCE, make_person
from cityloop.cases import actions, models
from cityloop.cases.queries.verifying import verify
from cityloop.geography.actions import lay_regular_grid
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.ids import uuid7
from cityloop.media import actions as media
from cityloop.media import models as media_models
from cityloop.media.queries import links_step
from cityloop.organisation.actions import appoint
from cityloop.organisation.queries import system_viewer, viewer_of
from cityloop.organisation.rules.staffing import Viewer

CLOSE, WIDE = (photo["sha256"] for photo in PHOTOS)
MINE, THEIRS, FILM = "1" * 64, "2" * 64, "3" * 64
AFTER = [{"kind": "after", "sha256": MINE}]


@pytest.fixture(autouse=True)
def _the_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (
        "cityloop.kernel.clock.machine_now",
        "cityloop.site.api.machine_now",
        "cityloop.organisation.queries.viewers.machine_now",
    ):
        monkeypatch.setattr(place, lambda: NOW)


@pytest.fixture
def door(desk: Desk) -> Door:
    return Door(desk.cast)


def photo(digest: str, kind: str = "close") -> dict[str, str]:
    return {"kind": kind, "sha256": digest}


def refusal(desk: Desk, who: str, number: str, *digests: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        desk(who, number, "attach", photos=[photo(digest) for digest in digests])
    [fault] = refused.value.faults
    assert fault.field == "photos"
    return fault.why


# --- whose they must be


def test_a_digest_that_nobody_has_sent_is_refused_with_what_to_do(desk: Desk, door: Door) -> None:
    number = desk.report().number
    said = problem(door("collector").act(number, "attach", photos=[photo(MINE), PHOTOS[0]]), 422, "invalid", "photos")
    assert "POST /api/v1/media" in said["detail"]
    assert MINE in said["detail"]
    assert CLOSE not in said["detail"], "that one is good"


def test_somebody_elses_file_is_not_reached_by_naming_its_digest(desk: Desk, door: Door) -> None:
    number = desk.report().number
    never = refusal(desk, "acceptor", number, "4" * 64).replace("4" * 64, "…")
    send([THEIRS], [desk.cast["dispatcher"]])
    assert refusal(desk, "acceptor", number, THEIRS).replace(THEIRS, "…") == never, "nor does it say that it is there"
    with pytest.raises(InvalidInput):
        desk.report("acceptor", source="hotline", photos=[photo(THEIRS)])
    assert not models.Attachment.objects.filter(sha256=THEIRS).exists()


def test_a_file_of_another_city_is_none_here(desk: Desk) -> None:
    number = desk.report().number
    send([MINE], [desk.cast["acceptor"]], OTHER_CITY)
    assert "send these files first" in refusal(desk, "acceptor", number, MINE)


def test_what_hangs_on_the_case_may_be_named_again_by_anybody(desk: Desk) -> None:
    send([MINE], [desk.cast["collector"]])
    number, other = desk.report(photos=[photo(MINE), PHOTOS[0]]).number, desk.report().number
    desk("acceptor", number, "attach", photos=[photo(MINE, "evidence")])
    assert "send these files first" in refusal(desk, "acceptor", other, MINE), "but on no other"


def test_each_kind_of_file_where_it_is_asked_for(desk: Desk) -> None:
    number = desk.in_disposal()
    send([FILM], [desk.cast["dept_clerk"]], kind="video")
    with pytest.raises(InvalidInput) as refused:
        desk("dept_clerk", number, "feedback", photos=[photo(FILM, "after")])
    [fault] = refused.value.faults
    assert "only files of these kinds are taken here: photo" in fault.why
    assert FILM in fault.why
    desk("dept_clerk", number, "attach", photos=[photo(FILM)])


def test_an_erased_file_cannot_be_named_any_more(desk: Desk) -> None:
    number = desk.report().number
    [file] = send([MINE], [desk.cast["leader"]])
    media.erase(file.pk, by_id=desk.cast["sysadmin"], reason="车牌", now=NOW)
    assert "erased" in refusal(desk, "leader", number, MINE)


def test_what_is_sent_again_is_answered_although_the_file_was_erased_since(desk: Desk) -> None:
    key = uuid7()
    first = desk.report(key=key)
    for file in media_models.File.objects.all():
        media.erase(file.pk, by_id=desk.cast["sysadmin"], reason="车牌", now=NOW)
    assert desk.report(key=key).number == first.number


@pytest.fixture
def in_both(desk: Desk) -> Viewer:
    """Somebody who takes calls in two cities."""
    lay_regular_grid(OTHER_CITY, 121.0, 31.0, 121.01, 31.01, 500, date(2020, 1, 1))
    person = make_person("both", "acceptor", CITY)
    appoint(person, "acceptor", OTHER_CITY, valid_from=SINCE)
    return viewer_of(person, NOW)


def test_a_case_that_goes_to_an_inner_city_keeps_the_file_of_the_city_it_was_sent_to(
    desk: Desk, in_both: Viewer
) -> None:
    assert in_both.user_id is not None
    send([MINE], [in_both.user_id])
    point = {"lon": 121.005, "lat": 31.005, "system": "wgs84"}
    inputs = {"source": "hotline", "category": MANHOLE, "point": point, "photos": [photo(MINE)]}
    number = actions.report(CITY, inputs, actor=in_both, key=uuid7(), via="api", now=NOW).number
    row = models.Attachment.objects.get()
    assert (row.case.jurisdiction, row.lies_in) == (OTHER_CITY, CITY)
    event = models.CaseEvent.objects.get(case__number=number)
    assert orjson.loads(event.body)["files"] == {MINE: CITY}, "the chain tells it"
    [file] = Door(desk.cast)("stranger").get(f"/cases/{number}").json()["files"]
    assert file["state"] == "ready", "whoever may see the case sees its file"
    assert verify().findings == []
    models.Attachment.objects.update(lies_in=OTHER_CITY)
    assert len(verify().findings) == 1


def test_of_two_cities_that_keep_the_same_file_it_is_the_cases_own(desk: Desk, in_both: Viewer) -> None:
    assert in_both.user_id is not None
    for code in (CITY, OTHER_CITY):
        send([MINE], [in_both.user_id], code)
    number = desk.report().number
    given = {"photos": [photo(MINE)]}
    actions.perform(number, "attach", given, actor=in_both, key=uuid7(), via="api", now=NOW)
    assert models.Attachment.objects.get(sha256=MINE).lies_in == CITY


@pytest.mark.parametrize("via", ["system", "replayed", "demo"])
def test_what_is_told_as_history_names_what_it_likes(desk: Desk, via: str) -> None:
    inputs = {"source": "iot", "category": MANHOLE, "point": POINT, "photos": [photo(THEIRS)]}
    actor = system_viewer("test", CITY)
    number = actions.report(CITY, inputs, actor=actor, key=uuid7(), via=via, now=NOW).number
    assert models.Attachment.objects.get().case.number == number
    assert verify().findings == []


def test_which_files_are_ones_own_is_asked_once_and_only_where_there_are_any(desk: Desk) -> None:
    number, counts = desk.report().number, []
    for photos in ([PHOTOS[0]], PHOTOS, []):
        with CaptureQueriesContext(connection) as asked:
            if photos:
                desk("acceptor", number, "attach", photos=photos)
            else:
                desk("acceptor", number, "note", opinion="x")
        counts.append(len(asked))
    assert counts[1] == counts[2] + 1


# --- what is told of them


def test_the_files_of_a_case_are_told_with_all_that_is_known(desk: Desk, door: Door) -> None:
    media_models.File.objects.filter(sha256=CLOSE).update(lon=120.5, lat=30.25, taken="2026-07-01T09:59:00+08:00")
    number = desk.report().number
    case = door("dispatcher").get(f"/cases/{number}").json()
    close, wide = case["files"]
    assert {name: close[name] for name in ("seq", "kind", "sha256", "media", "state", "width", "height", "bytes")} == {
        "seq": 1, "kind": "close", "sha256": CLOSE, "media": "photo", "state": "ready", "width": 640, "height": 480,
        "bytes": 40_000,
    }  # fmt: skip
    assert close["location"] == {"type": "Point", "coordinates": [120.5, 30.25]}
    assert close["taken"] == "2026-07-01T09:59:00+08:00"
    assert wide["location"] is None
    [reported] = door("dispatcher").get(f"/cases/{number}/timeline").json()["items"]
    assert reported["files"] == case["files"]


def variants(door: Door, who: str, number: str) -> list[set[str]]:
    return [set(file["links"]) for file in door(who).get(f"/cases/{number}").json()["files"]]


FREE_OF_METADATA = {"public", "large", "small"}


def test_the_original_is_for_posts_that_may_know_who_reported_and_for_whoever_sent_it(desk: Desk, door: Door) -> None:
    media_models.Keeping.objects.exclude(owner_id=desk.cast["collector"]).delete()
    number = desk.in_disposal()
    for who in ("acceptor", "duty_chief", "dispatcher", "leader", "collector"):
        assert variants(door, who, number) == [{"original", *FREE_OF_METADATA}] * 2, who
    for who in ("dept_clerk", "inspector", "evaluator"):
        assert variants(door, who, number) == [FREE_OF_METADATA] * 2, who


def test_where_one_of_the_public_was_is_told_to_those_alone_who_may_know_who_reported(desk: Desk, door: Door) -> None:
    send([MINE], [desk.cast["citizen"]])
    media_models.File.objects.filter(sha256=MINE).update(lon=120.5, lat=30.25, taken="2026-07-01T09:59:00")
    number = desk.report("citizen", source="wechat", photos=[photo(MINE)]).number
    desk("acceptor", number, "accept")
    desk("duty_chief", number, "file")
    desk("dispatcher", number, "dispatch", department="HW")
    for who, told in (("acceptor", True), ("citizen", True), ("dept_clerk", False), ("inspector", False)):
        for path in (f"/cases/{number}", f"/cases/{number}/timeline"):
            body = door(who).get(path).json()
            [file] = body["files"] if "files" in body else body["items"][0]["files"]
            assert (file["location"] is not None, file["taken"] is not None) == (told, told), (who, path)
            assert ("original" in file["links"]) == told


def test_a_stranger_sees_neither_the_case_nor_its_files(desk: Desk, door: Door) -> None:
    number = desk.report().number
    for path in ("", "/timeline"):
        assert CLOSE not in door("stranger").get(f"/cases/{number}{path}").content.decode()


def test_a_file_of_a_history_that_is_not_here_says_so(desk: Desk, door: Door) -> None:
    inputs = {"source": "iot", "category": MANHOLE, "point": POINT, "photos": [photo(THEIRS)]}
    done = actions.report(CITY, inputs, actor=system_viewer("t", CITY), key=uuid7(), via="replayed", now=NOW)
    [file] = door("dispatcher").get(f"/cases/{done.number}").json()["files"]
    assert (file["state"], file["id"], file["links"]) == ("absent", None, None)


# --- seen before


def test_the_same_file_on_a_later_case_names_the_earlier_one(desk: Desk, door: Door) -> None:
    first, second = desk.report().number, desk.report().number
    assert [file["alike"] for file in door("dispatcher").get(f"/cases/{first}").json()["files"]] == [None, None]
    told = [file["alike"] for file in door("dispatcher").get(f"/cases/{second}").json()["files"]]
    assert told == [{"same": True, "number": first}] * 2


def test_a_photo_that_looks_alike_names_the_case_of_the_earlier_one(desk: Desk, door: Door) -> None:
    first = desk.report().number
    earlier = media_models.File.objects.get(sha256=CLOSE)
    send([MINE], [desk.cast["collector"]])
    media_models.File.objects.filter(sha256=MINE).update(alike_id=earlier.pk, alike_distance=2)
    number = desk.report(photos=[photo(MINE), photo(WIDE, "wide")]).number
    assert door("dispatcher").get(f"/cases/{number}").json()["files"][0]["alike"] == {"same": False, "number": first}


def test_a_case_that_the_reader_may_not_see_is_not_named(desk: Desk, door: Door) -> None:
    desk.report()
    number = desk.filed()
    desk("dispatcher", number, "dispatch", department="HW")
    files = door("dept_clerk").get(f"/cases/{number}").json()["files"]
    assert [file["alike"] for file in files] == [{"same": True, "number": None}] * 2


def test_the_photos_of_a_pool_are_used_again_without_a_word(desk: Desk, door: Door) -> None:
    media_models.File.objects.update(pool="demo")
    desk.report()
    number = desk.report().number
    assert {file["alike"] for file in door("dispatcher").get(f"/cases/{number}").json()["files"]} == {None}


# --- asked again


def etag(door: Door, number: str) -> str:
    answer = door("dispatcher").get(f"/cases/{number}")
    assert door("dispatcher").get(f"/cases/{number}", **{"If-None-Match": answer["ETag"]}).status_code == 304
    return str(answer["ETag"])


def test_a_desk_that_asks_again_hears_of_copies_made_files_erased_and_new_links(
    desk: Desk, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = desk.report().number
    seen = [etag(door, number)]
    media_models.File.objects.filter(sha256=CLOSE).update(state="waiting")
    seen.append(etag(door, number))
    media.erase(media_models.File.objects.get(sha256=WIDE).pk, by_id=1, reason="面部", now=NOW)
    seen.append(etag(door, number))
    step = links_step(now=NOW + timedelta(minutes=20))
    monkeypatch.setattr("cityloop.cases.queries.case_detail.links_step", lambda: step)
    seen.append(etag(door, number))
    assert len(set(seen)) == 4


def test_a_case_without_files_asks_nothing_more(desk: Desk, door: Door) -> None:
    bare, full = desk.report("acceptor", source="hotline", photos=None).number, desk.report().number
    counts = []
    for number in (bare, full):
        door("dispatcher").get(f"/cases/{number}")
        with CaptureQueriesContext(connection) as asked:
            door("dispatcher").get(f"/cases/{number}")
        counts.append(len(asked))
        assert (number == full) == any("media_file" in one["sql"] for one in asked)
    assert counts[1] <= counts[0] + 3


# --- erased


def test_an_erased_file_is_told_as_erased_and_the_chain_holds(desk: Desk, door: Door) -> None:
    number = desk.report().number
    link = door("dispatcher").get(f"/cases/{number}").json()["files"][0]["links"]["small"]
    file = media_models.File.objects.get(sha256=CLOSE)
    media.erase(file.pk, by_id=desk.cast["sysadmin"], reason="路人面部", now=NOW)
    told = door("dispatcher").get(f"/cases/{number}").json()["files"][0]
    assert (told["state"], told["why"], told["links"], told["sha256"]) == ("erased", "路人面部", {}, CLOSE)
    assert told["erased_at"] is not None
    assert Client().get(link).status_code == 410
    assert verify().findings == []


# --- verified


def test_what_events_say_of_files_is_verified(desk: Desk, subtests: pytest.Subtests) -> None:
    number = desk.report().number
    rows = models.Attachment.objects.filter(n=1)
    changes: list[tuple[str, dict[str, Any], str]] = [
        ("kind", {"kind": "wide"}, "file 1 of event 1"), ("sha256", {"sha256": MINE}, "file 1 of event 1"),
        ("lies_in", {"lies_in": OTHER_CITY}, "file 1 of event 1"), ("n", {"n": 9}, "file 1 of event 1"),
        ("seq", {"seq": 2}, "file 1 of event 1"),
    ]  # fmt: skip
    for name, change, place in changes:
        with subtests.test(name), tampering():
            rows.update(**change)
            assert (number, place) in [(str(one.subject), str(one.place)) for one in verify().findings]
    with subtests.test("gone"), tampering():
        rows.delete()
        assert [str(one) for one in verify().findings] == [f"{number}: file 1 of event 1: is missing"]
    assert verify().findings == []
    call_command("verify")


def test_what_events_named_before_there_were_attachments_is_found_from_them(desk: Desk) -> None:
    number = desk.report().number
    desk("acceptor", number, "attach", photos=[photo(CLOSE, "evidence")])
    desk.report("acceptor", source="hotline", photos=None)
    told = list(
        models.Attachment.objects.order_by("case", "seq", "n").values_list("case", "seq", "n", "kind", "sha256")
    )
    models.Attachment.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("cityloop.cases.migrations.0006_attachment").FROM_EVENTS)
    assert verify().findings == []
    assert told == list(
        models.Attachment.objects.order_by("case", "seq", "n").values_list("case", "seq", "n", "kind", "sha256")
    )


def test_a_refused_act_leaves_no_file_on_the_case(desk: Desk) -> None:
    number = desk.report().number
    with pytest.raises(CityError):
        desk("dept_clerk", number, "feedback", photos=[photo(CLOSE, "after")])
    assert models.Attachment.objects.count() == 2


def test_a_report_of_any_source_may_carry_photos(desk: Desk) -> None:
    desk.report("acceptor", source="hotline", condition=BROKEN_COVER)
    assert models.Attachment.objects.count() == 2
