"""The pages of this room: the loop drawn, and the desks on which its cases are worked."""
