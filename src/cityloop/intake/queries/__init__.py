"""What this room is asked: what came out of imports (``imports``); what the public page shows (``public``)."""

from cityloop.intake.queries.imports import ImportedFile, imported_files, imported_into, replay_report

__all__ = ["ImportedFile", "imported_files", "imported_into", "replay_report"]
