from collections.abc import Mapping, Sequence

from django.apps import AppConfig
from typing_extensions import override

from cityloop.exchange.choices import PARKED
from cityloop.kernel.translation import _, lazy
from cityloop.notices.wording import Notice, Worded
from cityloop.organisation.rules.staffing import Viewer


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


def told_of_webhooks(notices: Sequence[Notice], _viewer: Viewer) -> Mapping[int, Worded]:
    """Return what notices about webhooks say."""
    words = _("A webhook is not answered; what it should be told waits.")
    return {one.id: Worded(words, one.subject) for one in notices if one.kind == PARKED}
