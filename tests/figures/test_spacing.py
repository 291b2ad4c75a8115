import math

import pytest

from monosemanticity.figures.spacing import Spacing, spread


def test_a_learning_rate_lies_at_its_logarithm():
    spacing = Spacing.of("learning_rate", [0.1, 0.001, 0.01, 0.001])
    assert spacing.values == (0.001, 0.01, 0.1)
    assert [spacing.place(value) for value in spacing.values] == pytest.approx([-3, -2, -1])


def test_zero_lies_one_power_below_the_least():
    spacing = Spacing.of("l1", [0.0, 1e-3, 1e-1])
    assert spacing.place(0.0) == pytest.approx(-4)
    assert spacing.ticks(apart=0.1) == (
        [pytest.approx(-4), pytest.approx(-3), pytest.approx(-1)],
        ["0", "0.001", "0.1"],
    )


def test_initial_mean_biases_are_linear():
    spacing = Spacing.of("bias_offset", [1.0, -2.0])
    assert spacing.linear
    assert spacing.place(-2.0) == -2
    assert spacing.label == "initial mean bias"


def test_names_keep_their_order_and_all_have_ticks():
    spacing = Spacing.of("activation", ["solu", "relu", "gelu"])
    assert spacing.categorical
    assert spacing.ticks(apart=1.0) == ([0, 1, 2], ["SoLU", "ReLU", "GeLU"])


def test_ticks_that_are_too_near_are_left_out():
    spacing = Spacing.of("k", [16, 256, 384, 512, 2**12])
    places, texts = spacing.ticks(apart=1 / 10)
    assert texts == ["16", "256", "512", "4096"]
    assert places == [math.log2(value) for value in (16, 256, 512, 4096)]


def test_ticks_are_at_round_numbers_first():
    spacing = Spacing.of("epsilon", [2**-7, 2**-6, 2**-5, 2**-4, 2**-3, 2**-2.5, 2**-2, 2**-1.5, 2**-1])
    assert spacing.ticks(apart=1 / 5)[1] == ["1/128", "1/32", "1/8", "1/2"]
    assert Spacing.of("epsilon", [2**-2.5, 2**-1.5]).ticks(apart=1 / 5)[1] == ["0.1768", "0.3536"]


def test_labels_are_moved_apart_up_and_down_and_stay_in_their_panel():
    assert spread([0.1, 0.5], 0.25) == pytest.approx([0.1, 0.5])
    assert spread([0.5, 0.5, 0.5], 0.25) == pytest.approx([0.25, 0.5, 0.75])
    assert spread([0.1, 0.5, 0.6], 0.2) == pytest.approx([0.1, 0.45, 0.65])
    assert spread([0.75, 1.0, 1.0], 0.25) == pytest.approx([0.5, 0.75, 1])
    assert spread([-3.0, 7.0], 0.25) == pytest.approx([0, 1])


def test_labels_that_do_not_fit_in_their_panel_are_apart_all_the_same():
    assert spread([1.0, 1.0, 1.0], 0.75) == pytest.approx([0, 0.75, 1.5])
