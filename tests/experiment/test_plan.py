import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from test_config import SHIPPED, WRITTEN, edited

from helpers.figures import PAPERS, SUPPLEMENTS
from monosemanticity.errors import ConfigError
from monosemanticity.experiment import proportions
from monosemanticity.experiment.config import Config, Replacement
from monosemanticity.experiment.config_file import parse, read_config
from monosemanticity.experiment.operations import cheaper_form
from monosemanticity.experiment.plan import Plan, make_plan, run_of_batch
from monosemanticity.experiment.spec import RunSpec

SCALES = list(WRITTEN["scales"])


def plan_of(config: dict[str, Any], scale: str) -> Plan:
    return make_plan(parse(Config, config | {"scale": scale}, source="config.yaml"))


@pytest.fixture(scope="module", params=SCALES)
def shipped(request: pytest.FixtureRequest) -> Plan:
    """The shipped configuration's plan at each scale."""
    return make_plan(read_config(SHIPPED, {"scale": request.param}))


@pytest.fixture(scope="module")
def paper() -> Plan:
    return make_plan(read_config(SHIPPED, {"scale": "paper"}))


# Table 1 of the paper, a row a batch. A list is a sweep; what a row does not name is as in COMMON.
LEARNING_RATES = [0.001, 0.003, 0.005, 0.007, 0.01, 0.03]
OFFSETS = [-2, -1.5, -1, -0.7, -0.5, -0.4, -0.35, -0.3, -0.25, -0.2, -0.15, -0.1, -0.05, 0, 0.25, 0.5, 1]
FREQUENCIES = [2 ** (-half_octaves / 2) for half_octaves in range(20, 3, -1)]
WIDTHS = [16, 32, 64, 128, 256, 384, 512, 1024, 2048]
COMMON = {
    "task": "decoder",
    "activation": "relu",
    "distribution": "uniform",
    "N": 512,
    "d": 64,
    "k": 1024,
    "epsilon": 1 / 64,
    "learning_rate": 0.003,
    "decay": 0,
    "bias_offset": 0,
    "l1": 0,
    "steps": 2**17,
}
NEGATIVE = {"decay": 0.03, "bias_offset": -1}
TABLE_1 = {
    "LR1": {"learning_rate": LEARNING_RATES},
    "LR2": {"learning_rate": LEARNING_RATES, "distribution": "power-law"},
    "LR3": NEGATIVE | {"learning_rate": LEARNING_RATES},
    "LR4": NEGATIVE | {"learning_rate": LEARNING_RATES, "distribution": "power-law"},
    "LR5": NEGATIVE | {"learning_rate": [0.002, 0.003, 0.005, 0.007, 0.01, 0.02, 0.04], "task": "abs", "k": 2048},
    "B1": {"bias_offset": OFFSETS, "epsilon": 1 / 16, "decay": 0.03},
    "B2": {"bias_offset": OFFSETS, "epsilon": 1 / 32, "decay": 0.003, "steps": 2**20},
    "B3": {"bias_offset": OFFSETS, "epsilon": 1 / 64, "decay": 0.003, "steps": 2**20},
    "B4": {"bias_offset": OFFSETS, "epsilon": 1 / 128, "decay": 0.003, "steps": 2**20},
    "B5": {"bias_offset": OFFSETS, "epsilon": 1 / 256, "decay": 0.003, "steps": 2**20},
    "B3-GeLU": {
        "activation": "gelu",
        "learning_rate": [0.001, 0.003, 0.01],
        "bias_offset": [-3, -2.5, -2, -1.5, -1.25, -1, -0.75, -0.5, -0.25, 0, 0.5, 1, 2, 3],
        "decay": 0.03,
    },
    "E1": NEGATIVE | {"epsilon": FREQUENCIES},
    "E2": NEGATIVE | {"epsilon": FREQUENCIES, "decay": 0.01},
    "E3": NEGATIVE | {"epsilon": FREQUENCIES, "decay": 0.003, "steps": 2**20},
    "E4": NEGATIVE | {"epsilon": FREQUENCIES, "decay": 0.001, "steps": 2**20},
    "K0": {"k": WIDTHS, "learning_rate": 0.007},
    "K1": NEGATIVE | {"k": WIDTHS, "learning_rate": 0.007},
    "K2": NEGATIVE | {"k": WIDTHS, "learning_rate": 0.007, "distribution": "power-law"},
    "RG1": {"l1": [10.0**decade for decade in range(-7, 1)], "learning_rate": 0.005, "decay": 0.03},
    "RP1": NEGATIVE | {"learning_rate": [0.001, 0.003, 0.005, 0.007, 0.01], "task": "reprojector"},
    "D1": {
        "decay": [0.0005, 0.001, 0.003, 0.01, 0.03],
        "task": "abs",
        "k": 2048,
        "learning_rate": 0.007,
        "bias_offset": -1,
        "steps": 2**20,
    },
}
IN_WORDS_ALONE = {
    "S1": NEGATIVE | {"d": [32, 64, 128]},
    "S3": {"density": 0.25, "k": [512, 1024, 2048], "learning_rate": 0.007},
    "S4": NEGATIVE | {"activation": ["solu", "unnormalised_solu"], "bias_offset": [-1, 0]},
    "S5": {"bias_penalty": [1e-5, 1e-4, 1e-3, 1e-2]},
    "K3": NEGATIVE | {"k": [512, 1024, 2048, 4096, 8192], "learning_rate": 0.007},
}
"""What the paper says without a row of Table 1, and what goes beyond it."""
BATCHES = TABLE_1 | IN_WORDS_ALONE
BATCH_SIZES = {
    16: 2**19,
    32: 2**18,
    64: 2**17,
    128: 2**16,
    256: 2**15,
    384: 2**14,
    512: 2**14,
    1024: 2**13,
    2048: 2**12,
    4096: 2**11,
    8192: 2**10,
}


