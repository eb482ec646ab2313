"""A case on paper: what a printed page and a PDF say, in words for its reader, and the PDF itself."""

import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from cityloop.cases.queries.case_page import CasePage, Knot
from cityloop.cases.queries.case_photos import Picture
from cityloop.cases.queries.files import small_copies
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.reckoned import Reckoning
from cityloop.cases.queries.wording import Wording
from cityloop.cases.queries.words import Words, names_of
from cityloop.kernel.errors import Unavailable
from cityloop.kernel.translation import _, language

TEMPLATE = Path(__file__).parent.parent / "paper.typ"
MOST_PHOTOS = 12
"""On paper; the page of the case has them all."""


def paper_of(found: Found, page: CasePage) -> dict[str, Any]:
    """Return what stands on the paper: plain words, as JSON can hold them. One query, for the name of who prints it."""
    wording = Wording(Words(found.loop, found.city), {})
    names = names_of({found.viewer.user_id})
    return {
        "lang": "zh" if language().startswith("zh") else "en",
        "region": "cn" if language().startswith("zh") else "gb",
        "title": _("Case %(number)s") % {"number": page.detail.number},
        "subtitle": " · ".join((_city_name(found), page.detail.category.name, page.detail.state.name)),
        "city": _city_name(found),
        "description": page.detail.description or "",
        "facts": [[name, words] for name, words in [*page.facts, *((_("Mark"), flag) for flag in page.flags)]],
        "photos": [_photo(one) for _title, group in page.pictures for one in group][:MOST_PHOTOS],
        "clocks": [_clock(one) for one in ([page.clock] if page.clock else []) + page.clocks],
        "flow": [_act(one, wording) for one in reversed(page.knots)],
        "labels": {
            "photos": _("Photos"), "flow": _("What happened"), "number": _("Serial number"), "time": _("Time"), "act": _("Act"),
        },
        "printed": _("Printed by %(name)s, %(time)s; valid as of then.")
        % {"name": names.get(found.viewer.user_id or 0, ""), "time": wording.when(found.now)},
    }  # fmt: skip


def _city_name(found: Found) -> str:
    city = found.city.city
    return city.name if language().startswith("zh") else city.name_en or city.name


def _photo(one: Picture) -> dict[str, str]:
    return {"title": one.title, "sent": one.sent, "says": one.says, "small": one.small, "sha256": one.sha256}


def _clock(one: Reckoning) -> dict[str, Any]:
    return {
        "title": _("Why this deadline: %(clock)s") % {"clock": one.name},
        "answer": one.answer,
        "lines": [[line.words, line.amount, line.sum] for line in one.lines],
    }


def _act(one: Knot, wording: Wording) -> dict[str, Any]:
    return {
        "number": str(one.seq),
        "at": wording.when(one.at),
        "act": f"{one.action} → {one.moved_to}" if one.moved_to else one.action,
        "who": " · ".join(part for part in (one.actor, one.department) if part),
        "said": one.said,
    }


def pdf_of(found: Found, paper: Mapping[str, Any]) -> bytes:
    """Return the paper as a PDF. Its texts travel as data beside the template: whatever they hold is set as it is.

    Raises:
        Unavailable: It could not be set.
    """
    import typst  # 20 MB of program that hardly any process ever needs

    with tempfile.TemporaryDirectory(prefix="cityloop-paper-") as held:
        folder = Path(held)
        (folder / "paper.typ").write_bytes(TEMPLATE.read_bytes())
        copies = small_copies(found, [one["sha256"] for one in paper["photos"]])
        photos = [one | {"file": _keep(folder, copies.get(one["sha256"]), n)} for n, one in enumerate(paper["photos"])]
        case = orjson.dumps({**paper, "photos": photos}).decode()
        try:
            made = typst.compile(
                str(folder / "paper.typ"), root=str(folder), font_paths=_fonts(), sys_inputs={"case": case},
                package_path=str(folder), package_cache_path=str(folder), timestamp=int(found.now.timestamp()),
            )  # fmt: skip
        except typst.TypstError as exc:
            raise Unavailable(_("The PDF could not be made. Print the page instead."), retry_after_seconds=60) from exc
        return bytes(made)


def _keep(folder: Path, data: bytes | None, n: int) -> str:
    """Lay a photo beside the template and return its name; "" where there is none."""
    if data is None:
        return ""
    name = f"photo-{n}.webp"
    (folder / name).write_bytes(data)
    return name


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """Return the fonts that come with us: none of the machine's, so that a PDF looks alike everywhere."""
    import pylopdf_fonts_zh_cn
    import typst

    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(pylopdf_fonts_zh_cn.sans_path().parent)],
    )
