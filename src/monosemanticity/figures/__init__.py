"""Drawing: one module a kind of figure, the common look, and the captions."""
