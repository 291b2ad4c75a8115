from collections.abc import Iterator

import pytest
import torch
from torch import Tensor
from torch.optim.lr_scheduler import CosineAnnealingLR

from monosemanticity.model.parameters import Parameters
from monosemanticity.training.lamb import LARGEST_WEIGHT_NORM, CompiledLamb, Lamb
from monosemanticity.training.schedule import cosine_annealed


def parameters_and_gradients(scale: float) -> tuple[Parameters, Iterator[Parameters]]:
    generator = torch.Generator().manual_seed(0)
    parameters = Parameters(d=6, k=10, n_outputs=24, device=torch.device("cpu"))
    parameters.flat.normal_(generator=generator).mul_(scale)

    def gradients() -> Iterator[Parameters]:
        while True:
            gradient = parameters.zeros_like()
            gradient.flat.normal_(generator=generator)
            yield gradient

    return parameters, gradients()


both = pytest.mark.parametrize("optimiser", [Lamb, CompiledLamb])


def first_update(g: Tensor) -> Tensor:
    """m / (sqrt(v) + eps) after one gradient."""
    return 0.1 * g / ((0.001 * g**2).sqrt() + 1e-6)


# pytorch_optimizer's Lamb, set to what the protocol says. By default it divides the step by 1 - beta1^t, a bias
# correction of the first moment; adam_debias=True, despite its name, leaves the step as it is. pre_norm=False leaves
# gradients as they are. Norms of weights are clamped at 10 by its class. One difference has no option: it divides by
# ||u|| + eps, the protocol by ||u||. With ||u|| >= 1, as here, that is a part in a million.
@both
@pytest.mark.parametrize("scale", [0.1, 1, 30], ids=["small", "W2 above the cap", "all above the cap"])
def test_it_moves_weights_as_a_third_party_lamb_does(scale, optimiser):
    ours, gradients = parameters_and_gradients(scale)
    theirs = [tensor.clone().requires_grad_() for tensor in ours.tensors()]
    moving = optimiser(ours)
    from pytorch_optimizer import Lamb as ThirdPartyLamb  # its import takes a second

    third_party = ThirdPartyLamb(
        theirs, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.0, pre_norm=False, adam_debias=True
    )
    assert third_party.clamp == LARGEST_WEIGHT_NORM
    for step in range(1, 41):
        gradient, learning_rate = next(gradients), 0.1 / step
        for weight, change in zip(theirs, gradient.tensors(), strict=True):
            weight.grad = change.clone()
        moving.step(gradient, learning_rate)
        third_party.param_groups[0]["lr"] = learning_rate
        third_party.step()
        for mine, other in zip(ours.tensors(), theirs, strict=True):
            torch.testing.assert_close(mine, other.detach(), rtol=1e-5, atol=1e-5 * scale)


@both
@pytest.mark.parametrize(("norm", "counted"), [(9.0, 9.0), (10.0, 10.0), (1000.0, 10.0)])
def test_a_step_is_as_long_as_the_learning_rate_times_the_capped_norm(norm, counted, optimiser):
    parameters, gradients = parameters_and_gradients(scale=1)
    parameters.W1.mul_(norm / torch.linalg.vector_norm(parameters.W1))
    before = parameters.W1.clone()
    optimiser(parameters).step(next(gradients), learning_rate=0.5)
    moved = torch.linalg.vector_norm(parameters.W1 - before)
    torch.testing.assert_close(float(moved), 0.5 * counted, rtol=1e-4, atol=0)


@both
def test_each_tensor_has_a_trust_ratio_of_its_own(optimiser):
    parameters, gradients = parameters_and_gradients(scale=1)
    for tensor, norm in zip(parameters.tensors(), (1, 2, 4), strict=True):
        tensor.mul_(norm / torch.linalg.vector_norm(tensor))
    before = [tensor.clone() for tensor in parameters.tensors()]
    optimiser(parameters).step(next(gradients), learning_rate=0.1)
    moved = [torch.linalg.vector_norm(new - old) for new, old in zip(parameters.tensors(), before, strict=True)]
    torch.testing.assert_close(torch.stack(moved), torch.tensor([0.1, 0.2, 0.4]), rtol=1e-4, atol=0)


@both
def test_a_tensor_of_zeros_moves_with_a_trust_ratio_of_one(optimiser):
    parameters, gradients = parameters_and_gradients(scale=1)
    parameters.W2.zero_()
    gradient = next(gradients)
    expected = -0.1 * first_update(gradient.W2)
    optimiser(parameters).step(gradient, learning_rate=0.1)
    torch.testing.assert_close(parameters.W2, expected)


@both
def test_a_tensor_without_a_gradient_stays_where_it_is(optimiser):
    parameters, gradients = parameters_and_gradients(scale=1)
    before = [tensor.clone() for tensor in parameters.tensors()]
    gradient = next(gradients)
    gradient.b.zero_()
    optimiser(parameters).step(gradient, learning_rate=0.1)
    unmoved = [torch.equal(new, old) for new, old in zip(parameters.tensors(), before, strict=True)]
    assert unmoved == [False, True, False]
    assert parameters.flat.isfinite().all()


@both
def test_the_first_step_has_no_bias_correction(optimiser):
    # The length of a step hides the correction, but for entries whose gradient is of the size of eps.
    parameters, _ = parameters_and_gradients(scale=1)
    before, gradient = parameters.W1.clone(), parameters.zeros_like()
    gradient.W1.copy_(torch.logspace(-6, -3, 60).view(6, 10))
    u = first_update(gradient.W1)
    optimiser(parameters).step(gradient, learning_rate=0.1)
    ratio = torch.linalg.vector_norm(before) / torch.linalg.vector_norm(u)
    torch.testing.assert_close(parameters.W1 - before, -0.1 * ratio * u, rtol=1e-4, atol=1e-6)


def test_the_learning_rate_is_cosine_annealed_without_a_stop():
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.003)
    schedule = CosineAnnealingLR(optimiser, T_max=512, eta_min=0)
    for step in range(1, 2600):
        assert cosine_annealed(0.003, step) == pytest.approx(schedule.get_last_lr()[0], rel=1e-6, abs=1e-12)
        optimiser.step()
        schedule.step()


@pytest.mark.parametrize(
    ("step", "share"), [(1, 1), (257, 0.5), (513, 0), (769, 0.5), (1025, 1), (2**20 + 1, 1), (2**20 + 513, 0)]
)
def test_the_learning_rate_reaches_zero_after_512_steps_and_the_base_rate_after_1024(step, share):
    assert cosine_annealed(0.1, step) == pytest.approx(0.1 * share, abs=1e-9)
