"""The addresses of this room's pages."""

from django.urls import path

from cityloop.cases import views

urlpatterns = [
    path("loop", views.loop, name="loop"),
    path("loop.svg", views.loop_svg, name="loop-svg"),
]