def test_the_paper_scale_has_the_batches_of_table_1_and_those_of_its_words(paper):
    assert set(paper.batches) == set(BATCHES)


@pytest.mark.parametrize("batch", BATCHES)
def test_the_paper_scale_is_table_1(paper, batch):
    row = COMMON | BATCHES[batch]
    sweep = [member.spec for member in paper.batches[batch].members if not member.comparison]
    for field, value in row.items():
        found = list(dict.fromkeys(getattr(spec, field) for spec in sweep))
        assert found == (value if isinstance(value, list) else [value]), field
    grid = 1
    for value in row.values():
        grid *= len(value) if isinstance(value, list) else 1
    assert len(set(sweep)) == len(sweep) == grid
    assert {spec.k: spec.batch_size for spec in sweep} == {spec.k: BATCH_SIZES[spec.k] for spec in sweep}


@pytest.mark.parametrize(("batch", "penalty", "learning_rate"), [("RG1", "l1", 0.005), ("S5", "bias_penalty", 0.003)])
def test_penalties_are_compared_with_one_run_from_a_negative_bias(paper, batch, penalty, learning_rate):
    (beside,) = [member.spec for member in paper.batches[batch].members if member.comparison]
    assert getattr(beside, penalty) == 0
    assert (beside.bias_offset, beside.decay, beside.learning_rate) == (-1, 0.03, learning_rate)


def test_no_other_batch_has_a_run_beside_it(paper):
    assert {name for name, batch in paper.batches.items() if any(m.comparison for m in batch.members)} == {"RG1", "S5"}


def test_batches_share_the_runs_whose_numbers_are_the_same(paper):
    def run(batch: str, **at: float) -> str:
        (member,) = paper.batches[batch].at(at)
        return member.spec.run_id

    (comparison,) = [m.spec.run_id for m in paper.batches["RG1"].members if m.comparison]
    assert run("K1", k=1024) == run("LR3", learning_rate=0.007)
    assert comparison == run("LR3", learning_rate=0.005)
    assert run("E1", epsilon=1 / 64) == run("LR3", learning_rate=0.003)
    assert list(paper.places[comparison]) == ["LR3", "RG1"]
    members = [member.spec.run_id for batch in paper.batches.values() for member in batch.members]
    assert set(paper.runs) == set(members)
    assert len(paper.runs) < len(members)


def test_every_figure_finds_runs_at_every_scale(shipped):
    figures = shipped.figures()
    assert set(figures) >= {*PAPERS, *SUPPLEMENTS}
    assert [name for name, figure in figures.items() if not shipped.specs_of(figure)] == []


