"""Where results lie, written whole, and checked when they are read."""
