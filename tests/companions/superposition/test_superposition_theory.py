import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monosemanticity.companions.superposition import samples, theory


@given(active=st.floats(0.05, 1), task=st.sampled_from(["identity", "absolute"]))
def test_the_constant_loss_is_the_variance_of_the_size_of_a_feature(small_spec, active, task):
    x = np.abs(samples.draw(small_spec(active=active, task=task), np.random.default_rng(0), 20000))
    assert theory.constant_loss(active) == pytest.approx(x.var(), rel=0.1)


def test_the_absolute_value_takes_two_neurons_a_feature_and_the_identity_one(small_spec):
    # importances 1, .8, .64, .512, .4096; variance at 1 - S = 1: 1/12
    assert theory.naive_loss(small_spec(active=1, m=4)) == pytest.approx((0.64 + 0.512 + 0.4096) / 12)
    assert theory.naive_loss(small_spec(active=1, m=5)) == theory.naive_loss(small_spec(active=1, m=4))
    assert theory.naive_loss(small_spec(active=1, m=4, task="identity")) == pytest.approx(0.4096 / 12)
    assert theory.naive_loss(small_spec(active=1, m=10)) == 0
