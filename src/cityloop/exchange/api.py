"""Webhooks for programs: parse, fetch, take one action, answer."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from cityloop.exchange import actions, queries, schemas
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Fault, InvalidInput, NotAllowed, NotFound
from cityloop.kernel.translation import _, listed, noop
from cityloop.organisation.rules.staffing import Viewer

WEBHOOKS = "Webhooks"

router = Router()


@router.get(
    "/webhooks",
    response=schemas.Subscriptions,
    tags=[WEBHOOKS],
    operation_id="list_webhooks",
    summary=noop("The webhooks of your cities"),
    description=noop("For administrators of a city."),
)
def list_webhooks(request: HttpRequest) -> Any:
    return {"items": queries.subscriptions(administered(request))}


@router.post(
    "/webhooks",
    response={201: schemas.Secret},
    tags=[WEBHOOKS],
    operation_id="subscribe",
    summary=noop("Let a program be told what happens"),
    description=noop(
        "From now on each event of the city is sent to the address as JSON, signed after Standard Webhooks "
        "(`webhook-id`, `webhook-timestamp`, `webhook-signature`), in order for each case, again and again for a day where it is "
        "not answered with 2xx; then it is parked. The same message may come twice: it has the same `webhook-id`. Redirects "
        "are not followed. Answered with the secret, which is told this once."
    ),
)
def subscribe(request: HttpRequest, response: HttpResponse, payload: schemas.NewSubscription) -> Status[Any]:
    viewer = viewer_of(request)
    made = actions.subscribe(
        city_of(administered(request), payload.jurisdiction),
        name=payload.name,
        url=payload.url,
        kinds=payload.kinds,
        account=payload.account or viewer.user_id or 0,
        by=viewer.user_id,
        now=machine_now(),
    )
    response["Location"] = f"{request.path}/{made.id}"
    return Status(201, made)


@router.get(
    "/webhooks/{webhook}",
    response=schemas.Subscription,
    tags=[WEBHOOKS],
    operation_id="get_webhook",
    summary=noop("How a webhook fares"),
)
def get_webhook(request: HttpRequest, webhook: UUID) -> Any:
    return queries.subscription(webhook, administered(request))


@router.patch(
    "/webhooks/{webhook}",
    response=schemas.Subscription,
    tags=[WEBHOOKS],
    operation_id="change_webhook",
    summary=noop("Change a webhook, or switch it off and on"),
    description=noop("What is left out stays. What happens while it is off is not noted; a replay fetches it."),
)
def change_webhook(request: HttpRequest, webhook: UUID, payload: schemas.SubscriptionChange) -> Any:
    cities = administered(request)
    queries.subscription(webhook, cities)
    actions.change(webhook, **payload.model_dump(exclude_unset=True))
    return queries.subscription(webhook, cities)


@router.delete(
    "/webhooks/{webhook}",
    response={204: None},
    tags=[WEBHOOKS],
    operation_id="unsubscribe",
    summary=noop("Tell a program nothing any more"),
)
def unsubscribe(request: HttpRequest, webhook: UUID) -> Status[None]:
    queries.subscription(webhook, administered(request))
    actions.unsubscribe(webhook)
    return Status(204, None)


@router.post(
    "/webhooks/{webhook}/secret",
    response=schemas.Secret,
    tags=[WEBHOOKS],
    operation_id="renew_secret",
    summary=noop("Give a webhook a new secret"),
    description=noop("Messages are signed with it from now on."),
)
def renew_secret(request: HttpRequest, webhook: UUID) -> Any:
    queries.subscription(webhook, administered(request))
    return {"id": webhook, "secret": actions.renew_secret(webhook)}


@router.get(
    "/webhooks/{webhook}/deliveries",
    response=schemas.Deliveries,
    tags=[WEBHOOKS],
    operation_id="list_deliveries",
    summary=noop("What has become of its messages"),
    description=noop("The newest event first; what was delivered is known for 30 days."),
)
def list_deliveries(request: HttpRequest, webhook: UUID, query: Query[schemas.DeliveriesQuery]) -> Any:
    queries.subscription(webhook, administered(request))
    return queries.deliveries(webhook, state=query.state or "", limit=query.limit, cursor=query.cursor)


@router.post(
    "/webhooks/{webhook}/replay",
    response=schemas.Replayed,
    tags=[WEBHOOKS],
    operation_id="replay",
    summary=noop("Send once more"),
    description=noop("Everything from an event on, or one message: under the same `webhook-id` as before."),
)
def replay(request: HttpRequest, webhook: UUID, payload: schemas.Replay) -> Any:
    queries.subscription(webhook, administered(request))
    now = machine_now()
    if (payload.from_event is None) is (payload.message is None):
        why = _("give one of the two: “from_event” or “message”")
        raise InvalidInput(
            _("Nothing was replayed: %(why)s.") % {"why": why}, faults=[Fault("from_event", why), Fault("message", why)]
        )
    if payload.message is not None:
        return {"count": actions.replay_one(queries.delivery_of(webhook, payload.message), now=now)}
    return {"count": actions.replay(webhook, payload.from_event or 1, now=now)}


# --- who asks


def viewer_of(request: HttpRequest) -> Viewer:
    """Return who asks; ``site.api`` found it out before."""
    viewer: Viewer = request.auth  # type: ignore[attr-defined] # what the authentication returned
    return viewer


def administered(request: HttpRequest) -> list[str]:
    """Return the cities that the caller administers, themselves and not for somebody absent.

    Raises:
        NotAllowed: None.
    """
    held = viewer_of(request).posts
    cities = sorted({one.jurisdiction for one in held if one.post == actions.SYSADMIN and one.deputy_for is None})
    if not cities:
        raise NotAllowed(_("Webhooks are for administrators of a city."))
    return cities


def city_of(cities: list[str], wanted: str | None) -> str:
    """Return the city that is meant.

    Raises:
        NotFound: The caller does not administer the one named.
        InvalidInput: There are several, and none is named.
    """
    if wanted:
        if wanted not in cities:
            raise NotFound(_("There is no jurisdiction “%(code)s”.") % {"code": wanted})
        return wanted
    if len(cities) > 1:
        why = _("name one of: %(codes)s") % {"codes": listed(cities)}
        raise InvalidInput(
            _("You administer several cities: %(why)s.") % {"why": why}, faults=[Fault("jurisdiction", why)]
        )
    return cities[0]
