"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

from procrastinate.contrib.django import app

from cityloop.geography.actions import dividing


@app.task(name="geography.divide")
def divide(draft_id: int) -> None:
    """Propose the unit grids that a draft asks for."""
    dividing.run_draft(draft_id)
