"""What people and the system do to cases."""

from cityloop.cases.actions.perform import Performed, perform, report
from cityloop.cases.actions.replay import Replay, ReplayCount
from cityloop.cases.actions.tables import set_table
from cityloop.cases.actions.telling import PastAct, PastCase
from cityloop.cases.actions.ticking import Ticked, tick

__all__ = [
    "PastAct",
    "PastCase",
    "Performed",
    "Replay",
    "ReplayCount",
    "Ticked",
    "perform",
    "report",
    "set_table",
    "tick",
]
