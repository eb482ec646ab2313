"""Pure rules of this room: no database, no clock, no request."""
