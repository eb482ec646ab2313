"""The forms of this room: what an action of the table asks for, drawn for a page and read from what a page sent."""
