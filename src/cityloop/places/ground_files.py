"""Files of ground maps on their way in: sent in pieces, or named on the command line; then a picture or a map of tiles is made of them."""

from pathlib import Path
from typing import Any

from cityloop.geography.queries import extent
from cityloop.kernel.errors import CityError, InvalidInput, NotFound
from cityloop.kernel.translation import _, lazy
from cityloop.media.granting import Came, DataFiles, Grant
from cityloop.onemap import files
from cityloop.onemap.actions.basemaps import add_archive
from cityloop.onemap.actions.rasters import Box, add_raster
from cityloop.onemap.actions.uploads import drop_upload, keep_upload, take_upload
from cityloop.onemap.queries.ground_maps import Basemap, GroundUpload, Raster
from cityloop.organisation.queries import city

MOST_BYTES = 4 << 30
PICTURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"PK\3\4")
"""A file of pictures begins so: TIFF, or a zip of some."""


def _keep(grant: Grant, path: Path) -> Came:
    row = keep_upload(path, grant.city, grant.owner_id)
    return Came(row.id, row.sha256)


GROUND_FILES = DataFiles(
    "grounds",
    MOST_BYTES,
    lazy("The file has more than %(most)d GB. Cut it into sheets, or name it on the server: cityloop import raster"),
    _keep,
)
"""Any file up to ``MOST_BYTES``: what it is, is seen when it is looked into."""


def upload_by(receipt: str, owner_id: int | None) -> GroundUpload | None:
    """Return the file that has come, by the receipt of its upload; None for what is no receipt of theirs."""
    if (sent := GROUND_FILES.sent(receipt, owner_id)) is None:
        return None
    code, sha256 = sent
    rows = GroundUpload.objects.filter(jurisdiction=code, sha256=sha256, owner=owner_id or 0)
    return rows.order_by("-came_at").first()


def begin(
    path: Path, jurisdiction: str, told: dict[str, Any], *, name: str, actor_id: int | None, in_background: bool = True
) -> Raster | Basemap:
    """Bring a file of this machine.

    Raises:
        InvalidInput: It cannot be used, or a field is wrong; nothing is kept of it then.
    """
    if not path.is_file():
        raise InvalidInput(_("There is no file “%(file)s”.") % {"file": name})
    upload = keep_upload(path, jurisdiction, actor_id or 0)
    return begin_upload(upload, told, name=name, actor_id=actor_id, in_background=in_background)


def begin_upload(
    upload: GroundUpload, told: dict[str, Any], *, name: str, actor_id: int | None, in_background: bool = True
) -> Raster | Basemap:
    """Make of a file that has come what it is: a picture, or a map of tiles.

    Raises:
        InvalidInput: It cannot be used, or a field is wrong. What is no map at all is thrown away; a form with faults may be sent again.
    """
    path = files.local(files.key_of(upload.id))
    with path.open("rb") as file:
        is_picture = file.read(4) in PICTURES
    made: Raster | Basemap
    if is_picture:
        made = add_raster(
            upload.id, upload.jurisdiction, name=name, size=upload.bytes, sha256=upload.sha256, told=told,
            city_box=box_of(upload.jurisdiction), actor_id=actor_id, in_background=in_background,
        )  # fmt: skip
    else:
        title = str(told.get("title") or "")
        try:
            made = add_archive(upload.id, upload.jurisdiction, path, name=name, title=title, actor_id=actor_id)
        except CityError:
            drop_upload(upload.id)
            raise
    take_upload(upload)
    return made


def box_of(jurisdiction: str) -> Box | None:
    """Return where a city lies, in degrees; None while it has no area."""
    try:
        west, south, east, north = extent(jurisdiction, city(jurisdiction).today())
    except NotFound:
        return None
    return west, south, east, north
