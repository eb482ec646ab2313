"""What the system does with the map's ledgers."""

from cityloop.onemap.actions.settling import settle

__all__ = ["settle"]
