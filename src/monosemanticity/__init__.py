"""Engineering Monosemanticity in Toy Models (Jermyn, Schiefer, Hubinger 2022) as one workflow."""
