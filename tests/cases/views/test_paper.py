"""A case on paper: masked as at the desk, logged as there, and whatever was typed is text."""

from typing import Any

import pytest

from cases.conftest import Desk
from cityloop.cases.models import ReporterLook
from cityloop.cases.queries.case_paper import _fonts
from cityloop.media.actions import keep, prepare

TYPED = '#panic("no") $x$ *bold* `raw` <label> @cite \\ "quoted" 井盖缺失'


def call(desk: Desk) -> str:
    return desk.report(
        "acceptor",
        source="hotline",
        photos=None,
        description=TYPED,
        reporter={"name": "王小明", "phone": "13800001234"},
    ).number


def test_a_pdf_holds_chinese_with_our_own_fonts_and_typed_marks_as_text(desk: Desk, at: Any) -> None:
    answer = at("acceptor").get(f"/desk/cases/{call(desk)}.pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
    assert b"NotoSerifSC" in answer.content.replace(b" ", b"")
    assert {"Noto Sans SC", "Noto Serif SC"} == set(_fonts().families())


def test_a_pdf_brings_its_photos(desk: Desk, at: Any, tmp_path: Any) -> None:
    from PIL import Image

    from cast import CITY, NOW

    Image.new("RGB", (400, 300), "#b03030").save(tmp_path / "one.jpg")
    kept = keep(tmp_path / "one.jpg", jurisdiction=CITY, owner_id=desk.cast["acceptor"], now=NOW)
    prepare(kept.file.id)
    photos = [{"kind": "close", "sha256": kept.file.sha256}]
    number = desk.report("acceptor", source="hotline", photos=photos).number
    assert b"/Subtype/Image" in at("acceptor").get(f"/desk/cases/{number}.pdf").content.replace(b" ", b"")


def test_a_photo_that_is_not_in_the_store_leaves_its_place_empty(desk: Desk, at: Any) -> None:
    assert at("dispatcher").get(f"/desk/cases/{desk.filed()}.pdf").status_code == 200


@pytest.mark.parametrize("way", ["/print", ".pdf"])
def test_who_sees_the_reporter_on_paper_leaves_a_trace_and_others_see_a_mask(desk: Desk, at: Any, way: str) -> None:
    number = call(desk)
    answer = at("acceptor").get(f"/desk/cases/{number}{way}")
    assert ReporterLook.objects.filter(case__number=number, person=desk.cast["acceptor"]).exists()
    if way == "/print":
        assert "13800001234" in answer.content.decode()
        assert "&lt;label&gt;" in answer.content.decode()
        masked = at("evaluator").get(f"/desk/cases/{number}{way}").content.decode()
        assert "13800001234" not in masked
        assert "138****1234" in masked
    assert not ReporterLook.objects.filter(person=desk.cast["evaluator"]).exists()


@pytest.mark.parametrize("way", ["/print", ".pdf", "/loop.svg"])
def test_a_stranger_finds_no_paper(desk: Desk, at: Any, way: str) -> None:
    assert at("stranger").get(f"/desk/cases/{call(desk)}{way}").status_code == 404


def test_the_drawn_loop_of_a_case_comes_alone_or_as_a_part(desk: Desk, at: Any) -> None:
    number = desk.filed()
    alone = at("dispatcher").get(f"/desk/cases/{number}/loop.svg")
    assert alone["Content-Type"].startswith("image/svg+xml")
    part = at("dispatcher").get(f"/desk/cases/{number}/loop.svg", HTTP_HX_REQUEST="true").content.decode()
    assert part.startswith('<div class="drawing"')
    assert 'data-state="filed" data-here="true"' in part
