"""What is read off kept models: polysemantic neurons, collisions, sparsity and which neuron won.

A model is W [n m]: row i, the encoding of feature i, holds its weights to the m neurons.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Num

from monosemanticity.companions.incidental.represented import represented
from monosemanticity.experiment.incidental import IncidentalSpec

DROPPED_OUT = 0.5
"""A feature's output for itself, ReLU(|W_i|^2), is then nearer to 0 than to 1."""

Weights = Float[np.ndarray, "instances n m"]
OfInstances = Num[np.ndarray, " instances"]


class Kept(NamedTuple):
    """The kept models of a run at a step, and at step 0."""

    W: Weights
    start: Weights
    copied_from: Int[np.ndarray, "instances m"] | None
    """The neuron that each neuron was copied from, itself where it was not; None of runs without a split."""


class Measure(NamedTuple):
    """A number of an instance."""

    unit: str
    of: Callable[[Kept], OfInstances]


def dropped_out(W: Weights) -> Bool[np.ndarray, "instances n"]:
    """Features whose output is nearer to 0 than to 1 when they are the input."""
    return (W**2).sum(axis=2) < DROPPED_OUT


def winners(W: Weights) -> Int[np.ndarray, "instances n"]:
    """The neuron of each feature's largest weight."""
    return np.abs(W).argmax(axis=2)


def polysemantic_neurons(kept: Kept) -> OfInstances:
    """Neurons that represent two features or more."""
    return (represented(kept.W).sum(axis=1) >= 2).sum(axis=1)


def mono_features(kept: Kept) -> OfInstances:
    """Features that a neuron represents and no other feature."""
    by = represented(kept.W)
    return (by & (by.sum(axis=1) == 1)[:, None]).any(axis=2).sum(axis=1)


def dropped_features(kept: Kept) -> OfInstances:
    """Features that dropped out."""
    return dropped_out(kept.W).sum(axis=1)


def benign_collisions(kept: Kept) -> OfInstances:
    """Pairs of features whose largest weights stand at one neuron with opposite signs; three features are three pairs.

    Section "Benign and malign collisions" and note 5; of features that have not dropped out.
    """
    positive, negative = _largest_weights(kept.W)
    return (positive * negative).sum(axis=1)


def malign_collisions(kept: Kept) -> OfInstances:
    """Pairs as those of benign collisions, whose weights have the same sign."""
    return sum((count * (count - 1) / 2).sum(axis=1) for count in _largest_weights(kept.W))


def _largest_weights(W: Weights) -> Int[np.ndarray, "sign instances m"]:
    """How many features have their largest weight at each neuron, positive and negative."""
    largest = (np.arange(W.shape[2]) == winners(W)[..., None]) & ~dropped_out(W)[..., None]
    return np.stack([(largest & (W > 0)).sum(axis=1), (largest & (W < 0)).sum(axis=1)])


def nonzero_entries(kept: Kept) -> OfInstances:
    """Weights of a feature that are not 0, m', mean over features."""
    return (kept.W != 0).sum(axis=2).mean(axis=1)


def l1_norm(kept: Kept) -> OfInstances:
    """Sum of the sizes of a feature's weights, mean over features."""
    return np.abs(kept.W).sum(axis=2).mean(axis=1)


def fourth_norm(kept: Kept) -> OfInstances:
    """Sum over k of W_ik^4, mean over features: 1 where a feature has one neuron, about 3/m at random."""
    return (kept.W**4).sum(axis=2).mean(axis=1)


def winner_ranks(W: Weights, start: Weights) -> Float[np.ndarray, "instances n"]:
    """The rank of a feature's winning neuron among its starting weights, 1 the largest; NaN where it dropped out."""
    sizes = np.abs(start)
    of_winner = np.take_along_axis(sizes, winners(W)[..., None], axis=2)
    return np.where(dropped_out(W), np.nan, 1 + (sizes > of_winner).sum(axis=2))


def median_winner_rank(kept: Kept) -> OfInstances:
    """Of the features that have not dropped out."""
    return _over_those_there(np.nanmedian, winner_ranks(kept.W, kept.start))


def largest_won(kept: Kept) -> OfInstances:
    """Share of the features that have not dropped out whose largest weight is where it was at the start."""
    ranks = winner_ranks(kept.W, kept.start)
    return _over_those_there(np.nanmean, np.where(np.isnan(ranks), np.nan, ranks == 1))


