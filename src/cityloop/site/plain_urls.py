"""The addresses of the plain HTTP beside TLS. All but what a device needs first goes over to HTTPS."""

from django.urls import path

from cityloop.site import enrolment

urlpatterns = [
    path("", enrolment.to_https, name="home"),
    path("enrol", enrolment.page, name="enrol"),
    path("enrol/root.crt", enrolment.root_certificate, name="root-certificate"),
    path("<path:path>", enrolment.to_https),
]
