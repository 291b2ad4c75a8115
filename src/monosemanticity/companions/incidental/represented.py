"""When a neuron represents a feature (source: the published experiments' detection)."""

from typing import TypeVar

SMALLEST, LARGEST = 0.8, 1.2
"""Of the size of a weight by which its neuron represents its feature; alone it would be 1."""

Weights = TypeVar("Weights")
"""An array or a tensor."""


def represented(W: Weights) -> Weights:
    """Which features (rows) each neuron (columns) represents."""
    return (abs(W) >= SMALLEST) & (abs(W) <= LARGEST)
