"""The colours of the map in each theme: one table, read by every layer's drawing as ``@name``.

The light and the dark ones agree with ``frontend/styles/looks.css``, the screen's with the wall.
"""

from collections.abc import Mapping
from typing import Final

from cityloop.onemap.choices import Theme

NAMES: Final = (Theme.LIGHT, Theme.DARK, Theme.SCREEN)

TABLE: Final[Mapping[str, tuple[str, str, str]]] = {
    # name                light      dark       screen
    "land":             ("#f4f2ee", "#151c26", "#0b1420"),
    "block":            ("#efece6", "#19222d", "#0d1826"),
    "residential":      ("#f0ede7", "#1a232e", "#0d1826"),
    "commercial":       ("#f4ebe4", "#1f232c", "#101a28"),
    "industry":         ("#ebeaec", "#1b222b", "#0e1725"),
    "public":           ("#efeaf1", "#1d2230", "#0f1929"),
    "farm":             ("#f0f1e2", "#18211f", "#0b171d"),
    "wood":             ("#d3e3cd", "#182a22", "#0b1d1c"),
    "green":            ("#dcebd8", "#1a2c25", "#0c1f1f"),
    "park":             ("#d5e8cf", "#1c3027", "#0d2320"),
    "sand":             ("#f3ead0", "#2a2821", "#1a1d20"),
    "square":           ("#ebe7df", "#212a35", "#122032"),
    "water":            ("#cfe3f1", "#10253a", "#0a2338"),
    "water_edge":       ("#b7d3e6", "#16314c", "#0f3049"),
    "building":         ("#e7e3dc", "#212b37", "#13243a"),
    "building_edge":    ("#d8d2c8", "#2c3846", "#1c3148"),
    "building_strong":  ("#dfd9cf", "#273341", "#17293f"),
    "road":             ("#ffffff", "#313e4e", "#1b3049"),
    "road_wide":        ("#ffffff", "#3a4859", "#22405f"),
    "road_widest":      ("#fdf0cf", "#4a4a3e", "#2b4c6d"),
    "casing":           ("#d9d4cb", "#0f151d", "#08111c"),
    "casing_widest":    ("#e2c987", "#17191a", "#08111c"),
    "path":             ("#d9d4cb", "#2b3745", "#172a40"),
    "label":            ("#566275", "#9fb0c4", "#7f95ad"),
    "label_strong":     ("#2f3b4b", "#d3deea", "#b9cbe0"),
    "label_water":      ("#4d7fa3", "#6f9cc4", "#4a86b5"),
    "label_green":      ("#4f7a4a", "#7ba789", "#5b9184"),
    "halo":             ("#ffffff", "#10161f", "#0b1420"),
    "border":           ("#8b6fa8", "#8d7bb0", "#5f6ea6"),
    "border_soft":      ("#a895bd", "#655a82", "#3c4a75"),
    "grid":             ("#8a97a8", "#5a6b80", "#35506e"),
    "duty":             ("#1f5fbf", "#6ea8ff", "#4cc9f0"),
    "management":       ("#0f766e", "#4fc4b8", "#3ddc97"),
    "evaluation":       ("#a1478f", "#d99acb", "#d58cff"),
    "extension":        ("#8a5a12", "#d8a657", "#ffb703"),
    "accent":           ("#1f5fbf", "#6ea8ff", "#4cc9f0"),
    "street":           ("#0f7f86", "#4bc1c4", "#3fc7b4"),
    "part":             ("#4a5a70", "#a9bacd", "#7f95ad"),
    "part_ground":      ("#ffffff", "#18212d", "#0f1d2e"),
    "part_bad":         ("#c5303a", "#ff7078", "#ff5a5f"),
    "cell":             ("#6b7b91", "#8195ad", "#4a6686"),
    "disc":             ("#ffffff", "#18212d", "#0f1d2e"),
    "disc_ink":         ("#1b2430", "#e6edf5", "#dbe7f5"),
    "light_green":      ("#1e8e5a", "#3dbf85", "#3ddc97"),
    "light_yellow":     ("#9a6700", "#e5b53c", "#ffb703"),
    "light_red":        ("#c5303a", "#ff7078", "#ff5a5f"),
    "light_double_red": ("#8c1d24", "#ff9096", "#ff2e3a"),
    "light_paused":     ("#6b7785", "#93a0af", "#7f95ad"),
    "light_none":       ("#6b7785", "#93a0af", "#7f95ad"),
}  # fmt: skip


def palette(theme: Theme) -> dict[str, str]:
    """Return the colours of a theme by name."""
    column = NAMES.index(theme)
    return {name: colours[column] for name, colours in TABLE.items()}
