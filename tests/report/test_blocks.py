import base64
import gzip

import numpy as np
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from monosemanticity.report.blocks import block

ANY = st.dictionaries(
    st.text("abc.", min_size=1, max_size=5),
    st.sampled_from([np.float16, np.float32, np.uint16, np.uint8]).flatmap(
        lambda kind: arrays.arrays(kind, arrays.array_shapes(max_dims=2, max_side=4))
    ),
    max_size=4,
)


def arrays_of(text: str) -> dict[str, np.ndarray]:
    """The arrays of a block, as the page reads them."""
    return safetensors.numpy.load(gzip.decompress(base64.b64decode(text)))


@given(ANY)
def test_what_is_read_from_a_block_is_what_was_written(given_arrays):
    read = arrays_of(block(given_arrays))
    assert read.keys() == given_arrays.keys()
    for name, array in given_arrays.items():
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)


def test_arrays_that_are_views_are_written_as_they_are_seen():
    whole = np.arange(12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_array_equal(arrays_of(block({"turned": whole.T}))["turned"], whole.T)


def test_equal_arrays_give_equal_text():
    assert block({"W": np.ones(3, np.float16)}) == block({"W": np.ones(3, np.float16)})
