"""What the source prints."""

from monosemanticity.experiment.incidental import Noise

N = 256
"""The source's number of features in all counts."""
COUNTS = {256: 72.6, 512: 23.9, 768: 13.8, 1024: 10.1}
"""Mean number of polysemantic neurons, by m; read off its figure."""
FOURTH_NORMS: dict[Noise, dict[float, float]] = {
    "bernoulli": {0.07: 0.33, 0.1: 0.80, 0.15: 0.78},
    "gaussian": {0.07: 0.17, 0.1: 0.17, 0.15: 0.17},
}
"""Final sum_k W_ik^4, by the kind of noise and sigma."""
