"""Arrays as a block of a page: a safetensors file, compressed, as text."""

import base64
import gzip
from collections.abc import Mapping

import numpy as np
import safetensors.numpy

Arrays = dict[str, np.ndarray]


def block(arrays: Mapping[str, np.ndarray]) -> str:
    """What a script element of the page holds; equal arrays give equal text."""
    whole = safetensors.numpy.save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    return base64.b64encode(gzip.compress(whole, mtime=0)).decode("ascii")
