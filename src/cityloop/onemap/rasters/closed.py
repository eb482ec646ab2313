"""How GDAL behaves in the processes that load it here: it reads the file that it is given, and nothing else."""

from collections.abc import Mapping
from typing import Final

CLOSED: Final[Mapping[str, str]] = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # no file beside it is read
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_CACHEMAX": "192",
    "GDAL_TIFF_INTERNAL_MASK": "YES",
    "GDAL_NUM_THREADS": "2",
}
"""Settings of the process's environment, there before rasterio is loaded; the memory is in MB."""

DRAWING: Final[Mapping[str, str]] = {"GDAL_CACHEMAX": "64", "GDAL_NUM_THREADS": "1"}
"""What is otherwise where tiles are drawn."""
