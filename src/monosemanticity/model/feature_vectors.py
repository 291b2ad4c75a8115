"""A slice of a batch of feature vectors, a sample a row of F: as its nonzero cells, or as the whole matrix.

The processor works on the cells; a graphics card, whose shapes must not change from step to step, on the matrix.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from jaxtyping import Float, Int, UInt32
from torch import Tensor

from monosemanticity.model import sparse_loops


class Samples(ABC):
    """F, rows x N."""

    rows: int

    @abstractmethod
    def magnitudes(self) -> Self:
        """|F|."""

    @abstractmethod
    def square_sum(self) -> Float[Tensor, ""]:
        """The squares of all entries, summed."""

    @abstractmethod
    def add_rows(self, out: Float[Tensor, "rows wide"], table: Float[Tensor, "N columns"]) -> None:
        """Add F table to the first columns of out: each sample's features, looked up and summed."""

    @abstractmethod
    def collect_rows(self, out: Float[Tensor, "N columns"], matrix: Float[Tensor, "rows columns"]) -> None:
        """Out += F^T matrix: what the samples have, summed by feature."""

    @abstractmethod
    def subtract_from(self, out: Float[Tensor, "rows N"]) -> None:
        """Out -= F."""


@dataclass(frozen=True)
class SparseSamples(Samples):
    """Feature by feature: in how many samples it is present, in which, and its value in each."""

    rows: int
    counts: Int[np.ndarray, " N"]
    row: UInt32[np.ndarray, " nnz"]
    value: Float[np.ndarray, " nnz"]

    def magnitudes(self) -> Self:
        return replace(self, value=np.abs(self.value))

    def square_sum(self) -> Float[Tensor, ""]:
        return torch.tensor(np.dot(self.value, self.value))

    def add_rows(self, out: Float[Tensor, "rows wide"], table: Float[Tensor, "N columns"]) -> None:
        sparse_loops.add_rows(out.numpy(), self.counts, self.row, self.value, table.numpy())

    def collect_rows(self, out: Float[Tensor, "N columns"], matrix: Float[Tensor, "rows columns"]) -> None:
        sparse_loops.collect_rows(out.numpy(), self.counts, self.row, self.value, matrix.numpy())

    def subtract_from(self, out: Float[Tensor, "rows N"]) -> None:
        sparse_loops.subtract_cells(out.numpy(), self.counts, self.row, self.value)


@dataclass(frozen=True)
class DenseSamples(Samples):
    """Every entry, most of them zero."""

    F: Float[Tensor, "rows N"]

    @property
    def rows(self) -> int:
        return len(self.F)

    def magnitudes(self) -> Self:
        return type(self)(self.F.abs())

    def square_sum(self) -> Float[Tensor, ""]:
        return self.F.square().sum()

    def add_rows(self, out: Float[Tensor, "rows wide"], table: Float[Tensor, "N columns"]) -> None:
        out[:, : table.shape[1]].addmm_(self.F, table)

    def collect_rows(self, out: Float[Tensor, "N columns"], matrix: Float[Tensor, "rows columns"]) -> None:
        out.addmm_(self.F.T, matrix)

    def subtract_from(self, out: Float[Tensor, "rows N"]) -> None:
        out.sub_(self.F)
