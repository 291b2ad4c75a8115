"""What a step asks of its samples, of both kinds, against the whole matrix."""

import numpy as np
import pytest
import torch
from torch import Tensor

from helpers.training import dense
from monosemanticity.model.feature_vectors import DenseSamples, Samples
from monosemanticity.model.sampling import SparseSampler
from monosemanticity.training.randomness import stream

ROWS, N = 17, 12


@pytest.fixture(params=["sparse", "dense"])
def samples(request: pytest.FixtureRequest) -> Samples:
    drawn = SparseSampler(np.linspace(0.05, 1, N), torch.device("cpu")).differences(stream(0, 1), ROWS)
    return drawn if request.param == "sparse" else DenseSamples(dense([drawn]).float())


def some(rows: int, columns: int) -> Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(rows))


@pytest.mark.parametrize("columns", [1, 5, 16, 33])
def test_rows_of_a_table_are_added_by_sample(samples, columns):
    table, out = some(N, columns), some(ROWS, columns)
    expected = out + dense([samples]) @ table.double()
    samples.add_rows(out, table)
    torch.testing.assert_close(out.double(), expected, rtol=1e-5, atol=1e-6)


def test_rows_are_added_to_the_first_columns(samples):
    table, out = some(N, 5), torch.ones(ROWS, 7)
    samples.add_rows(out, table)
    torch.testing.assert_close(out[:, :5].double(), 1 + dense([samples]) @ table.double(), rtol=1e-5, atol=1e-6)
    assert (out[:, 5:] == 1).all()


@pytest.mark.parametrize("columns", [1, 5, 16, 33])
def test_rows_of_samples_are_collected_by_feature(samples, columns):
    matrix, out = some(ROWS, columns), some(N, columns)
    expected = out + dense([samples]).T @ matrix.double()
    samples.collect_rows(out, matrix)
    torch.testing.assert_close(out.double(), expected, rtol=1e-5, atol=1e-6)


def test_samples_are_subtracted(samples):
    out = some(ROWS, N)
    expected = out - dense([samples])
    samples.subtract_from(out)
    torch.testing.assert_close(out.double(), expected, rtol=1e-6, atol=1e-7)


def test_squares_are_summed(samples):
    torch.testing.assert_close(samples.square_sum().double(), dense([samples]).square().sum(), rtol=1e-6, atol=0)


def test_magnitudes_are_other_samples(samples):
    before = dense([samples])
    assert torch.equal(dense([samples.magnitudes()]), before.abs())
    assert torch.equal(dense([samples]), before)
    assert before.min() < 0
