import itertools

import numpy as np
import pytest

from monosemanticity.training.randomness import INITIALISATION, stream


@pytest.mark.parametrize(("seed", "step"), [(0, 0), (3, 7), (2**63 - 1, 2**20)])
def test_a_stream_is_a_function_of_seed_and_step(seed, step):
    assert np.array_equal(stream(seed, step).random(100), stream(seed, step).random(100))


def test_streams_of_other_seeds_and_steps_share_no_number():
    keys = list(itertools.product(range(5), range(5)))
    drawn = {number for seed, step in keys for number in stream(seed, step).random(100)}
    assert len(drawn) == 100 * len(keys)


def test_initial_weights_have_a_stream_that_no_training_step_has():
    assert INITIALISATION < 1


def test_a_stream_is_the_philox_generator_keyed_by_seed_and_step():
    expected = np.random.Generator(np.random.Philox(key=5 + (9 << 64)))
    assert np.array_equal(stream(5, 9).random(10), expected.random(10))
