"""Pure rules of the loop: the table, the engine over it, clocks, and the fold of events."""
