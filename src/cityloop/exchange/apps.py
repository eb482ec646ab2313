from django.apps import AppConfig
from typing_extensions import override

from cityloop.kernel.translation import lazy


class ExchangeConfig(AppConfig):
    name = "cityloop.exchange"
    label = "exchange"
    verbose_name = lazy("Exchange")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from cityloop.exchange.actions import LISTENER
        from cityloop.kernel.listening import register

        register(LISTENER)
