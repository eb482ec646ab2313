"""The pages of this room."""

from django.urls import path

from cityloop.notices import views

urlpatterns = [
    path("desk/notices", views.notices, name="desk-notices"),
    path("desk/notices/read", views.read, name="desk-notices-read"),
]
