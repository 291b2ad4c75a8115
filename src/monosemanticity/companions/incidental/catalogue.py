"""The figures of the study: those of the source in order, and what it and its comments ask for."""

from monosemanticity.companions.figure import CompanionFigure

FIGURES: dict[str, CompanionFigure] = {
    "incidental1": CompanionFigure(
        "Sparsification without interference",
        "Nonzero weights of an encoding, *m'*, and the sum of their sizes against time, from Euler steps of the flow of"
        " feature benefit and L1 penalty alone (mean over instances; where four of five lie). Dashed: the source's"
        " max(1, 1/(1/√m + λt)) and its square, whose constants it takes to be 1. The source finds the decrease as"
        " predicted, and one nonzero weight left at about t = 1/λ.",
        ("sparsification",),
    ),
    "incidental2": CompanionFigure(
        "Polysemantic neurons against the number of neurons",
        "Neurons with two or more features of 0.8 ≤ |w| ≤ 1.2 at the end of training, mean and standard error over"
        " instances. Dashed: n²/4m. Grey squares: means read off the source's figure (n = 256), both axes in"
        " proportion to n. The source finds that the count follows n²/4m, although n neurons would be enough for one"
        " each.",
        ("collisions",),
    ),
    "incidental3": CompanionFigure(
        "Polysemantic neurons for three strengths of the L1 penalty",
        "As the figure before, for λ = 0.001, 0.01 and 0.1: mean and standard error over instances. Those of the same m"
        " stand side by side. Dashed: n²/4m.",
        ("penalties",),
    ),
    "incidental4": CompanionFigure(
        "Which neuron wins",
        "Left: the products of every feature's initial encoding with every feature's final one, for one model; the"
        " bright diagonal says that a feature's winning neuron had a large weight at the start, which is less than"
        " that it had the largest. Middle: the rank of the winning neuron among the feature's initial weights,"
        " in all models of that setting. Right: share of features whose initially largest weight won, with AdamW"
        " and with gradient descent. Means and standard errors are over instances; dotted, 1/m, by chance. The source"
        " expects the initially largest weight to be the most likely to win. A neuron for each feature at random,"
        " without those of equal sign, gives n²/4m polysemantic neurons too, so that their count does not test this.",
        ("winners", "descent"),
    ),
    "incidental5": CompanionFigure(
        "Noise in the hidden layer in place of the L1 penalty",
        "Sum of the fourth powers of an encoding's weights, 1 where one neuron represents the feature, in gradient"
        " descent without penalty and with noise on the hidden layer: left two values of opposite sign (Bernoulli),"
        " right normal (mean over features and instances; where four of five instances lie). Dashed: 3/(m + 2), of"
        " random directions. Grey squares: the published final values. Noise with tails lighter than normal makes"
        " encodings sparse; normal noise, which is the same in all directions, does not.",
        ("noise",),
    ),
    "incidental6": CompanionFigure(
        "Features that occur together",
        "Polysemantic neurons (blue) and features whose output for themselves is below 1/2 (orange) at the end of"
        " training, mean and standard error over instances, where an input has a second feature with probability q. A"
        " comment to the source predicts that they become far fewer, probably none, as features of one neuron and"
        " opposite sign then disturb each other.",
        ("co_occurrence",),
    ),
    "incidental7": CompanionFigure(
        "The proposed repair: neurons split in two",
        "Every polysemantic neuron is copied into an unused one. Encoder and decoder are tied, so both copies are"
        " scaled by 1/√2, which changes no output; normal noise is added to both, and training goes on. Above:"
        " polysemantic neurons before and at the end. Below: share of the split neurons whose copies each represent"
        " one feature, another one each, at the end. Mean and standard error over instances. The source hopes for all.",
        ("repair",),
    ),
    "incidental8": CompanionFigure(
        "Collisions in training",
        "Pairs of features whose largest weights stand at one neuron, with opposite signs (benign) or the same sign"
        " (malign), polysemantic neurons, and features whose output for themselves is below 1/2: mean over instances,"
        " and where four of five lie. Dashed: n²/4m. The source argues that nothing acts on benign collisions, while in"
        " malign ones a weight drops to 0.",
        ("course",),
    ),
    "incidental9": CompanionFigure(
        "Incidental against necessary polysemanticity",
        "Polysemantic neurons from fewer neurons than features to many more, mean and standard error over instances."
        " In models that start apart, each feature has besides its random weights one of size 1 to a neuron of its own"
        " or, where there are fewer neurons, neurons take features in turn. Polysemantic neurons that are there after"
        " either start are necessary: at least n - m (dotted), where no feature drops out and no neuron has three."
        " Those that a start apart avoids are incidental. Dashed: n²/4m.",
        ("necessary",),
    ),
    "incidental10": CompanionFigure(
        "What makes neurons the basis",
        "Above: without the L1 penalty the encoding space has no basis, and the source expects of optimal solutions"
        " only that encodings form angles of at least 90°: cosines between encodings, of all pairs of features of all"
        " instances, at the start and at the end. Below: polysemantic neurons with the penalty, where neurons are"
        " linear and where they have a ReLU, y = ReLU(W ReLU(Wᵀx)), which lets no neuron represent two features by"
        " opposite signs (mean and standard error over instances; dashed, n²/4m).",
        ("no_penalty", "hidden"),
    ),
}
