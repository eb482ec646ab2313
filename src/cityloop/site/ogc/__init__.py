"""The open data of the map under ``/ogc``: who asks, and how each answer leaves. What the answers say is made in ``onemap``."""
