"""Pure rules of the demo: what the city looks like, who works in it, what happens there. The same seed gives the same."""
