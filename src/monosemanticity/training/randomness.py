"""Where every random number of a run comes from: a stream per step, a function of the seed and the step alone."""

import numpy as np

INITIALISATION = 0
"""The step whose stream draws the projections and the initial weights; training steps count from 1."""


def stream(seed: int, step: int) -> np.random.Generator:
    """The counter-based generator of one step (Philox 4x64, keyed by seed and step)."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, step], dtype=np.uint64)))


def device_seed(seed: int, step: int) -> int:
    """The seed of a graphics card's generator at one step: the first number of the step's stream, 63 bits."""
    return int(stream(seed, step).integers(2**63))
