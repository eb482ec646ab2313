"""The map's style for MapLibre, put together from what the layers say of their drawing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from cityloop.onemap.choices import Theme
from cityloop.onemap.rules.layer import Layer
from cityloop.onemap.rules.palette import palette

LAST_ZOOM: Final = 18

FONT: Final = "Noto Sans SC"
"""The page that shows the map brings its files (``frontend/map/fonts.ts``): there is no server of glyphs."""


def style(layers: Sequence[Layer], theme: Theme, day: date | None = None) -> dict[str, Any]:
    """Return the style document of these layers in a theme; with ``day``, its tiles are those of that day.

    Layers of one group that are neither live nor apart come in one tile: a request costs more than a layer.
    """
    colours = palette(theme)
    asked = f"?day={day.isoformat()}" if day else ""
    sources = sources_of(layers)
    drawn = sorted(
        ((one.height, layer.name, number, one.spec) for layer in layers for number, one in enumerate(layer.drawn)),
        key=lambda entry: entry[:3],
    )
    at = {name: source for source, names in sources.items() for name in names}
    kept = {layer.name: layer for layer in layers}
    return {
        "version": 8,
        "name": f"cityloop-{theme.value}",
        "metadata": {"cityloop:theme": theme.value, "cityloop:colours": colours},
        "sources": {
            source: {
                "type": "vector",
                "tiles": [f"/tiles/{','.join(names)}/{{z}}/{{x}}/{{y}}.mvt{asked}"],
                "minzoom": min(kept[name].zooms[0] for name in names),
                "maxzoom": max(kept[name].zooms[1] for name in names),
            }
            for source, names in sources.items()
        },
        "layers": [
            {"id": "land", "type": "background", "paint": {"background-color": colours["land"]}},
            *(
                _filled(spec, f"{name}-{number}", at[name], name, colours, kept[name])
                for _height, name, number, spec in drawn
            ),
        ],
    }


def sources_of(layers: Iterable[Layer]) -> dict[str, list[str]]:
    """Return which layers travel together, by the name of their source: what is live goes by itself."""
    sources: dict[str, list[str]] = {}
    for layer in layers:
        sources.setdefault(layer.name if layer.is_live else layer.group.value, []).append(layer.name)
    return sources


def _filled(
    spec: Mapping[str, Any], default_id: str, source: str, name: str, colours: Mapping[str, str], layer: Layer
) -> dict[str, Any]:
    """Return a layer of the style with its source, its colours and, unless it is shown from the start, hidden."""
    made: dict[str, Any] = {"id": spec.get("id", default_id), **_coloured(spec, colours)}
    made |= {"source": source, "source-layer": name, "metadata": {"cityloop:layer": name}}
    if made["type"] == "symbol" and "text-field" in made.get("layout", {}):
        made["layout"] = {"text-font": [FONT], **made["layout"]}
    if not layer.is_shown:
        made["layout"] = {**made.get("layout", {}), "visibility": "none"}
    return made


def _coloured(value: Any, colours: Mapping[str, str]) -> Any:
    """Return ``value`` with each text ``@name`` replaced by the colour of that name.

    Raises:
        KeyError: The theme has no such colour.
    """
    if isinstance(value, str):
        return colours[value[1:]] if value.startswith("@") else value
    if isinstance(value, Mapping):
        return {key: _coloured(one, colours) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_coloured(one, colours) for one in value]
    return value
