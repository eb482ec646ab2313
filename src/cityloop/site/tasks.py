"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

from uuid import UUID

from procrastinate.contrib.django import app

from cityloop.site import map_exports


@app.task(name="site.export_map")
def export_map(export_id: str) -> None:
    """Write rows of the map's layers into a file."""
    map_exports.run_export(UUID(export_id))
