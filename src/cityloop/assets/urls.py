"""The addresses of this room's pages."""

from django.urls import path

from cityloop.assets.views import imports, listing, parts, proposals, surveys

urlpatterns = [
    path("desk/parts", listing.parts, name="desk-parts"),
    path("desk/parts/rates", listing.rates, name="desk-parts-rates"),
    path("desk/parts/export", listing.export, name="desk-parts-export"),
    path("desk/parts/exports/<uuid:export_id>", listing.exported, name="desk-parts-exported"),
    path("desk/parts/exports/<uuid:export_id>/file", listing.exported_file, name="desk-parts-file"),
    path("desk/parts/new", parts.new, name="desk-part-new"),
    path("desk/parts/propose", proposals.propose_new, name="desk-part-propose-new"),
    path("desk/parts/proposals", proposals.proposals, name="desk-proposals"),
    path("desk/parts/proposals/decide", proposals.decided, name="desk-proposals-decide"),
    path("desk/parts/surveys", surveys.all_surveys, name="desk-surveys"),
    path("desk/parts/surveys/<uuid:survey_id>", surveys.survey, name="desk-survey"),
    path("desk/parts/surveys/<uuid:survey_id>/close", surveys.close, name="desk-survey-close"),
    path("desk/parts/<str:code>", parts.part, name="desk-part"),
    path("desk/parts/<str:code>/edit", parts.edit, name="desk-part-edit"),
    path("desk/parts/<str:code>/gone", parts.gone, name="desk-part-gone"),
    path("desk/parts/<str:code>/photos", parts.photos, name="desk-part-photos"),
    path("desk/parts/<str:code>/label.svg", parts.code_picture, name="desk-part-label"),
    path("desk/parts/<str:code>/propose", proposals.propose_change, name="desk-part-propose"),
    path("desk/parts/<str:code>/changes/<int:change_id>/undo", parts.undo, name="desk-part-undo"),
    path("desk/data/imports", imports.imports, name="desk-imports"),
    path("desk/data/imports/grant", imports.grant, name="desk-imports-grant"),
    path("desk/data/imports/<uuid:run_id>", imports.one, name="desk-import"),
    path("desk/data/imports/<uuid:run_id>/report.xlsx", imports.report, name="desk-import-report"),
    path("desk/data/imports/<uuid:run_id>/bad.geojson", imports.bad_rows, name="desk-import-bad"),
    path("desk/data/imports/<uuid:run_id>/rows", imports.compared_rows, name="desk-import-rows"),
    path("desk/data/imports/<uuid:run_id>/<str:what>", imports.act, name="desk-import-act"),
]
