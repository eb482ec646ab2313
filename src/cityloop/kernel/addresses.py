"""Addresses of this installation's other doors, seen from the one that was asked."""

from django.http import HttpRequest


def host_name(request: HttpRequest) -> str:
    """Return the name or address of the machine that was asked, without its port; one of IPv6 keeps its brackets."""
    host = request.get_host()
    return host if host.endswith("]") else host.rpartition(":")[0] or host
