"""The learning-rate schedule."""

import math

T_MAX = 512
PERIOD = 2 * T_MAX


def cosine_annealed(learning_rate: float, step: int) -> float:
    """The learning rate of a step, counted from 1: cosine annealing with T_max = 2^9 that is not stopped there.

    It starts at the base rate, reaches zero after T_max steps and is back at the base rate after 2 T_max, and so on for
    the whole run (Appendix A gives T_max; that the cosine is not stopped at T_max is the authors' code).
    """
    return learning_rate * (1 + math.cos(math.pi * (step - 1) / T_MAX)) / 2
