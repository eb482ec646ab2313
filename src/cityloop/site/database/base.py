"""Django's backend for PostGIS; a connection that has died in the pool, with the server that it led to, is given to nobody."""

import select
from typing import Any

import psycopg
from django.contrib.gis.db.backends.postgis import base
from psycopg_pool import ConnectionPool
from typing_extensions import override


class DatabaseWrapper(base.DatabaseWrapper):
    """Asks the kernel, for a few microseconds a request, whether a pooled connection has been closed from afar.

    Django's ``CONN_HEALTH_CHECKS`` would ask the server each time, which costs a journey there and back. A host that vanished
    without a word is found out neither way before the statement that waits for it.
    """

    @override
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        while True:
            connection = super().get_new_connection(conn_params)
            pool = self.pool
            if pool is None or is_alive(connection):
                return connection
            connection.close()
            pool.putconn(connection)  # which opens another in its place, and waits for it no longer than its timeout


def is_alive(connection: "psycopg.Connection[Any]") -> bool:
    """Return whether the server still holds its end of an idle connection.

    Nothing arrives on one but the end, or something said by the by (a setting that was reloaded): only then the server is asked.
    """
    if connection.closed:
        return False
    arrived = select.poll()
    try:
        arrived.register(connection.fileno(), select.POLLIN)
        if not arrived.poll(0):
            return True
        ConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    return True
