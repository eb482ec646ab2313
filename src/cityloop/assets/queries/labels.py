"""Labels with QR codes for parts: sheets to print, each code opens its part on a phone."""

import io
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from django.urls import reverse

from cityloop.assets.queries.words import PartWords
from cityloop.kernel.errors import InvalidInput, Unavailable
from cityloop.kernel.translation import _, language
from cityloop.organisation.queries import City

TEMPLATE = Path(__file__).parent.parent / "labels.typ"
ON_A_SHEET = 21
MOST = 2_100
"""Labels in one file: a hundred sheets."""


def address_of(origin: str, code: str) -> str:
    """Return the address that a label's code opens: short, since every sign makes the picture finer.

    Args:
        origin: Scheme and host by which the labels were asked for: a phone comes in by the same door.
    """
    return f"{origin.rstrip('/')}{reverse('part-label', args=[code])}"


def qr_svg(text: str) -> bytes:
    """Return a QR code as SVG: error correction M, which a scratch or a sticker's edge does not break."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False)
    return out.getvalue()


def write_labels(
    path: Path, home: City, origin: str, batches: Iterable[Sequence[Any]], tell: Callable[[int], None]
) -> int:
    """Write the labels of parts as a PDF at ``path`` and return how many there were.

    Raises:
        InvalidInput: There is none, or there are more than ``MOST``.
        Unavailable: The PDF could not be made.
    """
    import typst

    words, labels = PartWords(home), list[dict[str, str]]()
    with tempfile.TemporaryDirectory(prefix="cityloop-labels-") as held:
        folder = Path(held)
        for batch in batches:
            if len(labels) + len(batch) > MOST:
                raise InvalidInput(
                    _("More than %(most)d parts are found. Narrow the search: by street, class or grid.")
                    % {"most": MOST}
                )
            for row in batch:
                name = f"{row.code}.svg"
                (folder / name).write_bytes(qr_svg(address_of(origin, row.code)))
                labels.append({
                    "file": name, "code": row.code, "digits": digits_of(row.code), "keeper": words.unit(row.keeper, row.keeper_name),
                    "title": row.name or words.class_name(row.scheme, row.class_code),
                })  # fmt: skip
            tell(len(labels))
        if not labels:
            raise InvalidInput(_("No part is found, so there is no label to print."))
        (folder / "labels.typ").write_bytes(TEMPLATE.read_bytes())
        chinese = language().startswith("zh")
        told = {
            "title": _("Labels of parts"), "lang": "zh" if chinese else "en", "region": "cn" if chinese else "gb",
            "city": home.name if chinese else home.name_en or home.name, "scan": _("Scan to look, or to report a problem"),
            "labels": labels,
        }  # fmt: skip
        try:
            made = typst.compile(
                str(folder / "labels.typ"), root=str(folder), font_paths=_fonts(),
                sys_inputs={"labels": orjson.dumps(told).decode()}, package_path=str(folder), package_cache_path=str(folder),
            )  # fmt: skip
        except typst.TypstError as exc:
            raise Unavailable(_("The PDF could not be made. Try again."), retry_after_seconds=60) from exc
        path.write_bytes(bytes(made))
    return len(labels)


def digits_of(code: str) -> str:
    """Return a code in groups, as it is read aloud: division, class, number."""
    return f"{code[:6]} {code[6:-6]} {code[-6:]}"


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
