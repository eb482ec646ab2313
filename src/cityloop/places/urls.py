"""The addresses of this room's pages."""

from django.urls import path

from cityloop.places.views import grid_areas, grid_drafts, grids, grounds, streetview, streetview_data

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
    path("desk/data/grids", grids.grids, name="desk-grids"),
    path("desk/data/grids/areas", grid_areas.areas, name="desk-grid-areas"),
    path("desk/data/grids/areas/choose", grid_areas.choose, name="desk-grid-choose"),
    path("desk/data/grids/<int:draft_id>", grid_drafts.draft, name="desk-grid-draft"),
    path("desk/data/grids/<int:draft_id>/shapes", grid_drafts.shapes, name="desk-grid-shapes"),
    path("desk/data/grids/<int:draft_id>/state", grid_drafts.state, name="desk-grid-state"),
    path("desk/data/grids/<int:draft_id>/change", grid_drafts.change, name="desk-grid-change"),
    path("desk/data/grids/<int:draft_id>/publish", grid_drafts.publish, name="desk-grid-publish"),
    path("desk/data/grids/<int:draft_id>/drop", grid_drafts.drop, name="desk-grid-drop"),
]
