"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

from datetime import timedelta
from uuid import UUID

from procrastinate import exceptions
from procrastinate.contrib.django import app

from cityloop.exchange import actions
from cityloop.kernel.clock import machine_now

TURN = timedelta(seconds=20)
"""How long one subscription may keep a worker before others have their turn."""


@app.periodic(cron="* * * * * */5")
@app.task(name="exchange.deliver", queueing_lock="exchange.deliver")
def deliver(timestamp: int) -> None:  # noqa: ARG001  # when it was due
    """Let each subscription for which something is due have a job of its own: a slow program holds up no other."""
    for subscription in actions.subscriptions_due(machine_now()):
        lock = f"exchange.deliver {subscription}"
        try:
            deliver_to.configure(queueing_lock=lock).defer(subscription=str(subscription))
        except exceptions.AlreadyEnqueued:
            continue


@app.task(name="exchange.deliver_to")
def deliver_to(subscription: str) -> None:
    """Try what is due for one subscription."""
    actions.deliver(UUID(subscription), until=machine_now() + TURN)


@app.periodic(cron="17 3 * * *")
@app.task(name="exchange.forget", queueing_lock="exchange.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001
    """Forget old deliveries."""
    actions.forget(now=machine_now())
