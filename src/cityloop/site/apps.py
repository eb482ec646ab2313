from django.apps import AppConfig, apps
from typing_extensions import override

from cityloop.kernel.translation import lazy as _


class SiteConfig(AppConfig):
    name = "cityloop.site"
    label = "site"

    @override
    def ready(self) -> None:
        """Give what others brought to the console names in our catalogue."""
        apps.get_app_config("procrastinate").verbose_name = _("Background work")
        job = apps.get_model("procrastinate", "ProcrastinateJob")._meta  # noqa: SLF001  # Django's public way to a model's name
        job.verbose_name, job.verbose_name_plural = _("job"), _("jobs")
