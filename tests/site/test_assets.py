import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, Template

from cityloop.kernel.errors import Unavailable
from cityloop.site import assets
from cityloop.site.assets import entry_of

MANIFEST = {
    "main.ts": {"file": "assets/main-1.js", "imports": ["_map.js"], "css": ["assets/main-2.css"]},
    "_map.js": {"file": "assets/map-3.js", "imports": ["_lib.js"], "css": ["assets/map-4.css"]},
    "_lib.js": {"file": "assets/lib-5.js", "imports": ["_map.js"]},
}


def test_an_entry_brings_the_styles_of_its_imports_first() -> None:
    entry = entry_of(MANIFEST, "main.ts")
    assert entry.script == "built/assets/main-1.js"
    assert entry.styles == ("built/assets/map-4.css", "built/assets/main-2.css")


def test_imports_in_a_circle_come_once() -> None:
    assert sorted(entry_of(MANIFEST, "main.ts").preloads) == ["built/assets/lib-5.js", "built/assets/map-3.js"]


def test_an_unknown_entry_is_an_error() -> None:
    with pytest.raises(KeyError):
        entry_of(MANIFEST, "phone.ts")


def test_a_front_end_that_was_not_built_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "MANIFEST", tmp_path / "manifest.json")
    assets._built.cache_clear()
    with pytest.raises(Unavailable, match="script/bootstrap"):
        assets.built("main.ts")
    assets._built.cache_clear()


def test_the_tag_writes_addresses_that_exist() -> None:
    html = Template('{% load built %}{% built "main.ts" %}').render(Context())
    paths = re.findall(r'(?:href|src)="/static/([^"]+)"', html)
    assert [Path(path).suffix for path in paths][:1] == [".css"]
    assert {Path(path).suffix for path in paths[1:]} == {".js"}, "the entry, and before it what it shares with others"
    assert all(finders.find(path) for path in paths)
    assert 'type="module"' in html
