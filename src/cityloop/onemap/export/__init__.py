"""Rows of layers as files: GeoJSON, GeoPackage, Excel; streamed, so that two millions take no more memory than two thousand."""
