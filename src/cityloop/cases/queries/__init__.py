"""Questions that other rooms put to this one."""

from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.tables import (
    default_table,
    default_text,
    table,
    table_in_force,
    text_in_force,
    version_in_force,
)

__all__ = [
    "LoopCity",
    "default_table",
    "default_text",
    "loop_city",
    "table",
    "table_in_force",
    "text_in_force",
    "version_in_force",
]
