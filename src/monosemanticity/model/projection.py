"""Where each feature is embedded (section 2.1)."""

import numpy as np
from jaxtyping import Float


def projection(random: np.random.Generator, N: int, d: int) -> Float[np.ndarray, "N d"]:
    """A random linear map from features to d dimensions: row j is the unit-norm embedding of feature j.

    The left singular vectors of a normal matrix, each row scaled to unit length (protocol of the authors' code).
    """
    U, _, _ = np.linalg.svd(random.standard_normal((N, d)), full_matrices=False)
    return U / np.linalg.norm(U, axis=1, keepdims=True)
