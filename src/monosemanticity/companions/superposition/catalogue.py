"""The figures of the study: what each shows, in the order of the source."""

from monosemanticity.companions.figure import CompanionFigure

FIGURES: dict[str, CompanionFigure] = {
    "superposition1": CompanionFigure(
        title="Neurons that store features",
        caption=(
            "The identity, $x' = \\mathrm{ReLU}(W^T \\mathrm{ReLU}(W x) + b)$ with fewer neurons than features, from"
            " dense features (left) to sparse ones (right). Of each sparsity the instance with the least loss on fresh"
            " samples is shown: above $W$, below its weights stacked by neuron, negative ones downwards; a white line"
            " parts weights above 0.2 from those below them. Features are coloured by superposition, how far others lie"
            " along them (1: together as far as the feature itself), neurons tinted by whether they respond to one"
            " feature or to several. The source shows the best of 1000 models, with $n = 10$ and $m = 5$: 5"
            " monosemantic neurons for $1 - S \\geq 0.5$, then 3, 2 (at 0.15), 1 (at 0.12) and none (from 0.08), until"
            " every feature is a pair of neurons ($1 - S \\leq 0.04$)."
        ),
        experiments=("regimes",),
    ),
    "superposition2": CompanionFigure(
        title="The absolute value without superposition",
        caption=(
            "A model $y' = \\mathrm{ReLU}(W_2 \\mathrm{ReLU}(W_1 x) + b)$ with two neurons a feature, trained to give"
            " $y = |x|$: the instance with the least loss, as matrices, as a stack plot of $W_1$ and as a graph whose"
            " edges are the weights, dashed where negative. Every neuron is rescaled so that its largest weight in"
            " $W_1$ is 1. The source finds a positive and a negative side of every feature, $|x_i| ="
            " \\mathrm{ReLU}(x_i) + \\mathrm{ReLU}(-x_i)$."
        ),
        experiments=("basic",),
    ),
    "superposition3": CompanionFigure(
        title="Computation in superposition",
        caption=(
            "The absolute value of more features than the neurons can serve alone: the sizes of the weights of $W_1$,"
            " stacked by neuron, from dense features (top) to sparse ones (bottom), of the instance with the least"
            " loss. Every neuron is rescaled so that its largest weight is 1; neurons are sorted by the importance of"
            " that feature, and tinted by whether a second weight is above 0.2; a white line parts such weights from"
            " those below them. Features are coloured by how far others lie along them. The source ($n = 100$, $m ="
            " 40$) finds all neurons monosemantic at $1 - S = 1$ and 0.3, a few slightly polysemantic ones at 0.1, ever"
            " more from there, and all highly polysemantic at 0.001."
        ),
        experiments=("sparsity",),
    ),
    "superposition4": CompanionFigure(
        title="The asymmetric superposition motif",
        caption=(
            "A model of the absolute value with slightly too few neurons. Left: $W_1$ stacked by neuron, colours are"
            " features. Middle: a neuron in asymmetric superposition and the one that inhibits it, rescaled, where the"
            " model has them; the width of an edge is the size of its weight, up to 4; negative ones are dashed. Right:"
            " the weights of all such neurons in all instances (points), from and to the feature of the larger input"
            " weight (first) and the other one (second), scaled to a largest weight of 2, beside the source's ideal in"
            " grey, $W_1 = [2, -1/2]$ and $W_2 = [1/2, 2]$. The source shows a model with two motifs. A motif is"
            " counted where the second response is between 1/8 and 1/2 of the first, the neuron gives each feature to"
            " its own output within a half of 1, and one other neuron takes away at least half of the interference;"
            " these tolerances are ours."
        ),
        experiments=("motif",),
    ),
}