def _over_those_there(number: Callable, values: Float[np.ndarray, "instances some"]) -> OfInstances:
    """A number of each instance's values that are not NaN; NaN where all are."""
    some = ~np.isnan(values).all(axis=1)
    numbers = np.full(len(values), np.nan)
    if some.any():
        numbers[some] = number(values[some], axis=1)
    return numbers


def cosines(W: Weights) -> Float[np.ndarray, "instances pairs"]:
    """Of the angles between the encodings of every two features; NaN where one is 0."""
    lengths = np.linalg.norm(W, axis=2, keepdims=True)
    directions = W / np.where(lengths > 0, lengths, np.nan)
    one, other = np.triu_indices(W.shape[1], k=1)
    return (directions @ directions.swapaxes(1, 2))[:, one, other]


def mean_cosine(kept: Kept) -> OfInstances:
    """Over pairs of features; NaN where there are none."""
    return _over_those_there(np.nanmean, cosines(kept.W))


def largest_cosine(kept: Kept) -> OfInstances:
    """Of all pairs of features; NaN where there are none."""
    return _over_those_there(np.nanmax, cosines(kept.W))


def negative_cosines(kept: Kept) -> OfInstances:
    """Share of the pairs of features whose encodings form an angle above 90 degrees."""
    of_pairs = cosines(kept.W)
    return _over_those_there(np.nanmean, np.where(np.isnan(of_pairs), np.nan, of_pairs < 0))


def split_neurons(kept: Kept) -> OfInstances:
    """Polysemantic neurons that were split in two; NaN of runs without a split."""
    if kept.copied_from is None:
        return np.full(len(kept.W), np.nan)
    return _copies(kept.copied_from).sum(axis=1)


def separated_pairs(kept: Kept) -> OfInstances:
    """Split neurons of which both copies represent one feature, each its own; NaN of runs without a split."""
    if kept.copied_from is None:
        return np.full(len(kept.W), np.nan)
    by = represented(kept.W)
    of_originals = np.take_along_axis(by, kept.copied_from[:, None], axis=2)
    one_each = (by.sum(axis=1) == 1) & (of_originals.sum(axis=1) == 1) & ~(by & of_originals).any(axis=1)
    return (one_each & _copies(kept.copied_from)).sum(axis=1)


def _copies(copied_from: Int[np.ndarray, "instances m"]) -> Bool[np.ndarray, "instances m"]:
    return copied_from != np.arange(copied_from.shape[1])


OF_AN_INSTANCE = {
    "polysemantic_neurons": Measure("1, neurons with two features of 0.8 <= |w| <= 1.2 or more", polysemantic_neurons),
    "mono_features": Measure("1, features with a neuron of their own", mono_features),
    "dropped_features": Measure("1, features with |W_i|^2 < 0.5", dropped_features),
    "benign_collisions": Measure("1, pairs with largest weights at one neuron, opposite signs", benign_collisions),
    "malign_collisions": Measure("1, pairs with largest weights at one neuron, same sign", malign_collisions),
    "nonzero_entries": Measure("1, weights of a feature that are not 0, mean over features", nonzero_entries),
    "l1_norm": Measure("1, sum of the sizes of a feature's weights, mean over features", l1_norm),
    "fourth_norm": Measure("1, sum of the fourth powers of a feature's weights, mean over features", fourth_norm),
    "median_winner_rank": Measure("1, of the winning neuron among the starting weights' sizes", median_winner_rank),
    "largest_won": Measure("1, share of features whose initially largest weight is the largest", largest_won),
    "mean_cosine": Measure("1, between encodings, mean over pairs of features", mean_cosine),
    "largest_cosine": Measure("1, between encodings, largest over pairs of features", largest_cosine),
    "negative_cosines": Measure("1, share of pairs of features with encodings over 90 degrees apart", negative_cosines),
    "split_neurons": Measure("1, neurons that were split in two", split_neurons),
    "separated_pairs": Measure("1, split neurons whose copies represent a feature each", separated_pairs),
}
MEASURES = {name: measure.unit for name, measure in OF_AN_INSTANCE.items()}
"""The columns and their units."""


def measure(
    spec: IncidentalSpec, tensors: Mapping[str, np.ndarray], start: Mapping[str, np.ndarray]
) -> dict[str, OfInstances]:
    """Every measure of kept models, given those at step 0."""
    kept = Kept(tensors["W"].astype(np.float64), start["W"].astype(np.float64), tensors.get("copied_from"))
    return {name: np.asarray(each.of(kept), dtype=np.float64) for name, each in OF_AN_INSTANCE.items()}
