"""Making a demo city, and what goes on in it.

Nothing is loaded here: each module is a door of its own. Making draws in the whole generator, and the simulation draws photos;
a process that only shows how fast a city lives needs neither.
"""
