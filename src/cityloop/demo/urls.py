"""The pages of this room: they change something, and only in a demo."""

from django.urls import path

from cityloop.demo import views

urlpatterns = [
    path("demo/pace", views.pace, name="demo-pace"),
    path("demo/morning", views.morning, name="demo-morning"),
    path("demo/storm", views.storm, name="demo-storm"),
    path("demo/watch", views.watch, name="demo-watch"),
    path("demo/enter", views.enter, name="demo-enter"),
]
