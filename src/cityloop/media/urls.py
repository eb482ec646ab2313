from django.urls import path

from cityloop.media import views

app_name = "media"
urlpatterns = [path("media/<uuid:id>/<slug:variant>", views.fetch, name="fetch")]
