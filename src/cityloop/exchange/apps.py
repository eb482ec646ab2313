from django.apps import AppConfig
from typing_extensions import override

from cityloop.exchange.choices import PARKED
from cityloop.kernel.translation import _, lazy
from cityloop.notices.wording import Said


class ExchangeConfig(AppConfig):
    name = "cityloop.exchange"
    label = "exchange"
    verbose_name = lazy("Exchange")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from cityloop.exchange.actions import LISTENER
        from cityloop.kernel.listening import register
        from cityloop.notices.wording import words_from

        register(LISTENER)
        words_from(told_of_webhooks)


def told_of_webhooks(_jurisdiction: str, kind: str, subject: str) -> Said | None:
    """Return what a notice about a webhook says; None where it is about something else."""
    if kind != PARKED:
        return None
    return Said(_("The webhook “%(name)s” is not answered; what it should be told waits.") % {"name": subject}, "")
