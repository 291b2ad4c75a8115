import math

import numpy as np
import pandas as pd
import pytest

from monosemanticity.tables import loss_fall

MEASURES = pd.DataFrame({"step": [1, 2, 4, 8], "mean_bias": [-1.0, -0.9, -0.5, 0.0]})


def trace(*loss: float) -> pd.DataFrame:
    return pd.DataFrame({"step": 2 ** np.arange(len(loss)), "loss": loss})


def test_a_loss_has_half_fallen_where_it_is_first_halfway_from_its_initial_to_its_final_value():
    assert loss_fall.of_run(trace(4.0, 3.5, 2.0, 0.0), MEASURES) == pytest.approx((4, -0.5))
    assert loss_fall.of_run(trace(4.0, 1.0, 3.0, 0.0), MEASURES) == pytest.approx((2, -0.9))


def test_the_mean_bias_there_is_on_a_line_over_the_logarithm_of_the_step():
    measured = MEASURES.iloc[[0, 3]]
    assert loss_fall.of_run(trace(4.0, 4.0, 2.0, 0.0), measured) == pytest.approx((4, -1 / 3))


def test_a_loss_that_ends_no_lower_does_not_fall():
    assert all(math.isnan(each) for each in loss_fall.of_run(trace(4.0, 1.0, 4.0), MEASURES))
