"""What the system does with the map's ledgers, what people ask of it as files, and their themes."""

from cityloop.onemap.actions.exporting import (
    KEPT,
    Asking,
    ask_export,
    export_of,
    forget_exports,
    run_export,
    type_of_export,
    write_export,
)
from cityloop.onemap.actions.settling import settle
from cityloop.onemap.actions.themes import change_theme, delete_theme, save_theme

__all__ = [
    "KEPT",
    "Asking",
    "ask_export",
    "change_theme",
    "delete_theme",
    "export_of",
    "forget_exports",
    "run_export",
    "save_theme",
    "settle",
    "type_of_export",
    "write_export",
]
