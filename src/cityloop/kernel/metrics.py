"""Figures that all processes of a machine count together, for Prometheus.

Under ``cityloop up`` each process counts in a lane of its own: files in the data folder, mapped into memory, that whoever is
asked adds up. A lane belongs to the process that holds its lock; one that follows a dead process takes its lane over and
counts on from there, so that no sum ever falls and no file is left behind. ``up`` begins with empty lanes. Any other process
counts for itself alone.
"""

import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import prometheus_client
from prometheus_client import Metric, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry
from prometheus_client.values import MultiProcessValue, MutexValue
from typing_extensions import override

from cityloop.kernel.lanes import FOLDER, Lane

SUPERVISED = "CITYLOOP_SUPERVISED"
"""The data folder, in the environment of each process of ``cityloop up``."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Upper ends of the classes in which times are counted."""

logger = logging.getLogger(__name__)


def _settle() -> Path | None:
    """Let this process count together with the others of its data folder; return where, None where it counts alone."""
    if not (data := os.environ.get(SUPERVISED)):
        values.ValueClass = MutexValue  # whatever a variable of Prometheus' own says
        return None
    folder = Path(data) / FOLDER
    try:
        lane = Lane(folder)
        lane()
    except OSError as exc:  # a full or a foreign disk: work goes on
        logger.warning("no figures are counted in %s: %s", folder, exc.strerror or exc)
        values.ValueClass = MutexValue
        return None
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)  # where the library puts its files
    values.ValueClass = MultiProcessValue(process_identifier=lane)  # type: ignore[no-untyped-call]
    return folder


REGISTRY = CollectorRegistry()
SHARED = _settle()


def counter(name: str, told: str, labels: Sequence[str] = ()) -> prometheus_client.Counter:
    """Return a figure that only grows, made once in a module; ``_total`` is added to its name."""
    return prometheus_client.Counter(name, told, labels, registry=REGISTRY)


def times(name: str, told: str, labels: Sequence[str] = ()) -> prometheus_client.Histogram:
    """Return a distribution of seconds."""
    return prometheus_client.Histogram(name, told, labels, buckets=SECONDS, registry=REGISTRY)


def level(name: str, told: str, labels: Sequence[str] = ()) -> prometheus_client.Gauge:
    """Return a figure that rises and falls, the sum of what each process has set last."""
    return prometheus_client.Gauge(name, told, labels, multiprocess_mode="sum", registry=REGISTRY)


class _AllProcesses(MultiProcessCollector):
    """The figures of all processes. One that has just begun, or died doing so, has a file without a byte: it is passed by."""

    @override
    def collect(self) -> Iterable[Metric]:
        files = [str(path) for path in Path(self._path).glob("*.db") if path.stat().st_size]
        metrics: Iterable[Metric] = self.merge(files, accumulate=True)  # type: ignore[no-untyped-call]
        return metrics


def text(*more: Collector) -> bytes:
    """Return all figures as Prometheus reads them: those of all processes added up, and what ``more`` collects now."""
    registry = CollectorRegistry()
    if SHARED:
        _AllProcesses(registry, str(SHARED))  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    for collector in more:
        registry.register(collector)
    return prometheus_client.generate_latest(registry)
