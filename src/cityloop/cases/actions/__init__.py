"""What people and the system do to cases."""

from cityloop.cases.actions.perform import Performed, perform, report

__all__ = ["Performed", "perform", "report"]
