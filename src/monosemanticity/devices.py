"""What a run computes with: a processor or a graphics card, its precision, and how the run's record names them."""

import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch

from monosemanticity.lamb import CompiledLamb, Lamb
from monosemanticity.products import FULL_PRECISION, Bfloat16Products, Products, RoundedProducts, rounding
from monosemanticity.samplers import DenseSampler, SparseSampler
from monosemanticity.spec import Precision

RECORDED_PACKAGES = ("monosemanticity", "torch", "numpy", "numba", "safetensors", "pyarrow")


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
        """The device, precision, threads and versions in use, for run.json."""
        return {
            "device": self.name,
            "instruction_set": torch.backends.cpu.get_cpu_capability(),
            "precision": self.products.precision,
            "products": self.products.kernel,
            "threads": torch.get_num_threads(),
            "versions": {"python": platform.python_version()}
            | {package: version(package) for package in RECORDED_PACKAGES},
        }


def processor(precision: Precision, threads: int) -> Device:
    """The processor, with so many threads; numbers below the normal range count as zero."""
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)  # the moments of dead neurons decay for ever, and denormals are slow
    name = _cpuinfo("model name") or platform.processor() or platform.machine()
    return Device(name, torch.device("cpu"), _of_the_processor(precision), SparseSampler, CompiledLamb, 2**19)


def graphics_card(precision: Precision) -> Device:
    """The first graphics card that this process sees."""
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    products = Bfloat16Products(precision, "cuBLAS") if precision == "bfloat16" else Products(precision, "cuBLAS")
    return Device(torch.cuda.get_device_name(), torch.device("cuda"), products, DenseSampler, Lamb, 2**25)


def _of_the_processor(precision: Precision) -> Products:
    """The fastest products of at least this precision; which one is a matter of the processor alone.

    "medium" lets oneDNN round operands to bfloat16, which it does where the processor multiplies those in tiles (AMX).
    Elsewhere its products are exact, and on processors that are not Intel's over twice as fast as MKL's.
    """
    torch.set_float32_matmul_precision("medium")
    exact = rounding() < FULL_PRECISION
    if precision == "bfloat16":
        if not exact:
            return Products(precision, "oneDNN")
        multiplies_bfloat16 = "avx512_bf16" in _cpuinfo("flags")
        return (Bfloat16Products if multiplies_bfloat16 else RoundedProducts)(precision, "oneDNN")
    if exact and _cpuinfo("vendor_id") != "GenuineIntel":
        return Products("float32", "oneDNN")
    torch.set_float32_matmul_precision("highest")
    return Products("float32", "MKL")


def _cpuinfo(key: str) -> str:
    """What the system tells about the processor; nothing where it tells nothing."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")
