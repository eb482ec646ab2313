"""What the API takes and gives."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from cityloop.kernel.translation import noop


class MediaQuery(Schema):
    jurisdiction: str = Field(
        "", max_length=6, description=noop("Code of the city; only needed with posts in several.")
    )


class Point(Schema):
    type: Literal["Point"]
    coordinates: tuple[float, float] = Field(description=noop("Longitude and latitude in degrees, WGS 84."))


class Media(Schema):
    id: UUID
    jurisdiction: str
    sha256: str = Field(description=noop("Digest of the file as it was sent: by this a case names it."))
    kind: str = Field(description=noop("`photo`, `video` or `sound`."))
    type: str = Field(description=noop("Media type, by content."))
    bytes: int
    width: int | None = Field(description=noop("Pixels as it is shown; null for sound."))
    height: int | None
    seconds: float | None = Field(description=noop("Running time; null for a photo."))
    location: Point | None = Field(description=noop("Where it was taken, by its camera."))
    taken: str | None = Field(
        description=noop("When it was taken, by its camera; without an offset where the camera gave none.")
    )
    state: str = Field(
        description=noop("`waiting` until its copies are made, then `ready`; `broken` where they cannot be; `erased`.")
    )
    why: str | None = Field(description=noop("Why it is broken or was erased."))
    alike: bool = Field(description=noop("Whether an earlier photo of the city looks like this one."))
    kept_at: datetime = Field(description=noop("When you sent it first."))
    links: dict[str, str] = Field(
        description=noop(
            "Paths by variant: `original`, and once it is ready `public`, `large`, `small`. They hold for an hour."
        )
    )


class Uploads(Schema):
    url: str
    protocol: str
    extensions: list[str]
    most_bytes: int
    expires_hours: int = Field(description=noop("How long an upload may rest before it is swept away."))
