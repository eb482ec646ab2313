"""The photos of the demo city: drawn, and kept like those that people send, as a pool that is used again on purpose."""

import io
from collections.abc import Mapping
from datetime import datetime
from importlib import resources

from PIL import Image

from cityloop.demo.rules.pictures import SHOTS, Shot, drawn
from cityloop.media import actions as media

POOL = "demo"

Pictures = Mapping[Shot, str]
"""By what it shows, the digest of a photo."""


def keep_pictures(jurisdiction: str, owner_id: int, *, now: datetime) -> Pictures:
    """Draw the photos and keep them for a city; return their digests.

    Args:
        owner_id: Who has sent them.
        now: The machine's time.
    """
    with resources.files("cityloop.demo").joinpath("data/captions.png").open("rb") as file:
        captions = Image.open(file).convert("L")
    pictures = {}
    for shot in SHOTS:
        content = io.BytesIO(drawn(shot, captions))
        kept = media.keep(content, jurisdiction=jurisdiction, owner_id=owner_id, now=now, pool=POOL)
        pictures[shot] = kept.file.sha256
    return pictures
