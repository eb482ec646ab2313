"""The pages of the parts registry."""
