"""What people and the system do to cases."""

from cityloop.cases.actions.perform import Performed, perform, report
from cityloop.cases.actions.replay import PastCase, Replay, ReplayCount

__all__ = ["PastCase", "Performed", "Replay", "ReplayCount", "perform", "report"]
