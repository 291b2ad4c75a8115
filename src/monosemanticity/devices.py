"""What a run computes with: threads, precision, and how its record names them."""

import platform
from importlib.metadata import version
from pathlib import Path

import torch

RECORDED_PACKAGES = ("monosemanticity", "torch", "numpy", "scipy", "safetensors", "pyarrow")


def prepare(threads: int) -> None:
    """Full float32 products on so many threads; numbers below the normal range count as zero."""
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision("highest")
    torch.set_flush_denormal(True)  # the moments of dead neurons decay for ever, and denormals are slow


def description() -> dict[str, object]:
    """The device, precision, threads and versions in use, for run.json."""
    return {
        "device": _processor(),
        "instruction_set": torch.backends.cpu.get_cpu_capability(),
        "precision": "float32",
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in RECORDED_PACKAGES},
    }


def _processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
