"""The search through the door of the pages: what its address says, what is kept, what is written out, and for whom."""

import io
import logging
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from python_calamine import CalamineWorkbook

from cases.conftest import Desk
from cityloop.cases import models
from cityloop.cases.actions import exporting, searching
from cityloop.cases.queries.search import SHOWN
from cityloop.kernel.clock import machine_now
from cityloop.kernel.pages import KEPT, writer_of
from cityloop.media import handouts

CALL = {"source": "hotline", "photos": None, "reporter": {"name": "张三丰", "phone": "13812341234"}}
PART = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def at(client: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setattr(exporting, "_defer", exporting.run_export)

    def sign_in(who: str) -> Client:
        client.force_login(get_user_model().objects.get(pk=desk.cast[who]))
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def test_what_is_found_shows_the_words_marked_and_leads_to_the_case(desk: Desk, at: Any) -> None:
    number = desk.report(description="路面积水 <b>很深</b>", address="人民路12号").number
    page = at("acceptor").get("/desk/search?words=积水").content.decode()
    assert "路面<mark>积水</mark> &lt;b&gt;很深&lt;/b&gt;" in page
    assert f'href="/desk/cases/{number}"' in page
    assert 'value="积水"' in page
    assert number not in at("stranger").get("/desk/search?words=积水").content.decode()
    assert at("citizen").get("/desk/search?words=积水").status_code == 403


def test_the_part_is_that_part_of_the_whole_page(desk: Desk, at: Any) -> None:
    desk.report(description="路面积水")
    reader = at("acceptor")
    part = reader.get("/desk/search?words=积水", **PART).content.decode()
    assert 'class="hits"' in part
    assert "<aside" not in part


@pytest.mark.parametrize("query", ["words=a", "area=x", "area=%7B%7D"])
def test_a_mistake_is_named_and_what_was_typed_stays(desk: Desk, at: Any, query: str) -> None:
    answer = at("acceptor").get(f"/desk/search?{query}&number=123")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert 'value="123"' in page


@pytest.mark.parametrize(
    "query",
    [
        "light=pink",
        "since=never",
        "until=9999-12-31",
        "state=nowhere",
        "cursor=x&words=ab",
        "street=%00",
        "words=%00%00",
    ],
)
def test_nonsense_in_an_address_is_no_fault(desk: Desk, at: Any, query: str) -> None:
    assert at("acceptor").get(f"/desk/search?{query}").status_code in {200, 400, 422}


def test_a_look_by_phone_is_written_down_and_nobody_else_is_offered_one(desk: Desk, at: Any) -> None:
    number = desk.report("acceptor", **CALL).number
    page = at("acceptor").post("/desk/search", {"phone": "13812341234"}, **PART).content.decode()
    assert number in page
    [look] = models.ReporterLook.objects.all()
    assert (look.case.number, look.person, look.page, look.fields) == (
        number, desk.cast["acceptor"], "search", ["reporter_phone"],
    )  # fmt: skip
    assert 'name="phone"' not in at("evaluator").get("/desk/search").content.decode()
    assert at("evaluator").post("/desk/search", {"phone": "13812341234"}).status_code == 403
    assert not models.SoughtPhone.objects.exclude(owner=desk.cast["acceptor"]).exists()


def addresses(page: str) -> list[str]:
    """Return all addresses that a page leads to, asks of or shows again."""
    return re.findall(r'(?:href|action|src|hx-get|hx-post|hx-push-url|data-[a-z-]+)="([^"]*)"', page)


def test_a_phone_number_that_is_looked_for_stands_in_no_address_and_no_log(
    desk: Desk, at: Any, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    """What a proxy and a browser write down is the address of each request: those that follow from one another are walked here."""
    phone = CALL["reporter"]["phone"]
    number = desk.report("acceptor", **CALL).number
    for count in range(SHOWN):
        desk.report("acceptor", **CALL, address=f"人民路{count}号")
    reader = at("acceptor")
    with caplog.at_level(logging.DEBUG):
        sent = reader.post("/desk/search", {"phone": f" {phone} ", "number": "9901", "caller": "forged"})
        assert sent.status_code == 302
        place = sent["Location"]
        page = reader.get(place)
        told = reader.post("/desk/search", {"phone": phone, "number": "9901"}, **PART)
        assert told["HX-Push-Url"] == place, "the same number has the same key"
        query = dict(parse_qsl(urlsplit(place).query))
        with django_capture_on_commit_callbacks(execute=True):
            export = reader.post("/desk/search/export", query)["Location"]
        saved = reader.post("/desk/search/saved", {"name": "来电", **query})["Location"]
        pages = [page, told, reader.get(export), reader.get(f"{export}?", **PART)]
        html = [one.content.decode() for one in pages]
        [more] = {unescape(one) for one in addresses(html[0]) if "cursor=" in one}
        assert number in reader.get(more).content.decode(), "the key leads to the next page too"
    assert f'value="{phone}"' in html[0], "in the field it stands, for its owner"
    seen = [place, told["HX-Push-Url"], export, saved, more, *(one for text in html for one in addresses(text))]
    seen += [f"{name}: {value}" for one in (sent, *pages) for name, value in one.headers.items()]
    assert [one for one in seen if phone in one] == []
    assert [one for one in caplog.records if phone in one.getMessage() and one.name != "django.db.backends"] == []
    assert phone not in str([*models.Export.objects.values(), *models.SavedSearch.objects.values()])
    assert len(rows_of(reader, export)) == 2 + SHOWN


def test_a_search_that_was_sent_when_the_session_had_ended_goes_on_after_signing_in(desk: Desk, at: Any) -> None:
    reader = at("acceptor")
    assert (
        f'value="{writer_of(reader.get("/desk/search").wsgi_request)[:12]}'
        in reader.get("/desk/search").content.decode()
    )
    session = reader.session
    session[KEPT] = ["/desk/search", [["words", "积水"], ["phone", "13812341234"]], []]
    session.save()
    place = reader.get("/desk/search")["Location"]
    assert place.startswith("/desk/search?words=%E7%A7%AF%E6%B0%B4&caller=")
    assert reader.get("/desk/search").status_code == 200, "once"


def test_the_key_of_a_phone_number_is_its_owners_alone_and_for_an_hour(desk: Desk, at: Any) -> None:
    number = desk.report("acceptor", **CALL).number
    place = at("acceptor").post("/desk/search", {"phone": "13812341234"})["Location"]
    assert number in at("acceptor").get(place).content.decode()
    answer = at("dispatcher").get(place)
    assert answer.status_code == 422
    assert number not in answer.content.decode()
    assert "phone" not in at("acceptor").get("/desk/search?phone=13812341234&number=1").context["query"]
    models.SoughtPhone.objects.update(at=machine_now() - timedelta(hours=1))
    assert "Type it again" in at("acceptor").get(place).content.decode()
    assert at("acceptor").post("/desk/search/export", dict(parse_qsl(urlsplit(place).query))).status_code == 422
    assert searching.forget_phones() == 1


def test_searches_are_kept_by_name_and_are_ones_own(desk: Desk, at: Any) -> None:
    reader = at("acceptor")
    reader.post("/desk/search/saved", {"name": "积水", "words": "积水", "light": ["red", "yellow"]})
    [kept] = models.SavedSearch.objects.all()
    assert "light=red&amp;light=yellow" in reader.get("/desk/search").content.decode()
    reader.post("/desk/search/saved", {"name": "来电", "words": "积水", "caller": "key", "phone": "13800000001"})
    assert models.SavedSearch.objects.get(name="来电").query == "words=%E7%A7%AF%E6%B0%B4", (
        "who called stands in texts that are erased"
    )
    models.SavedSearch.objects.filter(name="来电").delete()
    assert reader.post("/desk/search/saved", {"name": "谁", "caller": "key", "phone": "13800000001"}).status_code == 422
    assert reader.post("/desk/search/saved", {"name": "积水", "words": "x"}).status_code == 409
    assert reader.post("/desk/search/saved", {"name": "", "words": "x"}).status_code == 422
    assert at("dispatcher").post(f"/desk/search/saved/{kept.pk}/delete").status_code == 404
    assert "积水" not in at("dispatcher").get("/desk/search").content.decode()
    at("acceptor").post(f"/desk/search/saved/{kept.pk}/delete")
    assert not models.SavedSearch.objects.exists()


def exported(reader: Client, django_capture_on_commit_callbacks: Any, **query: str) -> tuple[str, list[list[Any]]]:
    with django_capture_on_commit_callbacks(execute=True):
        place = reader.post("/desk/search/export", query)["Location"]
    return place, rows_of(reader, place)


def rows_of(reader: Client, place: str) -> list[list[Any]]:
    answer = reader.get(f"{place}.xlsx")
    assert answer.status_code == 200
    data = b"".join(answer.streaming_content)
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def test_an_export_holds_what_the_search_shows_and_no_formula(
    desk: Desk, at: Any, django_capture_on_commit_callbacks: Any
) -> None:
    evil = '=HYPERLINK("http://evil","x")'
    number = desk.report("acceptor", **CALL, description=evil, address="人民路12号").number
    desk.report(description="别的", address="解放路")
    place, [head, *rows] = exported(at("acceptor"), django_capture_on_commit_callbacks, words="人民路")
    [row] = [dict(zip(head, row, strict=True)) for row in rows]
    assert (row["Number"], row["Description"], row["Reported by"], row["Phone"]) == (
        number,
        evil,
        "张三丰",
        "13812341234",
    )
    assert [(look.case.number, look.page) for look in models.ReporterLook.objects.all()] == [(number, "export")]
    assert "2 " not in at("acceptor").get(place).content.decode().split("Download")[0].split("✓")[-1]


def test_who_may_not_know_reporters_exports_them_masked(
    desk: Desk, at: Any, django_capture_on_commit_callbacks: Any
) -> None:
    desk.report("acceptor", **CALL)
    _place, [head, row] = exported(at("evaluator"), django_capture_on_commit_callbacks, number="9901")
    told = dict(zip(head, row, strict=True))
    assert (told["Reported by"], told["Phone"]) == ("张**", "138****1234")
    assert not models.ReporterLook.objects.exists()


def test_an_export_is_its_owners_alone_and_for_a_day(
    desk: Desk, at: Any, django_capture_on_commit_callbacks: Any
) -> None:
    desk.report()
    place, _rows = exported(at("acceptor"), django_capture_on_commit_callbacks, number="9901")
    for path in (place, f"{place}.xlsx"):
        assert at("dispatcher").get(path).status_code == 404
        answer = at("acceptor").get(path)
        assert answer.status_code == 200
        assert path == place or b"".join(answer.streaming_content)
    models.Export.objects.update(asked_at=machine_now() - timedelta(days=1, minutes=1))
    assert at("acceptor").get(f"{place}.xlsx").status_code == 404
    exporting.forget_exports()
    assert not models.Export.objects.exists()
    assert handouts.erase_expired(now=machine_now() + timedelta(hours=23)) == 0
    assert handouts.erase_expired(now=machine_now() + timedelta(days=1)) == 1


def test_why_an_export_failed_is_said_in_the_readers_language(desk: Desk, at: Any) -> None:
    row = models.Export.objects.create(
        owner=desk.cast["acceptor"], language="zh-hans", query="words=a", asked_at=machine_now()
    )
    exporting.run_export(row.pk)
    assert models.Export.objects.get().failure == "查询词至少两个字。"
    assert (
        "A word to look for has at least two characters."
        in at("acceptor").get(f"/desk/exports/{row.pk}").content.decode()
    )
    assert at("acceptor").get(f"/desk/exports/{row.pk}.xlsx").status_code == 404


def test_one_export_at_a_time_and_its_progress_is_told_once(desk: Desk, at: Any) -> None:
    reader = at("acceptor")
    place = reader.post("/desk/search/export", {"number": "9901"})["Location"]  # nobody has begun it
    assert reader.post("/desk/search/export", {"number": "9901"}).status_code == 409
    first = reader.get(place, **PART)
    assert "so far" in first.content.decode()
    assert reader.get(place, HTTP_IF_NONE_MATCH=first["ETag"], **PART).status_code == 304
