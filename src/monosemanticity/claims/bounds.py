"""What the paper's words come to as numbers, where several sentences use them."""

PLATEAU_SPREAD = 0.95 / 0.85
"""Largest over least loss on the plateau that the paper calls equal (figure 1, second row)."""
MONOSEMANTIC_MODEL = 0.6
"""Least monosemantic neurons per feature of what the paper calls a highly monosemantic model (section 4.1.2)."""
ABOUT_ONE = (0.8, 1.2)
"""Monosemantic neurons per feature that count as about one (ours)."""
