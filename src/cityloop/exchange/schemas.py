"""What the calls of this room take and answer."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cityloop.exchange.choices import DeliveryState
from cityloop.kernel.patterns import DIGITS, NAME, TEXT
from cityloop.kernel.translation import noop

Code = Annotated[str, StringConstraints(max_length=40, pattern=NAME)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=TEXT)]
Address = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=TEXT)]
Kinds = Annotated[list[Code], Field(max_length=100)]
Account = Annotated[int, Field(ge=1, lt=2**63)]


class In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class NewSubscription(In):
    jurisdiction: Annotated[str, StringConstraints(max_length=6, pattern=DIGITS)] | None = Field(
        None, description=noop("Code of your city; may be left out where you administer one city only.")
    )
    name: Name
    url: Address = Field(description=noop("Where messages go: https, or http into a network that is allowed here."))
    kinds: Kinds = Field(default=[], description=noop("Actions of the table; none: all."))
    account: Account | None = Field(None, description=noop("Whose sight the messages have; your own if left out."))


class SubscriptionChange(In):
    name: Name | None = None
    url: Address | None = None
    kinds: Kinds | None = None
    account: Account | None = None
    is_on: bool | None = None


class Subscription(Out):
    id: UUID
    jurisdiction: str
    name: str
    url: str
    kinds: list[str]
    account: int
    is_on: bool
    failures: int = Field(description=noop("Failures in a row."))
    said: str = Field(description=noop("The last answer: a status, or why there was none."))
    waiting: int
    parked: int = Field(description=noop("Messages that were tried for a day in vain."))


class Subscriptions(Out):
    items: list[Subscription]


class Secret(Out):
    id: UUID
    secret: str = Field(
        description=noop("What messages are signed with, after Standard Webhooks; it is told this once.")
    )


class DeliveriesQuery(In):
    state: DeliveryState | None = None
    limit: int = Field(50, ge=1, le=200)
    cursor: str = Field("", max_length=200)


class Delivery(Out):
    message: UUID = Field(description=noop("The header `webhook-id`, the same however often it is sent."))
    event: int
    kind: str
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    done_at: datetime | None
    said: str


class Deliveries(Out):
    items: list[Delivery]
    next: str | None


class Replay(In):
    from_event: int | None = Field(None, ge=1, lt=2**63, description=noop("Everything from this event on."))
    message: UUID | None = Field(None, description=noop("This one message."))


class Replayed(Out):
    count: int
