"""Matrix products in the precision of a run, by the fastest kernel of the device that keeps it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from monosemanticity.experiment.spec import Precision

Kernel = Literal["MKL", "oneDNN", "cuBLAS"]

FULL_PRECISION = 1e-5
"""Relative error below which a product rounded nothing to less than float32; bfloat16 gives about 3e-3."""


class Products:
    """Products of float32 matrices in full precision."""

    def __init__(self, precision: Precision, kernel: Kernel) -> None:
        self.precision, self.kernel = precision, kernel

    def operand(self, matrix: Float[Tensor, "rows columns"]) -> Tensor:
        """The matrix as products take it."""
        return matrix

    def multiply(self, left: Tensor, right: Tensor, out: Float[Tensor, "rows columns"]) -> None:
        """Out = left right."""
        torch.mm(left, right, out=out)

    def add_product(self, out: Float[Tensor, "rows columns"], left: Tensor, right: Tensor, scale: float) -> None:
        """Out += scale left right."""
        out.addmm_(left, right, alpha=scale)


class KernelRoundedProducts(Products):
    """Products of float32 matrices that the kernel itself rounds: to TensorFloat-32, or to bfloat16 in tiles (AMX).

    PyTorch's setting for it is one of the whole process, so that it stands only while these are computed.
    """

    def __init__(self, precision: Precision, kernel: Kernel, setting: Literal["high", "medium"]) -> None:
        super().__init__(precision, kernel)
        self._setting = setting

    def multiply(self, left: Tensor, right: Tensor, out: Float[Tensor, "rows columns"]) -> None:
        with self._rounding():
            super().multiply(left, right, out)

    def add_product(self, out: Float[Tensor, "rows columns"], left: Tensor, right: Tensor, scale: float) -> None:
        with self._rounding():
            super().add_product(out, left, right, scale)

    @contextmanager
    def _rounding(self) -> Iterator[None]:
        before = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision(self._setting)
        try:
            yield
        finally:
            torch.set_float32_matmul_precision(before)


class RoundedProducts(Products):
    """Products of matrices that are rounded to bfloat16 first, and multiplied in float32."""

    def operand(self, matrix: Float[Tensor, "rows columns"]) -> Tensor:
        return matrix.bfloat16().float()


class Bfloat16Products(Products):
    """Products of bfloat16 matrices, on hardware that multiplies them; what comes out is float32 again."""

    def operand(self, matrix: Float[Tensor, "rows columns"]) -> Tensor:
        return matrix.bfloat16()

    def multiply(self, left: Tensor, right: Tensor, out: Float[Tensor, "rows columns"]) -> None:
        out.copy_(self._product(left, right))

    def add_product(self, out: Float[Tensor, "rows columns"], left: Tensor, right: Tensor, scale: float) -> None:
        out.add_(self._product(left, right), alpha=scale)

    @staticmethod
    def _product(left: Tensor, right: Tensor) -> Tensor:
        # Only CUDA gives out the float32 sums; the processor's kernels round their results once more.
        return torch.mm(left, right, out_dtype=torch.float32) if left.is_cuda else torch.mm(left, right)


def rounding() -> float:
    """The relative error of a product as this process is set to compute it."""
    left, right = torch.randn(2, 256, 256, generator=torch.Generator().manual_seed(0))
    exact = left.double() @ right.double()
    return float(torch.linalg.vector_norm(left @ right - exact) / torch.linalg.vector_norm(exact))
