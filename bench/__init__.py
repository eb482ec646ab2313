"""Measurements of CityLoop, each beside its alternative where there is one. Run by ``script/bench``."""
