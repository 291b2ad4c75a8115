import contextlib
from collections.abc import Iterator

import pytest
import torch

from monosemanticity.results import environment
from monosemanticity.training import devices
from monosemanticity.training.products import FULL_PRECISION, KernelRoundedProducts, rounding


@pytest.fixture(autouse=True)
def _full_precision() -> Iterator[None]:
    yield
    torch.set_float32_matmul_precision("highest")


@pytest.mark.parametrize("precision", ["float32", "tf32"])
@pytest.mark.parametrize("vendor", ["GenuineIntel", "AuthenticAMD", ""])
def test_a_processor_multiplies_in_full_precision_unless_asked_for_less(monkeypatch, precision, vendor):
    monkeypatch.setattr(environment, "cpuinfo", lambda key: vendor)
    device = devices.processor(precision, threads=1)
    assert device.products.precision == "float32"
    assert rounding() < 1e-6


@pytest.mark.parametrize(
    ("vendor", "error", "kernel"),
    [
        ("GenuineIntel", 2e-7, "MKL"),
        ("AuthenticAMD", 2e-7, "oneDNN"),
        ("GenuineIntel", 3e-3, "MKL"),
        ("AuthenticAMD", 3e-3, "MKL"),
    ],
)
def test_onednn_multiplies_where_it_is_exact_and_the_processor_is_not_intels(monkeypatch, vendor, error, kernel):
    monkeypatch.setattr(environment, "cpuinfo", lambda key: vendor)
    monkeypatch.setattr(devices, "rounding", lambda: error)
    assert devices.processor("float32", threads=1).products.kernel == kernel
    assert torch.get_float32_matmul_precision() == ("highest" if kernel == "MKL" else "medium")


def test_bfloat16_products_round_their_operands_and_nothing_more():
    products = devices.processor("bfloat16", threads=1).products
    left, right = torch.randn(2, 200, 200, generator=torch.Generator().manual_seed(0))
    exact, found = left.double() @ right.double(), torch.empty(200, 200)
    products.multiply(products.operand(left), products.operand(right), out=found)
    relative = torch.linalg.vector_norm(found - exact) / torch.linalg.vector_norm(exact)
    assert 1e-3 < relative < 5e-3
    total = torch.ones(200, 200)
    products.add_product(total, products.operand(left), products.operand(right), scale=0.5)
    torch.testing.assert_close(total, 1 + 0.5 * found)
    assert products.precision == "bfloat16"


def tiled_bfloat16(monkeypatch):
    monkeypatch.setattr(devices, "rounding", lambda: 100 * FULL_PRECISION)
    return devices.processor("bfloat16", threads=1).products


@pytest.mark.parametrize(
    ("products_of", "precision", "setting"),
    [
        (tiled_bfloat16, "bfloat16", "medium"),
        (lambda monkeypatch: devices.CARD_PRODUCTS["tf32"](), "tf32", "high"),
    ],
)
@pytest.mark.parametrize("fails", [False, True])
def test_what_the_kernel_rounds_are_the_products_of_training_alone(monkeypatch, products_of, precision, setting, fails):
    products = products_of(monkeypatch)
    assert (type(products), products.precision) == (KernelRoundedProducts, precision)
    settings = [torch.get_float32_matmul_precision()]
    matrix = torch.ones(2, 2)

    def note(*given, **named):
        settings.append(torch.get_float32_matmul_precision())
        if fails:
            raise RuntimeError

    monkeypatch.setattr(torch, "mm", note)
    with contextlib.suppress(RuntimeError):
        products.multiply(matrix, matrix, out=torch.empty(2, 2))
    settings.append(torch.get_float32_matmul_precision())
    assert settings == ["highest", setting, "highest"]


def test_rounded_products_are_those_of_matrices(monkeypatch):
    products, matrix = tiled_bfloat16(monkeypatch), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    found = torch.empty(2, 2)
    products.multiply(products.operand(matrix), products.operand(matrix), out=found)
    products.add_product(found, matrix, matrix, scale=0.5)
    assert found.tolist() == [[10.5, 15.0], [22.5, 33.0]]
    assert torch.get_float32_matmul_precision() == "highest"


def test_a_device_says_what_it_computes_with():
    said = devices.processor("float32", threads=1).description()
    assert (said["precision"], said["threads"]) == ("float32", 1)
    assert said["products"] in ("MKL", "oneDNN")
    assert set(said["versions"]) >= {"python", "torch", "numpy", "numba"}