def test_every_sweep_still_sweeps_at_every_scale(shipped):
    for name, batch in shipped.batches.items():
        sweep = [member.spec for member in batch.members if not member.comparison]
        assert len({spec.run_id for spec in sweep}) == len(sweep) >= 2, name


def test_smoke_keeps_two_values_of_a_sweep_its_ends_and_what_figures_name():
    plan = make_plan(read_config(SHIPPED, {"scale": "smoke"}))

    def swept(batch: str, field: str) -> list[float]:
        return [member.setting[field] for member in plan.batches[batch].members if not member.comparison]

    assert swept("B1", "bias_offset") == [-2, 1]
    assert swept("LR2", "learning_rate") == [0.001, 0.03]
    assert swept("LR1", "learning_rate") == [0.001, 0.005, 0.03]  # figure 4
    assert swept("K1", "k") == [16, 1024, 2048]  # figure 2
    assert swept("E1", "epsilon") == pytest.approx([2**-10, 2**-6, 2**-3.5, 2**-3, 2**-2.5, 2**-2])  # 20, 24, 26


@pytest.mark.parametrize(("points", "kept"), [(2, [1, 9]), (3, [1, 5, 9]), (5, [1, 3, 5, 7, 9]), (9, range(1, 10))])
def test_a_thinned_sweep_is_spread_evenly_between_its_ends(points, kept):
    config = edited("scales", "mine", to={"batch_size": 8, "points": points})
    config["batches"]["Own"] = {"k": list(range(1, 10))}
    plan = plan_of(config, "mine")
    assert [member.spec.k for member in plan.batches["Own"].members] == list(kept)


def test_values_of_a_scale_replace_a_batchs_and_are_not_thinned():
    config = edited("scales", "mine", to={"batch_size": 8, "points": 2, "factors": {"k": 2}})
    config["scales"]["mine"]["batches"] = {"Own": {"k": [4, 5, 6], "l1": 0.5}}
    config["batches"]["Own"] = {"k": list(range(1, 10))}
    specs = [member.spec for member in plan_of(config, "mine").batches["Own"].members]
    assert [(spec.k, spec.l1) for spec in specs] == [(8, 0.5), (10, 0.5), (12, 0.5)]


def test_two_sweeps_make_a_grid():
    plan = plan_of(edited("batches", "Own", to={"k": [8, 16], "l1": [0, 1, 2]}), "paper")
    found = [(member.spec.k, member.spec.l1) for member in plan.batches["Own"].members]
    assert found == [(8, 0), (8, 1), (8, 2), (16, 0), (16, 1), (16, 2)]


def test_a_batch_may_sweep_nothing():
    plan = plan_of(edited("batches", "Own", to={"k": 16}), "paper")
    assert [(member.setting, member.spec.k) for member in plan.batches["Own"].members] == [({}, 16)]
    assert list(plan.figures_of("Own")) == ["Own_trace", "Own_bias", "Own_heat"]
    assert all(len(plan.specs_of(figure)) == 1 for figure in plan.figures_of("Own").values())


def test_a_batch_may_sweep_three_fields():
    beside = {"k": 8, "l1": 2, "activation": "solu"}
    own = {"k": [8, 16], "l1": [0, 1], "activation": ["relu", "gelu"], "comparison": beside}
    plan = plan_of(edited("batches", "Own", to=own), "paper")
    assert len(plan.batches["Own"].members) == 9
    assert list(plan.figures_of("Own")) == ["Own_trace", "Own_bias", "Own_heat", "Own_sweep"]
    assert (plan.figures()["Own_sweep"].x, plan.figures()["Own_sweep"].colour) == ("l1", "k")


def test_one_setting_may_have_a_run_beside_it():
    plan = plan_of(edited("batches", "Own", to={"k": 16, "comparison": {"k": 8}}), "paper")
    assert [(member.comparison, member.spec.k) for member in plan.batches["Own"].members] == [(False, 16), (True, 8)]


def test_factors_multiply_and_limits_bound_the_tables_numbers():
    config = edited("scales", "mine", to={"batch_size": 8})
    config["scales"]["mine"] |= {"factors": {"k": "1/3", "decay": 4, "steps": 2}, "at_most": {"steps": 1000, "N": 100}}
    config["batches"]["Own"] = {"k": [1, 9, 100], "decay": 0.5, "steps": 400}
    specs = [member.spec for member in plan_of(config, "mine").batches["Own"].members]
    assert [spec.k for spec in specs] == [1, 3, 33]
    assert {(spec.decay, spec.steps, spec.N, spec.d) for spec in specs} == {(2, 800, 100, 64)}


