"""What the system does with the map's ledgers, and what people ask of it as files."""

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

__all__ = [
    "KEPT",
    "Asking",
    "ask_export",
    "export_of",
    "forget_exports",
    "run_export",
    "settle",
    "type_of_export",
    "write_export",
]
