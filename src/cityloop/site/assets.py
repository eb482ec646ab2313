"""The built front end, as Vite's manifest lists it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from cityloop.kernel.errors import Unavailable
from cityloop.kernel.translation import _

FOLDER = "built/"
"""Where the built files lie among the static files."""

MANIFEST = Path(__file__).parent / "static" / FOLDER / "manifest.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a page must load for one entry: paths of static files, styles in the order of the cascade."""

    script: str
    styles: tuple[str, ...]
    preloads: tuple[str, ...]


def entry_of(manifest: Mapping[str, Any], name: str) -> Entry:
    """Return the files of the entry ``name`` (``main.ts``): its own, and those of all that it imports.

    Raises:
        KeyError: The manifest has no such entry.

    Source:
        Vite, Backend Integration: the imports of a chunk are walked depth first, each style taken once.
    """
    styles: dict[str, None] = {}
    preloads: dict[str, None] = {}
    seen: set[str] = set()

    def walk(key: str) -> None:
        if key in seen:
            return
        seen.add(key)
        chunk = manifest[key]
        for imported in chunk.get("imports", ()):
            walk(imported)
            preloads[FOLDER + manifest[imported]["file"]] = None
        styles.update((FOLDER + style, None) for style in chunk.get("css", ()))

    walk(name)
    return Entry(FOLDER + manifest[name]["file"], tuple(styles), tuple(preloads))


def built(name: str) -> Entry:
    """Return the files of the entry ``name`` of this build.

    Raises:
        Unavailable: The front end was not built.
    """
    return _built(name, MANIFEST.stat().st_mtime_ns if settings.DEBUG and MANIFEST.exists() else 0)


@cache
def _built(name: str, _changed: int) -> Entry:
    try:
        manifest = json.loads(MANIFEST.read_text())
    except FileNotFoundError:
        raise Unavailable(_("The front end is not built. Run script/bootstrap.")) from None
    return entry_of(manifest, name)
