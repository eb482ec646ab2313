from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "cityloop.site"
    label = "site"
