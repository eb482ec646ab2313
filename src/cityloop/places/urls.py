"""The addresses of this room's pages."""

from django.urls import path

from cityloop.places.views import grounds, streetview, streetview_data

urlpatterns = [
    path("streetview/near", streetview.near, name="streetview-near"),
    path("streetview/<int:view_id>.json", streetview.one, name="streetview-view"),
    path("streetview/<int:view_id>/<int:level>/<int:col>/<int:row>.jpg", streetview.square, name="streetview-square"),
    path("streetview/<int:view_id>/<str:what>", streetview.picture, name="streetview-picture"),
    path("desk/data/streetview", streetview_data.runs, name="desk-streetview"),
    path("desk/data/streetview/grant", streetview_data.grant, name="desk-streetview-grant"),
    path("desk/data/streetview/<uuid:run_id>", streetview_data.run, name="desk-streetview-run"),
    path("desk/data/streetview/<uuid:run_id>/report.xlsx", streetview_data.report, name="desk-streetview-report"),
    path("desk/data/streetview/<uuid:run_id>/<str:what>", streetview_data.act, name="desk-streetview-act"),
    path("desk/data/grounds", grounds.listing, name="desk-grounds"),
    path("desk/data/grounds/grant", grounds.grant, name="desk-grounds-grant"),
    path("desk/data/grounds/<uuid:ground_id>", grounds.one, name="desk-grounds-one"),
    path("desk/data/grounds/<uuid:ground_id>/picture", grounds.picture, name="desk-grounds-picture"),
    path("desk/data/grounds/<uuid:ground_id>/<str:what>", grounds.act, name="desk-grounds-act"),
]
