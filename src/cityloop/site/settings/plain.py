"""What the plain HTTP beside TLS runs with: no database and no session, only the way to HTTPS and the page that devices need first."""

from cityloop.site.settings.prod import *  # noqa: F403
from cityloop.site.settings.prod import PACKAGE

INSTALLED_APPS = ["django.contrib.staticfiles"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "cityloop.site.middleware.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cityloop.site.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "cityloop.site.plain_urls"
DATABASES = {}
STATICFILES_DIRS = [PACKAGE / "site" / "static"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "site" / "templates"],
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request"],
            "libraries": {name: f"cityloop.site.templatetags.{name}" for name in ("built", "looks")},
        },
    },
]
