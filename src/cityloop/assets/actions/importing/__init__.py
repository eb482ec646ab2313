"""Imports of layers, step by step: kept, set up, checked, applied or refused, undone."""

from cityloop.assets.actions.importing.applying import apply_run
from cityloop.assets.actions.importing.checking import check_run
from cityloop.assets.actions.importing.keeping import begin, drop, file_of, reopen
from cityloop.assets.actions.importing.running import ask_to, go_on, resume_lost
from cityloop.assets.actions.importing.setting import first_look, look_into, propose_for, set_up
from cityloop.assets.actions.importing.sweeping import sweep
from cityloop.assets.actions.importing.undoing import in_the_way, undo_run

__all__ = [
    "apply_run", "ask_to", "begin", "check_run", "drop", "file_of", "first_look", "go_on", "in_the_way", "look_into", "propose_for", "reopen", "resume_lost", "set_up", "sweep", "undo_run",
]  # fmt: skip
