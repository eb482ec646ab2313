"""Catalogues as files: YAML for machines and for version control, Excel for offices. Both hold the same tables.

Each file becomes the same rows of text, so that one reader checks both and says the place of each fault: sheet (in YAML the
section), row, column, value, why. Written and read back, a catalogue is the same.
"""

from cityloop.standards.documents.reading import LARGEST_BYTES, Read, read
from cityloop.standards.documents.tables import FORMATS
from cityloop.standards.documents.writing import write

__all__ = ["FORMATS", "LARGEST_BYTES", "Read", "read", "write"]
