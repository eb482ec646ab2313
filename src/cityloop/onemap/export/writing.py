"""What is taken away, written into a file of one of the forms."""

import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from cityloop.onemap.choices import FileForm
from cityloop.onemap.export.geopackage import write_geopackage
from cityloop.onemap.export.walking import Taken, features_of
from cityloop.onemap.export.workbook import write_workbook
from cityloop.onemap.rules.layer import Look

TYPES: Mapping[FileForm, str] = {
    FileForm.GEOJSON: "application/geo+json",
    FileForm.GPKG: "application/geopackage+sqlite3",
    FileForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ZIP = "application/zip"
ENDINGS: Mapping[str, str] = {**{TYPES[form]: form.value for form in FileForm}, ZIP: "zip"}
"""By media type."""


def type_of(form: FileForm, layers: Sequence[str]) -> str:
    """Return the media type of the file: several layers of GeoJSON come as several files in one."""
    return ZIP if form is FileForm.GEOJSON and len(layers) > 1 else TYPES[form]


def write_file(path: Path, form: FileForm, all_taken: Sequence[Taken], look: Look, tell: Callable[[int], Any]) -> int:
    """Write the features of some layers into a file at ``path`` and return how many there were.

    What was written stays if it breaks off: the caller throws the file away.

    Args:
        tell: Called again and again with how many are written.
    Raises:
        InvalidInput: They do not fit into this form.
        Unavailable: The database takes too long, or the process that writes has ended.
    """
    count = 0

    def walked(one: Taken) -> Iterator[Sequence[str]]:
        nonlocal count
        for features in features_of(one, look):
            yield features
            count += len(features)
            tell(count)

    sources = [(one.layer, walked(one)) for one in all_taken]
    if form is FileForm.GPKG:
        write_geopackage(path, sources)
    elif form is FileForm.XLSX:
        write_workbook(path, sources)
    elif len(sources) == 1:
        with path.open("w", encoding="utf-8") as out:
            _write_collection(out, sources[0][1])
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as whole:
            for layer, pages in sources:
                with whole.open(f"{layer.name}.geojson", "w", force_zip64=True) as raw:
                    out = TextIOWrapper(raw, encoding="utf-8", write_through=True)
                    _write_collection(out, pages)
                    out.detach()
    return count


def _write_collection(out: IO[str], pages: Iterator[Sequence[str]]) -> None:
    """Write features as one collection, each on a line of its own; longitude first, WGS 84 (RFC 7946)."""
    out.write('{"type":"FeatureCollection","features":[')
    between = "\n"
    for features in pages:
        for feature in features:
            out.write(between)
            out.write(feature)
            between = ",\n"
    out.write("\n]}\n")
