"""What every installation has in common. Each variable that is read here is explained in docs/settings.md."""

from pathlib import Path
from urllib.parse import quote

from cityloop.site.addresses import as_host, own_addresses
from cityloop.site.paths import data_folder
from cityloop.site.settings import env

PACKAGE = Path(__file__).resolve().parents[2]
DATA = data_folder()

DEBUG = False
SECRET_KEY = env.secret("CITYLOOP_SECRET_KEY")
TLS = env.tls()
HOSTS = env.hosts("CITYLOOP_HOSTS", "localhost,127.0.0.1,[::1]")
# A local authority's certificate speaks for the machine's own addresses too: those who have no name for it type one of them.
ALLOWED_HOSTS = [*HOSTS, *(map(as_host, own_addresses()) if TLS.mode == "local" else ())]
CSRF_TRUSTED_ORIGINS = env.origins("CITYLOOP_ORIGINS")
PROXIES = env.networks("CITYLOOP_PROXIES")
WEBHOOK_NETWORKS = env.networks("CITYLOOP_WEBHOOK_NETWORKS")
SERVING = env.serving()
METRICS_TOKEN = env.secret("CITYLOOP_METRICS_TOKEN")
BACKUP_BEFORE_MIGRATING = env.flag("CITYLOOP_BACKUP_BEFORE_MIGRATING", default=True)
UPLOAD_URL = env.address("CITYLOOP_UPLOAD_URL")
TILE_CACHE_BYTES = env.number("CITYLOOP_TILE_CACHE_MB", 16, most=100_000) * 1_000_000
RASTER_CACHE_BYTES = env.number("CITYLOOP_RASTER_CACHE_MB", 500, most=1_000_000) * 1_000_000
BASEMAP_CACHE_BYTES = env.number("CITYLOOP_BASEMAP_CACHE_MB", 1000, most=1_000_000) * 1_000_000
BASEMAP_NETWORKS = env.networks("CITYLOOP_BASEMAP_NETWORKS")

INSTALLED_APPS = [
    "cityloop.site.apps.SiteConfig",
    "cityloop.demo",
    "cityloop.exchange",
    "cityloop.intake",
    "cityloop.cases",
    "cityloop.places",
    "cityloop.assets",
    "cityloop.notices",
    "cityloop.organisation",
    "cityloop.geography",
    "cityloop.media",
    "cityloop.onemap",
    "cityloop.standards",
    "cityloop.kernel",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "ninja",
]

MIDDLEWARE = [
    "cityloop.site.observing.Observed",
    "cityloop.site.turnstile.Turnstile",
    "cityloop.site.senders.Sender",
    "django.middleware.security.SecurityMiddleware",
    "cityloop.site.middleware.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cityloop.site.kept_tiles.KeptTiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "cityloop.site.middleware.Language",
    "cityloop.site.problems.Problems",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cityloop.site.signed_in.SignedIn",
    "cityloop.organisation.middleware.FirstPassword",
    "cityloop.site.middleware.NothingHidden",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "cityloop.site.urls"
WSGI_APPLICATION = "cityloop.site.wsgi.application"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": {
        **env.database(
            env.text("CITYLOOP_DATABASE_URL") or f"postgresql:///cityloop?host={quote(str(DATA / 'run'))}&user=cityloop"
        ),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
    },
}
# Statements are prepared where ``kernel.sql`` asks for it, never by count; without a threshold psycopg prepares none at all.
DATABASES["default"]["OPTIONS"] = {**env.options_of(DATABASES["default"]), "prepare_threshold": 1 << 30}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "organisation.User"
AUTHENTICATION_BACKENDS = ["cityloop.site.backends.GuardedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "display_name", "phone")},
    },
    {"NAME": "cityloop.organisation.passwords.NotTheOldPassword"},
]
CSRF_FAILURE_VIEW = "cityloop.site.views.stale_form"
# Behind a proxy that speaks HTTPS its address stands among the origins; then, or with TLS of our own, no session travels in the clear.
BEHIND_HTTPS = bool(CSRF_TRUSTED_ORIGINS) and all(origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS or TLS.is_on
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_HTTPS else None
SESSION_ENGINE = "cityloop.site.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600

LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_CODE = env.one_of("CITYLOOP_LANGUAGE", "zh-hans", [code for code, _name in LANGUAGES])
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = None  # nothing is collected: WhiteNoise serves the files from where they lie
STORAGES = {
    "default": env.media_store(env.text("CITYLOOP_MEDIA_URL") or (DATA / "media").as_uri()),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
WHITENOISE_IMMUTABLE_FILE_TEST = r"/built/assets/"  # Vite puts a digest into each name there

# The console in our looks: the municipal blue of frontend/styles/looks.css in the console's steps of lightness.
UNFOLD = {
    "SITE_TITLE": "CityLoop 城环",
    "SITE_HEADER": "CityLoop 城环",
    "SITE_ICON": "/static/site/mark.svg",
    "STYLES": ["/static/site/console.css"],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 258)",
            "100": "oklch(93.5% .03 258)",
            "200": "oklch(88% .058 258)",
            "300": "oklch(80% .1 258)",
            "400": "oklch(73% .13 258)",
            "500": "oklch(59% .165 258)",
            "600": "oklch(49.6% .157 258)",
            "700": "oklch(43% .14 258)",
            "800": "oklch(37% .115 258)",
            "900": "oklch(32% .09 258)",
            "950": "oklch(24% .065 258)",
        },
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "foreign_name": {"()": "cityloop.site.logs.ForeignName"},
        "refusal": {"()": "cityloop.site.logs.Refusal"},
    },
    "formatters": {
        "line": {"format": "{levelname} {name}: {message}", "style": "{"},
        "json": {"()": "cityloop.site.logs.JsonLine"},
    },
    "handlers": {
        "stream": {
            "class": "logging.StreamHandler",
            "filters": ["refusal"],
            "formatter": "json" if SERVING.logs_json else "line",
        }
    },
    "root": {"handlers": ["stream"], "level": "INFO"},
    # Django's own handlers would say the same a second time.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "django.security.DisallowedHost": {"filters": ["foreign_name"]},
        "procrastinate": {"level": "WARNING"},
        # Each request has a line of its own there, with its id and without its path.
        **({"django.request": {"level": "ERROR"}} if SERVING.logs_json else {}),
    },
}

# A job a minute would fill its table; one that failed stays to be looked at.
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}
PROCRASTINATE_ON_APP_READY = "cityloop.kernel.queue.ask_first"

SILENCED_SYSTEM_CHECKS = ["gis.W001"]  # Debian 12 has GDAL 3.6; no spatial reference from outside reaches it
