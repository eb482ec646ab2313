"""Settings by purpose: ``base`` holds what is common; ``dev``, ``test`` and ``prod`` say what differs."""
