"""The figures of the paper: a catalogue, and one module a kind of figure."""
