"""Toy Models of Superposition (Elhage et al. 2022): the models with a hidden nonlinearity."""
