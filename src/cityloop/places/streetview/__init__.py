"""Street view on its way into a city: pictures that came in a zip or a folder are checked, taken, cut into squares, taken out again.

What of them stands on the map is kept by ``onemap``, their bytes by ``media``; this room, which may ask both, brings them together.
"""

from cityloop.places.streetview.running import LOST, ask_to, begin_folder, begin_zip, go_on, resume_lost
from cityloop.places.streetview.sources import FolderSource, Source

__all__ = ["LOST", "FolderSource", "Source", "ask_to", "begin_folder", "begin_zip", "go_on", "resume_lost"]
