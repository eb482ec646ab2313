"""The pages of this room: the parts registry, imports."""
