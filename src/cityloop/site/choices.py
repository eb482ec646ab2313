"""The words of background work, as procrastinate keeps them."""

from django.db.models import TextChoices

from cityloop.kernel.translation import lazy as _


class JobState(TextChoices):
    TODO = "todo", _("To run")
    DOING = "doing", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Called off")
    ABORTING = "aborting", _("Being broken off")
    ABORTED = "aborted", _("Broken off")


class JobStep(TextChoices):
    """What happened to a job."""

    DEFERRED = "deferred", _("Put into the queue")
    STARTED = "started", _("Picked up")
    DEFERRED_FOR_RETRY = "deferred_for_retry", _("Put back to be tried again")
    FAILED = "failed", _("Failed")
    SUCCEEDED = "succeeded", _("Succeeded")
    CANCELLED = "cancelled", _("Called off")
    ABORT_REQUESTED = "abort_requested", _("Asked to break off")
    ABORTED = "aborted", _("Broken off")
    SCHEDULED = "scheduled", _("Set for a time")
    RETRIED = "retried", _("Tried again")
