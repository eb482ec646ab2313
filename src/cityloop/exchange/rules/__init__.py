"""Pure functions of the room: no database, no clock, no network."""