@pytest.mark.parametrize(("k", "size"), [(1, 128), (3, 32), (4, 32), (5, 16), (128, 1), (129, 1), (5000, 1)])
def test_a_shared_batch_size_is_a_power_of_two_and_at_least_one(k, size):
    config = edited("scales", "mine", to={"batch_size": "2^7/k"})
    config["batches"]["Own"] = {"k": k, "l1": [0, 1]}
    assert {m.spec.batch_size for m in plan_of(config, "mine").batches["Own"].members} == {size}


def test_a_batchs_own_batch_size_comes_before_the_scales():
    plan = plan_of(edited("batches", "Own", to={"l1": [0, 1], "batch_size": 77}), "paper")
    assert {member.spec.batch_size for member in plan.batches["Own"].members} == {77}


def test_a_scales_precision_is_that_of_the_runs_in_the_dense_form():
    config = edited("scales", "mine", to={"batch_size": "2^23/k", "precision": "bfloat16"})
    config["batches"] |= {
        "Widths": {"k": [16, 1024]},
        "Exact": {"k": [32, 2048], "precision": "float32"},
        "Rounded": {"k": [64, 512], "precision": "tf32"},
        "Dense": {"k": [128, 256], "form": "dense"},
        "Reprojected": {"k": [16, 1024], "task": "reprojector"},
    }
    plan = plan_of(config, "mine")

    def taken(batch: str) -> list[tuple[str, str]]:
        return [(member.spec.form, member.spec.precision) for member in plan.batches[batch].members]

    assert taken("Widths") == [("gram", "float32"), ("dense", "bfloat16")]
    assert taken("Exact") == [("gram", "float32"), ("dense", "float32")]
    assert taken("Rounded") == [("dense", "tf32")] * 2
    assert taken("Dense") == [("dense", "bfloat16")] * 2
    assert taken("Reprojected") == [("dense", "bfloat16")] * 2


def test_a_run_takes_the_cheaper_form_unless_its_batch_gives_one(shipped):
    assert {spec.run_id for spec in shipped.runs.values() if spec.form != cheaper_form(spec)} == set()


def test_a_batch_may_sweep_the_form():
    plan = plan_of(edited("batches", "Own", to={"k": 16, "form": ["dense", "gram"]}), "smoke")
    assert [member.spec.form for member in plan.batches["Own"].members] == ["dense", "gram"]


def test_a_gram_form_that_a_batch_cannot_have_is_refused_by_name():
    config = edited("batches", "Own", to={"k": [16, 32], "form": "gram", "task": "reprojector"})
    with pytest.raises(ConfigError, match=r"batches.Own at scale paper: form: gram .* needs form: dense"):
        plan_of(config, "paper")


def test_every_run_is_trained_with_every_seed():
    once = plan_of(edited("seeds", to=[5]), "smoke")
    thrice = plan_of(edited("seeds", to=[5, 6, 7]), "smoke")
    assert len(thrice.runs) == 3 * len(once.runs)
    assert Counter(spec.seed for spec in thrice.runs.values()) == dict.fromkeys([5, 6, 7], len(once.runs))
    assert [member.spec.seed for member in thrice.batches["K1"].at({"k": 1024})] == [5, 6, 7]


def test_a_batchs_own_seeds_come_before_the_configurations():
    own = {"l1": [0.1, 0.2], "seeds": [3, 1], "comparison": {"l1": 0.3}}
    config = edited("batches", "Own", to=own) | {"seeds": [5, 6, 7]}
    plan = plan_of(config, "paper")
    assert [member.spec.seed for member in plan.batches["Own"].members] == [3, 3, 3, 1, 1, 1]
    assert {member.spec.seed for member in plan.batches["K1"].members} == {5, 6, 7}


def test_one_run_of_a_batch_has_the_batchs_first_seed_or_the_one_that_is_asked_for():
    config = parse(Config, edited("batches", "Own", to={"k": 16, "seeds": [3, 1]}), source="config.yaml")
    assert [run_of_batch(config, "Own", Replacement(), seed).spec.seed for seed in (None, 0, 8)] == [3, 0, 8]
    assert run_of_batch(config, "K1", Replacement(k=16), None).spec.seed == 0


