"""Incidental polysemanticity (Lecomte, Thaman, Chow, Schaeffer, Koyejo 2023)."""
