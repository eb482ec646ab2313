"""The addresses of this room's pages."""

from django.urls import path

from cityloop.cases.views import acting, batch, desk, following, hinting, loop, paper, phrases, routing, searching, wall

urlpatterns = [
    path("loop", loop.loop, name="loop"),
    path("loop.svg", loop.loop_svg, name="loop-svg"),
    path("desk", desk.work, name="desk"),
    path("desk/list", desk.work_list, name="desk-list"),
    path("desk/mark", desk.mark, name="desk-mark"),
    path("desk/batch", batch.batch, name="desk-batch"),
    path("desk/phrases", phrases.phrases, name="desk-phrases"),
    path("desk/search", searching.search, name="desk-search"),
    path("desk/search/saved", searching.save, name="desk-search-save"),
    path("desk/search/saved/<int:search_id>/delete", searching.delete, name="desk-search-delete"),
    path("desk/search/export", searching.export, name="desk-export"),
    path("desk/exports/<uuid:export_id>", searching.exported, name="desk-exported"),
    path("desk/exports/<uuid:export_id>.xlsx", searching.workbook, name="desk-workbook"),
    path("desk/report/calls", hinting.calls, name="desk-report-calls"),
    path("desk/report/likely", hinting.likely, name="desk-report-likely"),
    path("desk/report", acting.report, name="desk-report"),
    path("desk/wall", wall.wall, name="desk-wall"),
    path("desk/wall/mark", wall.mark, name="desk-wall-mark"),
    path("desk/followed", following.follows, name="desk-followed"),
    path("desk/cases/<str:number>.pdf", paper.pdf, name="desk-case-pdf"),
    path("desk/cases/<str:number>", desk.case, name="desk-case"),
    path("desk/cases/<str:number>/print", paper.sheet, name="desk-case-print"),
    path("desk/cases/<str:number>/-/related", desk.case_related, name="desk-case-related"),
    path("desk/cases/<str:number>/loop.svg", desk.case_loop, name="desk-case-loop"),
    path("desk/cases/<str:number>/follow", following.star, name="desk-case-follow"),
    path("desk/cases/<str:number>/<str:action>", acting.act, name="desk-act"),
    path("desk/routing", routing.rules, name="desk-routing"),
    path("desk/routing/file", routing.take_file, name="desk-routing-take"),
    path("desk/routing/<int:version>", routing.rules, name="desk-routing-version"),
    path("desk/routing/<int:version>/rules.<str:kind>", routing.give_file, name="desk-routing-give"),
    path("desk/routing/<int:version>/rules/<int:number>", routing.rule, name="desk-routing-rule"),
    path("desk/routing/<int:version>/<str:what>", routing.act, name="desk-routing-act"),
]
