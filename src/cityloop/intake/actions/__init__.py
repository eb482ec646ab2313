"""Things people do: bring the requests of the past into the loop."""

from cityloop.intake.actions.preparing import prepare_city
from cityloop.intake.actions.replaying import BATCH_ROWS, Outcome, Progress, fitting_mapping, import_requests

__all__ = ["BATCH_ROWS", "Outcome", "Progress", "fitting_mapping", "import_requests", "prepare_city"]
