"""What a run computes with: a processor or a graphics card, its precision, and how the run's record names them."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from monosemanticity.experiment.spec import Precision
from monosemanticity.model.sampling import DenseSampler, SparseSampler
from monosemanticity.results import environment
from monosemanticity.training.lamb import CompiledLamb, Lamb
from monosemanticity.training.products import (
    FULL_PRECISION,
    Bfloat16Products,
    KernelRoundedProducts,
    Products,
    RoundedProducts,
    rounding,
)


@dataclass(frozen=True)
class Device:
    """Where tensors lie, and the parts of a step that suit it."""

    name: str
    torch: torch.device
    products: Products
    sampler: type[SparseSampler] | type[DenseSampler]
    optimiser: type[Lamb]
    slice_floats: int
    """Activations in one slice of a batch: on a processor what its cache holds."""

    def description(self) -> dict[str, object]:
        """The device, precision, threads and versions in use, for the record of a run."""
        return {
            "device": self.name,
            "instruction_set": torch.backends.cpu.get_cpu_capability(),
            "precision": self.products.precision,
            "products": self.products.kernel,
            "threads": torch.get_num_threads(),
            "versions": environment.versions("torch", "numpy", "numba", "safetensors", "pyarrow"),
        }


def processor(precision: Precision, threads: int) -> Device:
    """The processor, with so many threads; numbers below the normal range count as zero."""
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)  # the moments of dead neurons decay for ever, and denormals are slow
    name = environment.processor_name()
    return Device(name, torch.device("cpu"), PROCESSOR_PRODUCTS[precision](), SparseSampler, CompiledLamb, 2**19)


def graphics_card(precision: Precision) -> Device:
    """The first graphics card that this process sees."""
    products = CARD_PRODUCTS[precision]()
    return Device(torch.cuda.get_device_name(), torch.device("cuda"), products, DenseSampler, Lamb, 2**25)


def exact_products() -> Products:
    """The fastest exact products: oneDNN's on processors that are not Intel's, where they outdo MKL's twice over."""
    if _onednn_is_exact() and environment.cpuinfo("vendor_id") != "GenuineIntel":
        return Products("float32", "oneDNN")
    torch.set_float32_matmul_precision("highest")
    return Products("float32", "MKL")


def _processor_bfloat16() -> Products:
    if not _onednn_is_exact():
        torch.set_float32_matmul_precision("highest")
        return KernelRoundedProducts("bfloat16", "oneDNN", setting="medium")
    multiplies_bfloat16 = "avx512_bf16" in environment.cpuinfo("flags")
    return (Bfloat16Products if multiplies_bfloat16 else RoundedProducts)("bfloat16", "oneDNN")


def _onednn_is_exact() -> bool:
    """Whether oneDNN, now chosen for this process, leaves the operands of its products as they are.

    "medium" lets it round them to bfloat16, which it does where the processor multiplies those in tiles (AMX).
    """
    torch.set_float32_matmul_precision("medium")
    return rounding() < FULL_PRECISION


PROCESSOR_PRODUCTS: dict[Precision, Callable[[], Products]] = {
    "float32": exact_products,
    "tf32": exact_products,
    "bfloat16": _processor_bfloat16,
}
"""The fastest products of at least the precision asked for; which ones is a matter of the processor alone."""


def _card_float32() -> Products:
    torch.set_float32_matmul_precision("highest")
    return Products("float32", "cuBLAS")


def _card_tf32() -> Products:
    torch.set_float32_matmul_precision("highest")
    return KernelRoundedProducts("tf32", "cuBLAS", setting="high")


def _card_bfloat16() -> Products:
    torch.set_float32_matmul_precision("highest")
    return Bfloat16Products("bfloat16", "cuBLAS")


CARD_PRODUCTS: dict[Precision, Callable[[], Products]] = {
    "float32": _card_float32,
    "tf32": _card_tf32,
    "bfloat16": _card_bfloat16,
}
