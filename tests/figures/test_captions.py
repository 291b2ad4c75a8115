import subprocess
import sys
from pathlib import Path

import pytest

from helpers.figures import shipped_figures
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.figures.captions import caption

CONFIG = Path(__file__).parents[2] / "config.yaml"


@pytest.fixture(scope="module")
def paper():
    return make_plan(read_config(CONFIG, {"scale": "paper"}))


def test_a_caption_gives_the_numbers_of_the_runs(paper):
    said = caption("fig03", shipped_figures()["fig03"], paper)
    assert said.startswith("**Figure 3. Learning rate, zero initial mean bias.** Loss, its mean")
    assert said.endswith(
        "\n- LR1: decoder, ReLU, uniform frequencies, N = 512, d = 64, k = 1024, ε = 1/64, bias decay rate 0,"
        " initial mean bias 0, b = 8192, 131072 steps;"
        " learning rate 0.001, 0.003, 0.005, 0.007, 0.01, 0.03; seed 0.\n"
    )


def test_numbers_that_are_neutral_in_all_runs_go_without_saying(paper):
    for name, figure in paper.figures().items():
        said = caption(name, figure, paper)
        assert "float32" not in said, name
        assert "dense form" not in said or "Gram, dense form" in said, name
        assert ("L1" in said) == (name == "fig14" or name.startswith("RG1")), name


def test_numbers_that_are_neutral_in_some_runs_alone_are_given(paper):
    own = {"batches": {"mine": {"k": [16, 1024], "l1": [0, 0.1]}}, "scale": "paper"}
    plan = make_plan(read_config(CONFIG, own))
    said = caption("mine_trace", plan.figures()["mine_trace"], plan)
    assert "L1 strength 0, 0.1; " in said
    assert "Gram, dense form; " in said


def test_numbers_that_are_neutral_in_none_are_given():
    own = {"batches": {"mine": {"k": [16, 32], "l1": 0.1, "precision": "bfloat16"}}, "scale": "paper"}
    plan = make_plan(read_config(CONFIG, own))
    said = caption("mine_trace", plan.figures()["mine_trace"], plan)
    assert "L1 strength 0.1, " in said
    assert "products in bfloat16; " in said


def test_only_the_settings_that_are_shown_are_named(paper):
    said = caption("fig04", shipped_figures()["fig04"], paper)
    assert "learning rate 0.001, 0.005, 0.03; seed 0" in said


def test_numbers_that_vary_with_the_swept_one_are_given_too(paper):
    said = caption("fig16", shipped_figures()["fig16"], paper)
    assert "; b = 524288, 262144, 131072, 65536, 32768, 16384, 8192, 4096; Gram, dense form; seed 0." in said


def test_the_run_beside_the_sweep_is_named(paper):
    said = caption("fig14", shipped_figures()["fig14"], paper)
    assert said.endswith("; seed 0; comparison run: initial mean bias \N{MINUS SIGN}1, L1 strength 0.\n")


def test_a_scale_says_what_it_is_and_what_it_cannot_show():
    plan = make_plan(read_config(CONFIG, {"scale": "smoke"}))
    said = caption("fig09", shipped_figures()["fig09"], plan)
    assert plan.note.strip() in said
    assert "no initial mean bias lies in the range shown" in said
    assert "N = 32, d = 8" in said


@pytest.mark.parametrize(
    ("name", "sentence", "seeds"),
    [
        ("fig03", "Mean over 3 seeds, each a thin line.", "seeds 0, 1, 2"),
        ("fig09", "Mean over 3 seeds.", "seeds 0, 1, 2"),
        ("fig04", "The first of 3 seeds.", "seed 0"),
    ],
)
def test_a_caption_says_how_seeds_are_shown(name, sentence, seeds):
    plan = make_plan(read_config(CONFIG, {"seeds": [0, 1, 2], "scale": "paper"}))
    said = caption(name, shipped_figures()[name], plan)
    assert sentence in said
    assert f"; {seeds}." in said


def test_a_caption_says_where_batches_have_different_numbers_of_seeds():
    plan = make_plan(read_config(CONFIG, {"batches": {"LR3": {"seeds": [0, 1, 2]}}, "scale": "paper"}))
    assert "Mean over 1 to 3 seeds, each a thin line." in caption("fig01", shipped_figures()["fig01"], plan)
    assert "seeds" not in caption("fig03", shipped_figures()["fig03"], plan)
    assert "Mean over 3 seeds, each a thin line." in caption("fig07", shipped_figures()["fig07"], plan)


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("fig03", "N 1/2, k 1/2, ε 2, learning rate 1 to 2, b 1/16, steps 1/8."),
        ("fig16", "N 1/2, k 1/2, ε 2, learning rate 2, bias decay rate 4, b 1/512 to 1/16, steps 1/8."),
        ("fig22", "N 1/2, k 1/4, ε 2, learning rate 3/2 to 2, b 1/8, steps 1/4."),
    ],
)
def test_a_caption_says_what_a_scale_makes_of_the_numbers_of_each_batch(name, factors):
    plan = make_plan(read_config(CONFIG, {"scale": "preview"}))
    assert caption(name, shipped_figures()[name], plan).endswith(f"seed 0. Over the paper's: {factors}\n")


def test_without_a_scale_of_the_paper_or_at_it_nothing_is_held_against_it(paper):
    plan = make_plan(read_config(CONFIG, {"scale": "smoke"}))
    assert "Over the paper's" in caption("fig03", shipped_figures()["fig03"], plan)
    assert "Over the paper's" not in caption("fig03", shipped_figures()["fig03"], paper)
    config = read_config(CONFIG, {"scale": "smoke"})
    plan = make_plan(config.model_copy(update={"scales": {"smoke": config.scales["smoke"]}}))
    assert "Over the paper's" not in caption("fig03", shipped_figures()["fig03"], plan)


def test_a_batch_of_ones_own_is_captioned_too():
    own = {"batches": {"mine": {"activation": ["relu", "gelu"]}}}
    plan = make_plan(read_config(CONFIG, own | {"scale": "paper"}))
    said = caption("mine_sweep", plan.figures()["mine_sweep"], plan)
    assert said.startswith("**mine: sweep.** Monosemantic neurons per neuron and per feature in final models of mine.")
    assert "; ReLU, GeLU; seed 0." in said


def test_heat_maps_of_some_settings_say_of_how_many():
    own = {"batches": {"mine": {"k": [64, 128, 256, 512]}}, "scale": "paper"}
    plan = make_plan(read_config(CONFIG, own))
    assert "in final models of mine: 3 of its 4 settings." in caption("mine_heat", plan.figures()["mine_heat"], plan)


def test_planning_needs_neither_torch_nor_matplotlib():
    heavy = "import sys, monosemanticity.figures.captions; print({'torch', 'matplotlib'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"
