"""Whatever is written into an address of the console, the answer is no fault of ours."""

import pytest

from cases.admin.conftest import Cities, Console, url
from cast import CITY
from cityloop.cases import models


@pytest.mark.parametrize("rubbish", ["\x00", "nobody", "²", "' OR 1=1 --", "9" * 40, "💥"])
def test_rubbish_in_an_address_is_answered_calmly(cities: Cities, console: Console, rubbish: str) -> None:
    desk = console("sysadmin")
    calm = {400} if "\0" in rubbish else {200, 302}
    for name in ("q", "city", "kind", "state", "p"):
        assert desk.get(url(models.Case, "changelist"), {name: rubbish}).status_code in calm
    for name in ("q", "city", "done", "post", "p"):
        assert desk.get(url(models.Task, "changelist"), {name: rubbish}).status_code in calm
    for name in ("jurisdiction", "version"):
        assert desk.get(url(models.LoopTable, "add"), {"jurisdiction": CITY} | {name: rubbish}).status_code in calm
    for model in (models.Case, models.CaseEvent, models.CaseCounter):
        assert desk.get(url(model, "change", rubbish)).status_code in {400, 404}
