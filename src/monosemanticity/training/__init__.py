"""From the numbers of a run to its losses and checkpoints."""
