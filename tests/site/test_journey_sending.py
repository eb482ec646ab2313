"""Files of a desk's form on a line that breaks: what has come is not sent again, and nothing that came is lost."""

from pathlib import Path

import pytest
from django.test import override_settings
from PIL import Image
from playwright.sync_api import expect

from cases.conftest import MANHOLE, Desk
from cityloop.cases.models import Attachment, Case
from media.roads import Cut
from media.test_uploads import SECRET_KEY, Server, server  # noqa: F401 # a fixture
from seen import Seat

PATH = "/desk/report?action=self_report"
TYPED = {"source": "collector", "category": MANHOLE, "point__lon": "120.005", "point__lat": "30.005"}


@pytest.mark.xdist_group("uploads")
def test_a_report_is_filed_with_the_photo_whose_line_broke(
    desk: Desk,
    seat: Seat,
    tmp_path: Path,
    server: Server,  # noqa: F811
) -> None:
    photo, after = tmp_path / "井盖近景.jpg", tmp_path / "处置后.jpg"
    Image.effect_noise((1600, 1200), 120).convert("RGB").save(photo, "JPEG", quality=95)
    Image.linear_gradient("L").resize((800, 600)).convert("RGB").save(after)
    road = Cut(server.port, after=300_000, kept=server.kept)
    page, form = seat.page, seat.form
    patched: list[int] = []
    carried: list[int] = []
    page.on("request", lambda one: patched.append(int(one.headers["upload-offset"])) if one.method == "PATCH" else None)
    page.on(
        "request",
        lambda one: carried.append(len(one.post_data_buffer or b"")) if one.url.endswith(PATH) else None,
    )
    with override_settings(UPLOAD_URL=road.address, SECRET_KEY=SECRET_KEY):
        seat.comes("collector", PATH)
        seat.types(**TYPED, photos__before=str(photo))
        expect(form.locator("file-pick li")).to_contain_text("等待网络")
        seat.shot("broken")
        form.locator(".doing button.btn-primary").click()  # it waits
        expect(form.locator("div.wrong")).to_contain_text("照片", timeout=30_000)  # one of another kind is missing
        assert road.cuts == 1
        assert patched[0] == 0 < patched[-1], "what had come was not sent again"
        expect(form.locator("[name=photos]:checked")).to_have_count(1)
        seat.types(photos__after=str(after))
        expect(form.locator("file-pick .came")).to_contain_text("已收到")
        seat.shot("came")
        page.set_viewport_size({"width": 390, "height": 844})
        form.locator("file-pick").last.scroll_into_view_if_needed()
        seat.shot("phone")
        page.context.clear_cookies(name="sessionid")
        form.locator(".doing button.btn-primary").click()
        page.wait_for_url("**/sign-in?next=%2Fdesk%2Freport*")
        seat.who = ""
        seat.comes("collector", PATH)
        expect(form.locator("file-pick .came")).to_have_count(2)
        form.locator("file-pick").last.scroll_into_view_if_needed()
        seat.shot("again")
        form.locator(".doing button.btn-primary").click()
        expect(page.locator(".said, .empty h1").first).to_contain_text("编号")
    road.line.close()
    assert max(carried) < 10_000, "no form carried a file"
    assert Attachment.objects.filter(case=Case.objects.latest("id")).count() == 2
