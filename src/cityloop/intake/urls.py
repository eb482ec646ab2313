"""The addresses of this room's pages: open to everybody, but for one's own reports."""

from django.urls import path

from cityloop.intake.views import follow_up, mine, parts, public

urlpatterns = [
    path("p/<str:code>", parts.labelled, name="part-label"),
    path("report", public.choose, name="report"),
    path("report/f", follow_up.ask, name="report-ask"),
    path("report/f/<str:typed>", follow_up.follow, name="report-follow"),
    path("report/f/<str:typed>/rate", follow_up.rate, name="report-rate"),
    path("report/mine", mine.mine, name="report-mine"),
    path("report/mine/<str:number>", mine.own, name="report-own"),
    path("report/mine/<str:number>/rate", mine.rate, name="report-own-rate"),
    path("report/<str:code>", public.steps, name="report-city"),
    path("report/<str:code>/where", public.where, name="report-where"),
    path("report/<str:code>/photos", public.photos, name="report-photos"),
    path("report/<str:code>/me-too", public.me_too, name="report-me-too"),
]
