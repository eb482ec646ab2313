"""The pages of this room."""

from django.urls import path

from cityloop.organisation import views

urlpatterns = [
    path("password", views.password, name="password"),
    path("desk/me", views.me, name="desk-me"),
    path("desk/me/post", views.wear, name="desk-wear"),
]