@pytest.mark.parametrize(("scale", "N"), [("paper", 512), ("preview", 256), ("smoke", 32)])
def test_numbers_that_follow_from_others_do_at_every_scale(scale, N):
    own = {"d": "N/4", "k": ["N/2", "N", "3N"], "epsilon": "8/N", "batch_size": "2 k", "seeds": [0]}
    plan = plan_of(edited("batches", "Own", to=own | {"comparison": {"k": "d"}}), scale)
    specs = [member.spec for member in plan.batches["Own"].members]
    if scale == "smoke":  # two points of the sweep
        specs.insert(1, None)
    wanted = [N // 2, N, 3 * N, N // 4]
    for spec, k in zip(specs, wanted, strict=True):
        found = spec and (spec.N, spec.d, spec.k, spec.epsilon, spec.batch_size)
        assert found in (None, (N, N // 4, k, 8 / N, 2 * k))
    assert [member.setting["k"] for member in plan.batches["Own"].members][-2:] == [1536, 128]
    assert proportions_of(own, scale) == []


def test_limits_of_a_scale_do_not_bound_what_follows_from_others():
    config = edited("scales", "mine", to={"batch_size": 8, "at_most": {"d": 40}})
    config["batches"]["Own"] = {"d": "N/4"}
    assert plan_of(config, "mine").batches["Own"].members[0].spec.d == 128


def test_one_run_of_a_batch_may_be_asked_for_in_terms_of_others():
    config = parse(Config, edited("batches", "Own", to={"k": ["N/2", "2 N"]}), source="config.yaml")
    assert run_of_batch(config, "Own", Replacement(k="2N"), None).spec.k == 512
    with pytest.raises(ConfigError, match=r"Own sweeps k over N/2, 2 N: choose one, --set k=N/2"):
        run_of_batch(config, "Own", Replacement(), None)


def proportions_of(own: dict[str, Any], scale: str) -> list[str]:
    """What is said of a batch's proportions."""
    return proportions.warnings(
        parse(Config, edited("batches", "Own", to=own) | {"scale": scale}, source="config.yaml")
    )


@pytest.mark.parametrize("scale", SCALES)
def test_the_shipped_batches_keep_their_proportions_or_their_scale_says_otherwise(scale):
    assert proportions.warnings(read_config(SHIPPED, {"scale": scale})) == []


def test_a_plan_says_what_is_said_of_proportions_and_of_biases():
    config = edited("batches", "Own", to={"d": 128, "bias_offset": -1})
    of_proportions, of_biases = plan_of(config, "smoke").warnings
    assert of_proportions.startswith("batches.Own: d = 128 ")
    assert "Own" in of_biases


@pytest.mark.parametrize(
    ("own", "scale", "said"),
    [
        ({"d": 128}, "smoke", "d = 128 is N/4 in the table and N/2 at scale smoke; write d: N/4 to keep the ratio"),
        ({"d": 128}, "preview", "d = 128 is N/4 in the table and N/2 at scale preview; write d: N/4 to keep the ratio"),
        ({"d": [64, 128]}, "smoke", "d = 64 is N/8 in the table and N/4 at scale smoke; write d: [N/8, N/4] to keep"),
        ({"N": 1024}, "preview", "d = 64 is N/16 in the table and N/8 at scale preview; write d: N/16 to keep"),
    ],
)
def test_a_proportion_that_a_scale_changes_is_said_with_the_mend(own, scale, said):
    (warning,) = proportions_of(own, scale)
    assert warning.startswith(f"batches.Own: {said}")
    mended = (
        own | {"d": ["N/8", "N/4"]} if isinstance(own.get("d"), list) else own | {"d": said.split("write d: ")[1][:4]}
    )
    assert proportions_of(mended, scale) == []


@pytest.mark.parametrize("own", [{"k": 1536}, {"k": [20, 30]}, {"N": [256, 512]}, {"d": "N/4"}, {"l1": 1}])
def test_a_proportion_that_stays_or_that_is_swept_is_not_warned_of(own):
    assert proportions_of(own, "smoke") == []


def test_a_plans_digest_follows_its_numbers(paper):
    same = plan_of(edited("defaults", "epsilon", to=0.015625), "paper")
    other = plan_of(edited("defaults", "epsilon", to=0.015626), "paper")
    assert paper.digest == same.digest != other.digest


def test_a_batch_that_no_figure_of_the_paper_shows_has_figures_of_its_own():
    plan = plan_of(edited("batches", "Own", to={"k": [8, 16, 32, 64]}), "smoke")
    own = ["Own_trace", "Own_bias", "Own_heat", "Own_sweep"]
    assert plan.default_figures()[len(plan.catalogue) :] == own
    assert [len(plan.specs_of(plan.figures()[name])) for name in own] == [2, 2, 2, 2]


def test_an_unknown_scale_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="huge is not one of paper, smoke, preview"):
        read_config(SHIPPED, {"scale": "huge"})


def test_one_run_of_a_batch_is_the_plans(paper):
    chosen = Replacement(epsilon="1/64")
    (member,) = paper.batches["E1"].at({"epsilon": 1 / 64})
    assert run_of_batch(read_config(SHIPPED, {"scale": "paper"}), "E1", chosen, None) == member


@pytest.mark.parametrize(
    ("scale", "chosen", "said"),
    [
        ("preview", {"learning_rate": 0.007}, ["learning_rate: 0.007 in the table, 0.014 at scale preview"]),
        ("preview", {"learning_rate": 0.03}, []),  # at most that
        ("paper", {"learning_rate": 0.007, "k": "2 N"}, []),
        ("smoke", {"learning_rate": 0.007, "k": "2 N"}, ["k: 1024 in the table, 64 at scale smoke"]),
    ],
)
def test_a_run_says_which_numbers_a_scale_has_made_others_of(scale, chosen, said):
    run = run_of_batch(read_config(SHIPPED, {"scale": scale}), "LR3", Replacement(**chosen), None)
    assert run.scaled(scale) == said


def test_one_run_of_a_batch_needs_a_value_for_what_it_sweeps():
    with pytest.raises(ConfigError, match=r"E1 sweeps epsilon over .* choose one"):
        run_of_batch(read_config(SHIPPED, {"scale": "paper"}), "E1", Replacement(), None)
    with pytest.raises(ConfigError, match="E9: unknown; nearest: E"):
        run_of_batch(read_config(SHIPPED, {"scale": "paper"}), "E9", Replacement(), None)


@pytest.mark.parametrize(
    "module",
    [
        "experiment.spec",
        "experiment.config",
        "experiment.plan",
        "results.paths",
        "figures.captions",
        "identity.stages",
        "workflow.planned",
    ],
)
def test_planning_loads_nothing_heavy(module):
    heavy = {"torch", "scipy", "pandas", "pyarrow", "matplotlib", "safetensors"}
    code = f"import sys, monosemanticity.{module}; print(*sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_two_settings_that_a_scale_makes_one_run_are_refused():
    config = edited("scales", "mine", to={"batch_size": 8, "at_most": {"steps": 100}})
    config["batches"]["Own"] = {"steps": [100, 200]}
    with pytest.raises(ConfigError, match=r"batches.Own at scale mine: .* come to the same run"):
        plan_of(config, "mine")


def test_a_comparison_that_is_part_of_the_sweep_is_refused():
    config = edited("batches", "Own", to={"l1": [0, 1], "comparison": {"l1": 1}})
    with pytest.raises(ConfigError, match="l1=1 and its comparison come to the same run"):
        plan_of(config, "paper")


def test_a_figure_of_single_models_needs_those_of_the_first_seed_alone():
    plan = plan_of(edited("seeds", to=[5, 6, 7]), "paper")
    assert {spec.seed for spec in plan.specs_of(plan.figures()["fig04"])} == {5}
    assert {spec.seed for spec in plan.specs_of(plan.figures()["fig03"])} == {5, 6, 7}


def test_the_batches_of_all_runs_are_found_in_time_linear_in_the_runs(monkeypatch):
    plan = plan_of(edited("batches", "Own", to={"k": list(range(1, 301))}), "paper")
    compared, equal = [], RunSpec.__eq__
    monkeypatch.setattr(RunSpec, "__eq__", lambda one, other: compared.append(one) or equal(one, other))
    assert [list(plan.places[run_id]) for run_id in plan.runs][-1] == ["Own"]
    assert len(compared) < 20 * len(plan.runs)
    assert plan.runs is plan.runs
