"""The root of all addresses."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView

from cityloop.site import (
    api,
    enrolment,
    grounds,
    health,
    looks,
    map_asking,
    map_desk,
    map_exports,
    map_heat,
    map_themes,
    map_work,
    maps,
    metrics,
    views,
)

# What a browser asks for by itself on pages that name no icon, the console's among them.
icon = login_not_required(RedirectView.as_view(url="/static/site/mark.svg"))


def nothing_on_site(request: HttpRequest, **kwargs: str) -> HttpResponse:  # noqa: ARG001  # Django's signature
    """Answer the console's address "view on site": no row here has another page, and Django's view stumbles over keys.

    Raises:
        Http404: Always.
    """
    raise Http404


urlpatterns = [
    path("api/", api.urls()),  # first, since programs ask most often
    path("", views.home, name="home"),
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("language", views.switch_language, name="language"),
    path("looks", looks.choose, name="looks"),
    path("enrol", enrolment.page, name="enrol"),
    path("enrol/root.crt", enrolment.root_certificate, name="root-certificate"),
    path("favicon.ico", icon),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.page, name="metrics"),
    path("map", map_desk.page, name="map"),
    path("map/style/<str:theme>.json", maps.style, name="map-style"),
    path("map/grounds.json", map_desk.grounds, name="map-grounds"),
    path("map/print", map_desk.sheet, name="map-print"),
    path("map/themes", map_themes.themes, name="map-themes"),
    path("map/themes/<int:theme_id>", map_themes.theme, name="map-theme"),
    path("map/find", map_asking.find, name="map-find"),
    path("map/where", map_asking.where, name="map-where"),
    path("map/work.json", map_work.layers, name="map-work"),
    path("map/statistics", map_work.statistics, name="map-statistics"),
    path("map/heat.json", map_heat.cases, name="map-heat"),
    path("map/exports", map_exports.ask, name="map-exports"),
    path("map/exports/<uuid:export_id>", map_exports.told, name="map-export"),
    path("map/exports/<uuid:export_id>/file", map_exports.file, name="map-export-file"),
    path("rasters/<uuid:raster_id>/<str:zoom>/<str:x>/<str:y>.<str:form>", grounds.raster_tile, name="raster-tile"),
    path(
        "basemaps/<uuid:basemap_id>/<str:sheet>/<str:zoom>/<str:x>/<str:y>", grounds.basemap_tile, name="basemap-tile"
    ),
    path("tiles/<str:names>/<str:zoom>/<str:x>/<str:y>.mvt", maps.tile, name="tile"),
    path("", include("cityloop.site.ogc.urls")),
    path("", include("cityloop.organisation.urls")),
    path("", include("cityloop.notices.urls")),
    path("", include("cityloop.assets.urls")),
    path("", include("cityloop.places.urls")),
    path("", include("cityloop.cases.urls")),
    path("", include("cityloop.intake.urls")),
    path("", include("cityloop.media.urls")),
    path("", include("cityloop.demo.urls")),
    path("console/login/", views.console_door),
    path("console/r/<path:content_type_id>/<path:object_id>/", nothing_on_site),
    path("console/", admin.site.urls),
]

handler400 = "cityloop.site.views.unreadable"
handler403 = "cityloop.site.views.not_allowed"
handler404 = "cityloop.site.views.not_found"
handler500 = "cityloop.site.views.broken"
