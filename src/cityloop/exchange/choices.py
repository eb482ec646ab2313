"""Closed lists of the room."""

from django.db.models import TextChoices

from cityloop.kernel.translation import lazy


class DeliveryState(TextChoices):
    """What has become of a delivery."""

    WAITING = "waiting", lazy("To be sent")
    SENT = "sent", lazy("Sent")
    PARKED = "parked", lazy("Parked")
    BLOCKED = "blocked", lazy("Behind a parked one")
    WITHHELD = "withheld", lazy("Withheld")


PARKED = "webhook_parked"
"""The kind of the notice that a webhook has not been answered for long."""

OPEN = (DeliveryState.WAITING, DeliveryState.PARKED, DeliveryState.BLOCKED)
"""Of what is not at its end."""
