"""Pictures of the ground into tiles, in processes of their own.

GeoDjango and rasterio each load a GDAL, and two of them in one process crash sooner or later. So ``making`` (a GeoTIFF, or the sheets of
a zip that ``mosaic`` lays together, is checked and rewritten as a COG) and ``tiling`` (a tile is drawn from it) run in children:
``python -m cityloop.onemap.rasters make`` and ``… tile``. This side starts them: ``maker`` and ``hand``. None of these modules asks
Django for anything.
"""
