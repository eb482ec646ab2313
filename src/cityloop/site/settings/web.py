"""What the web processes run with: a pool of connections for their threads."""

from cityloop.site.settings import env
from cityloop.site.settings.prod import *  # noqa: F403
from cityloop.site.settings.prod import DATABASES, SERVING

# No thread waits for another's connection, and none is opened while somebody waits for a page. Where none can be had for three
# seconds the database is gone, and whoever asks is told so: longer than that, monitors take us for dead.
# Tried again by itself a pool would wait longer each time, up to minutes after a long outage: it gives up soon, and the next
# who asks has it tried at once.
_pool = {"min_size": 1, "max_size": SERVING.threads, "timeout": 3, "reconnect_timeout": 4}
# Compiling a statement and calling in more processes cost more than the small queries of desks: with two helpers a page of a
# work list took 24 ms where 4 do.
_session = "-c jit=off -c max_parallel_workers_per_gather=0"
_options: dict[str, object] = {"options": _session, **env.options_of(DATABASES["default"]), "pool": _pool}
DATABASES["default"] |= {"ENGINE": "cityloop.site.database", "OPTIONS": _options}
