"""The pages of this room."""

from django.urls import path

from cityloop.organisation import views

urlpatterns = [path("password", views.password, name="password")]
