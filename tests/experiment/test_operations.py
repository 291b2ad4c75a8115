from typing import get_args

import pytest

from helpers.training import FORMS
from monosemanticity.experiment.operations import LOOKUP, cheaper_form, operations
from monosemanticity.experiment.spec import Precision, Task

PAPER = {"N": 512, "d": 64, "epsilon": 1 / 64}
PREVIEW = {"N": 256, "d": 64, "epsilon": 1 / 32, "batch_size": 512}


def test_the_dense_form_costs_its_products_forward_and_backward(tiny_spec):
    # x W1 and its gradient by W1; h W2 and its gradients by W2 and h; a product of a x b and b x c is 2abc operations.
    spec = tiny_spec(task="reprojector", N=5, d=2, k=3, batch_size=7, steps=11)
    assert operations(spec) == 11 * 2 * 7 * (2 * 2 * 3 + 3 * 3 * 2)


def test_the_gram_form_costs_its_small_products_and_its_lookups(tiny_spec):
    spec = tiny_spec(N=500, d=20, k=3, epsilon=0.01, batch_size=700, steps=11, form="gram")
    samples = 700 * (2 * 2 * 3 * 3 + LOOKUP * 2 * 4 * 5 * 3)  # h G and h^T h; rows for M, W2 t, h^T t and F^T de
    once = 2 * 500 * 20 * 3 * 2 + 2 * 500 * 3 * 3 * 2  # P W1 and P^T (F^T de); W2 W2^T and H W2
    assert operations(spec) == pytest.approx(11 * (samples + once))


def test_the_cheaper_form_is_the_one_of_fewer_operations(tiny_spec):
    for k in (10, 24, 100, 1000):
        spec = tiny_spec(k=k, N=100, d=10)
        cost = {form: operations(spec.model_copy(update={"form": form})) for form in FORMS}
        assert cheaper_form(spec) == min(cost, key=cost.get)


def test_the_cheaper_form_is_the_same_whichever_the_run_takes(tiny_spec):
    numbers = {"k": 16, "batch_size": 2**19} | PAPER
    assert [cheaper_form(tiny_spec(form=form, **numbers)) for form in FORMS] == ["gram", "gram"]


@pytest.mark.parametrize(
    ("numbers", "k", "chosen"),
    [
        *((PAPER, k, "gram") for k in (16, 32, 64, 128, 256, 512)),
        *((PAPER, k, "dense") for k in (1024, 2048)),
        *((PREVIEW, k, "gram") for k in (16, 64, 128)),
        *((PREVIEW, k, "dense") for k in (256, 512, 1024)),
    ],
)
def test_the_form_is_the_one_that_was_measured_to_be_faster(tiny_spec, numbers, k, chosen):
    assert cheaper_form(tiny_spec(**{"k": k, "batch_size": 2**23 // k} | numbers)) == chosen


@pytest.mark.parametrize("task", get_args(Task))
@pytest.mark.parametrize("precision", get_args(Precision))
def test_only_sparse_targets_in_float32_take_the_gram_form(tiny_spec, task, precision):
    spec = tiny_spec(task=task, precision=precision, k=16, batch_size=2**19, **PAPER)
    possible = task != "reprojector" and precision == "float32"
    assert cheaper_form(spec) == ("gram" if possible else "dense")


def test_many_features_in_a_sample_take_the_dense_form(tiny_spec):
    assert cheaper_form(tiny_spec(k=64, batch_size=2**17, **PAPER | {"epsilon": 0.5})) == "dense"
