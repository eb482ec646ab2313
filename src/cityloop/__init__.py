"""CityLoop 城环: digital urban management as one closed loop."""

__version__ = "0.1.0"
