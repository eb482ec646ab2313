"""The pages of the parts, asked for as a browser without scripts asks."""

import io
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse
from PIL import Image
from python_calamine import CalamineWorkbook

from assets.conftest import DAY, SHAPE, SOUTH, WEST, code, part
from cast import CITY, NOW, Cast
from cityloop.assets import models
from cityloop.assets.actions import Cause, Wanted, add_parts, change_part, exporting, importing
from cityloop.assets.choices import PartState
from cityloop.organisation.models import User
from cityloop.organisation.queries import city
from cityloop.site.settings import env

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(gridded: Cast, client: Client) -> Any:
    """Return who signs somebody in."""
    add_parts(CITY, [part(1, keeper="HW"), part(2, state="damaged"), part(1, class_code="01002", name="老井盖")], DAY)

    def sign_in(who: str) -> Client:
        client.force_login(User.objects.get(pk=gridded[who]))
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        return client

    return sign_in


def told(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    text: str = response.content.decode()
    return text


def photo() -> io.BytesIO:
    file = io.BytesIO()
    Image.effect_noise((64, 48), 50).save(file, "JPEG")
    file.name = "a.jpg"
    file.seek(0)
    return file


def test_parts_are_found_by_what_is_known_of_them(desk: Any) -> None:
    client, url = desk("dispatcher"), reverse("desk-parts")
    assert told(client.get(url)).count("part-hits") == 1
    for query, codes in (
        ({"words": code(2)}, [code(2)]),
        ({"words": code(1)[:14]}, [code(1), code(2)]),
        ({"words": "老井"}, [code(1, "01002")]),
        ({"state": "wrong"}, [code(2)]),
        ({"department": "HW"}, [code(1)]),
        ({"class_code": "01002"}, [code(1, "01002")]),
        ({"department": "HW", "role": "owner"}, []),
    ):
        page = client.get(url, query).context["page"]
        assert [one.code for one in page.items] == codes, query
    assert "New part" not in told(client.get(url, {"words": "x"}))


def test_a_search_that_cannot_be_made_says_why(desk: Any) -> None:
    for query in (
        {"state": "fine"},
        {"role": "mayor"},
        {"place": "abc"},
        {"area": "{}"},
        {"cursor": "x"},
        {"words": "a" * 101},
    ):
        told(desk("dispatcher").get(reverse("desk-parts"), query), 422)


def test_a_page_follows_another_by_the_last_code(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cityloop.assets.queries.listing.PAGE", 2)
    client, url = desk("dispatcher"), reverse("desk-parts")
    first = client.get(url)
    second = client.get(f"{url}?{first.context['following']}")
    assert [len(page.context["page"].items) for page in (first, second)] == [2, 1]
    assert second.context["following"] == ""


def test_a_part_of_another_city_is_not_there(desk: Any) -> None:
    client = desk("stranger")
    for name in ("desk-part", "desk-part-edit", "desk-part-propose", "desk-part-photos", "desk-part-label"):
        assert client.get(reverse(name, args=[code(1)])).status_code == 404
    assert code(1) not in told(client.get(reverse("desk-parts")))
    assert client.get(reverse("desk-parts"), {"jurisdiction": CITY}).status_code == 403


def test_a_part_is_entered_by_hand_once_however_often_its_form_comes(desk: Any) -> None:
    client, url = desk("data_admin"), reverse("desk-part-new")
    told(client.get(url))
    form = {
        "key": str(uuid4()),
        "class_code": "01001",
        "position.lon": str(SHAPE.x),
        "position.lat": str(SHAPE.y),
        "state": "intact",
    }
    for _ in range(2):
        assert client.post(url, form).headers["Location"] == reverse("desk-part", args=[code(3)])
    again = client.post(url, form | {"key": str(uuid4()), "position.lon": "x", "name": "新井"})
    assert "新井" in told(again, 422)
    assert models.Part.objects.count() == 4


def test_a_part_is_changed_and_its_past_is_told_and_taken_back(desk: Any) -> None:
    client, url = desk("data_admin"), reverse("desk-part-edit", args=[code(1)])
    page = client.get(url)
    form = {field.name: field.value for field in page.context["fields"] if field.kind != "flag"}
    form |= {"position.lon": page.context["lon"], "position.lat": page.context["lat"], "revision": "1"}
    assert client.post(url, form).status_code == 302
    assert models.Part.objects.get(code=code(1)).revision == 1  # nothing of it was otherwise
    assert client.post(url, form | {"state": "lost", "owner_name": "某公司", "note": "巡查"}).status_code == 302
    assert "changed this part meanwhile" in told(client.post(url, form | {"state": "damaged"}), 422)
    shown = told(client.get(reverse("desk-part", args=[code(1)]), {"on": "2026-01-01"}))
    assert "某公司" in shown
    assert "巡查" in shown
    change = models.PartChange.objects.get()
    client.post(reverse("desk-part-undo", args=[code(1), change.pk]))
    assert models.Part.objects.get(code=code(1)).state == PartState.INTACT
    for on in ("x", "2025-01-01"):
        assert 'role="alert"' in told(client.get(reverse("desk-part", args=[code(1)]), {"on": on}))


def test_a_part_is_taken_out_with_a_reason_alone(desk: Any) -> None:
    client, url = desk("data_admin"), reverse("desk-part-gone", args=[code(1)])
    assert client.post(url).status_code == 422
    assert client.post(url, {"note": "道路改造"}).status_code == 302
    assert "stands there no more" in told(client.get(reverse("desk-part", args=[code(1)])))


@pytest.mark.parametrize("who", ["collector", "dispatcher"])
def test_who_keeps_no_data_is_offered_a_proposal_instead(desk: Any, who: str) -> None:
    client = desk(who)
    shown = told(client.get(reverse("desk-part", args=[code(1)])))
    assert reverse("desk-part-propose", args=[code(1)]) in shown
    assert reverse("desk-part-edit", args=[code(1)]) not in shown
    for name, args in (("desk-part-new", []), ("desk-part-edit", [code(1)]), ("desk-part-photos", [code(1)])):
        assert client.get(reverse(name, args=args)).status_code == 403
    assert client.post(reverse("desk-part-gone", args=[code(1)]), {"note": "x"}).status_code == 403


def test_the_field_proposes_with_a_photo_and_a_manager_decides(desk: Any) -> None:
    client = desk("collector")
    url = reverse("desk-part-propose", args=[code(1)])
    told(client.get(url))
    assert (
        client.post(
            url, {"state": "damaged", "words": "盖子裂了", "key": str(uuid4()), "photos.part": photo()}
        ).status_code
        == 302
    )
    assert client.post(url, {"do": "gone", "key": str(uuid4())}).status_code == 302
    assert "Nothing differs" in told(client.post(url, {"state": "intact", "key": str(uuid4())}), 422)
    new = reverse("desk-part-propose-new")
    place = {
        "position.lon": f"{WEST + 0.004}",
        "position.lat": f"{SOUTH + 0.004}",
        "class_code": "01001",
        "state": "intact",
    }
    assert client.post(new, place | {"key": str(uuid4())}).status_code == 302
    assert "盖子裂了" in told(client.get(reverse("desk-proposals"), {"mine": "1"}))
    manager = desk("data_admin")
    assert "Proposals" in told(manager.get(reverse("desk-parts")))
    rows = {row.kind: row.pk for row in models.Proposal.objects.all()}
    decide = reverse("desk-proposals-decide")
    assert manager.post(decide, {"do": "accept"}).status_code == 422
    assert manager.post(decide, {"do": "refuse", "id": [str(rows["gone"])]}).status_code == 422
    both = {"do": "accept", "id": [str(rows["changed"]), str(rows["new"])]}
    assert "1 accepted" in told(
        manager.post(decide, both)
    )  # the other one speaks of a part of which another speaks too
    assert "1 accepted" in told(manager.post(decide, both | {"anyway": "1"}))
    assert "1 sent back" in told(manager.post(decide, {"do": "refuse", "id": [str(rows["gone"])], "reason": "还在"}))
    assert models.Part.objects.get(code=code(1)).state == PartState.DAMAGED
    assert models.PartPhoto.objects.get().code == code(1)
    assert models.Part.objects.filter(code=code(3)).exists()
    told(manager.get(reverse("desk-part", args=[code(1)])))
    assert "还在" in told(manager.get(reverse("desk-proposals"), {"state": "refused"}))


def test_photos_are_added_and_taken_off(desk: Any) -> None:
    client, url = desk("data_admin"), reverse("desk-part-photos", args=[code(1)])
    assert client.post(url, {"photos.part": photo()}).status_code == 302
    held = models.PartPhoto.objects.get(code=code(1))
    told(client.get(url))
    assert "being prepared" in told(client.get(reverse("desk-part", args=[code(1)])))
    assert client.post(url, {"take_off": str(held.pk)}).status_code == 302
    assert not models.PartPhoto.objects.exists()
    told(client.post(url, {"photos": [f"part:{'0' * 64}"]}), 422)


def test_the_intact_rate_is_told_for_a_day(desk: Any, gridded: Cast) -> None:
    client, url = desk("leader"), reverse("desk-parts-rates")
    cause = Cause(NOW, date(2026, 6, 1), 1)
    change_part(gridded.viewer("data_admin"), CITY, Wanted(code(1), {"state": "lost"}), cause)
    shares = {
        on: client.get(url, {"on": on}).context["total_share"] for on in ("2026-05-31", "2026-06-01", "2025-01-01")
    }
    assert shares == {"2026-05-31": "66.7", "2026-06-01": "33.3", "2025-01-01": ""}
    for side in ("class", "department", "area"):
        told(client.get(url, {"by": side}))
    covers = {one.code: (one.intact, one.count) for one, _share, _query in client.get(url).context["rates"]}
    assert covers == {"01001": (0, 2), "01002": (1, 1)}


def test_a_survey_is_begun_looked_at_and_closed(desk: Any, gridded: Cast) -> None:
    client, url = desk("data_admin"), reverse("desk-surveys")
    told(client.post(url, {"title": "", "due_on": "x"}), 422)
    made = client.post(url, {"title": "年度更新", "due_on": "2199-01-01", "classes": ["01001"]})
    assert made.status_code == 302, made.content.decode()[:500]
    there = made.headers["Location"]
    collector = desk("collector")
    assert [one.code for one in collector.get(there).context["page"].items] == [code(1), code(2)]
    collector.post(there, {"code": [code(1)], "do": "confirmed"})
    told(collector.post(there, {"code": []}), 422)
    told(collector.post(there, {"code": [code(1, "01002")]}), 422)
    collector.post(there, {"code": [code(2)], "do": "missing", "words": "找不到"})
    line = collector.get(there).context["survey"]
    assert (line.total, line.confirmed, line.missing, line.left) == (2, 1, 1, 0)
    assert models.Proposal.objects.get().kind == "gone"
    collector.post(
        f"{reverse('desk-part-propose', args=[code(1)])}?survey={line.id}", {"state": "damaged", "key": str(uuid4())}
    )
    assert [
        collector.get(there).context["survey"].changed,
        len(collector.get(there, {"seen": "changed"}).context["page"].items),
    ] == [1, 1]
    assert collector.post(reverse("desk-survey-close", args=[line.id])).status_code == 403
    assert collector.get(url).context["may_begin"] is False
    manager = desk("data_admin")
    assert manager.post(reverse("desk-survey-close", args=[line.id])).status_code == 302
    told(manager.post(there, {"code": [code(1)]}), 422)
    assert "年度更新" in told(manager.get(url))


def test_a_list_goes_into_a_workbook_and_its_labels_into_a_pdf(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_defer", exporting.run_export)
    client = desk("dispatcher")
    for what, begins in (("list", b"PK"), ("labels", b"%PDF")):
        with_commit = client.post(reverse("desk-parts-export"), {"what": what, "words": code(1)[:11]})
        row = models.PartExport.objects.get(what=what)
        if row.finished_at is None:
            exporting.run_export(row.pk)
        page = told(client.get(with_commit.headers["Location"]))
        file = b"".join(client.get(reverse("desk-parts-file", args=[row.pk])).streaming_content)  # type: ignore[arg-type]
        assert file.startswith(begins), page
        if what == "list":
            [head, *rows] = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0).to_python()
            assert [rows[0][0], head[18]] == [code(1), "Class"]
            assert len(rows) == 2
    picture = client.get(reverse("desk-part-label", args=[code(1)]))
    assert picture.content.startswith(b"<svg")
    assert exporting.forget_exports() == 0


def test_a_file_that_cannot_be_read_says_so_on_its_page_and_nowhere_else(desk: Any, tmp_path: Path) -> None:
    client = desk("data_admin")
    file = io.BytesIO(b"<html>no map data</html>")
    file.name = "page.geojson"
    with override_settings(STORAGES={**settings.STORAGES, "default": env.media_store(f"file://{tmp_path}")}):
        begun = client.post(reverse("desk-imports"), {"files.layer": file, "target": "parts"})
        page = told(client.get(begun.headers["Location"]))
    [words] = re.findall(r'<div class="wrong" role="alert"><p>([^<]+)</p>', page)
    assert page.count(words) == 1
    assert re.search(r'<b id="unread"[^>]* hidden>', page), "no notice is waiting"
    assert "map.code" not in page, "there is nothing to set up"
    assert 'name="crs"' not in page
    rows = told(client.get(reverse("desk-imports"))).partition("<tbody>")[2].partition("</tbody>")[0]
    assert "page.geojson" in rows
    assert "import-failed" in rows


LAMPS = "部件名称,小类,经度,纬度\n" + "".join(
    f"{name},01001,{lon},{lat}\n" for name, lon, lat in (("甲", WEST + 0.0016, SOUTH + 0.0017), ("乙", 2.0, 50.0))
)


def test_the_map_of_an_import_stands_at_the_city_and_leads_to_what_it_brought(desk: Any, tmp_path: Path) -> None:
    client = desk("data_admin")
    file = io.BytesIO(LAMPS.encode())
    file.name = "lamps.csv"
    with override_settings(STORAGES={**settings.STORAGES, "default": env.media_store(f"file://{tmp_path}")}):
        begun = client.post(reverse("desk-imports"), {"files.layer": file, "target": "parts"}).headers["Location"]
        run = models.ImportRun.objects.get()
        home = city(CITY)
        to_come = (home.today() + timedelta(days=2)).isoformat()
        sent = {
            "target": "parts", "crs": "wgs84", "x": "经度", "y": "纬度", "valid_from": to_come,
            "map.name": "部件名称", "map.class_code": "小类",
        }  # fmt: skip
        client.post(reverse("desk-import-act", args=[run.id, "check"]), sent)
        importing.go_on(run.id)
        page = told(client.get(begun))
        [bounds] = re.findall(r'<city-map id="import-map" bounds="([^"]+)"', page)
        west, south, east, north = map(float, bounds.split(","))
        assert WEST - 0.5 < west < east < WEST + 0.5, "not in France"
        assert SOUTH - 0.5 < south < north < SOUTH + 0.5
        client.post(reverse("desk-import-act", args=[run.id, "anew"]))
        again = told(client.get(begun))
        assert 'value="wgs84"' in again
        assert "The file says" not in again, "what was typed is not what the file says"
        client.post(reverse("desk-import-act", args=[run.id, "check"]), sent)
        importing.go_on(run.id)
        client.post(reverse("desk-import-act", args=[run.id, "apply"]), {"take": "good"})
        importing.go_on(run.id)
        page = told(client.get(begun))
    [way] = re.findall(r'href="(/map[^"]*)"', page.partition('class="doing"')[2])
    query, _hash, spot = way.partition("#map=")
    assert query == f"/map?show=parts&amp;day={to_come}"
    zoom, lat, lon = map(float, spot.split("/"))
    assert (round(lat, 4), round(lon, 4)) == (round(SOUTH + 0.0017, 4), round(WEST + 0.0016, 4))
    assert 15 < zoom <= 17
