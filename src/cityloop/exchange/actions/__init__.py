"""Subscribing to events, and delivering them."""

from cityloop.exchange.actions.delivering import SYSADMIN, deliver, forget, subscriptions_due
from cityloop.exchange.actions.listening import LISTENER
from cityloop.exchange.actions.replaying import replay, replay_one
from cityloop.exchange.actions.subscribing import (
    Subscribed,
    change,
    check,
    renew_secret,
    secret,
    subscribe,
    unsubscribe,
)

__all__ = [
    "LISTENER",
    "SYSADMIN",
    "Subscribed",
    "change",
    "check",
    "deliver",
    "forget",
    "renew_secret",
    "replay",
    "replay_one",
    "secret",
    "subscribe",
    "subscriptions_due",
    "unsubscribe",
]
