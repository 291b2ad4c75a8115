import re
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from helpers.figures import PAPERS, SUPPLEMENTS
from monosemanticity.errors import ConfigError
from monosemanticity.experiment.activations import PHI
from monosemanticity.experiment.config import TARGET, Config
from monosemanticity.experiment.config_file import parse, read_config, read_yaml
from monosemanticity.experiment.plan import make_plan

SHIPPED = Path(__file__).parents[2] / "config.yaml"
WRITTEN = read_yaml(SHIPPED, overrides={})
DELETED = object()


def edited(*path: str, to: object) -> dict[str, Any]:
    """The shipped configuration with the value at a path of keys replaced, added or deleted."""
    config = deepcopy(WRITTEN)
    inner = config
    for key in path[:-1]:
        inner = inner[key]
    if to is DELETED:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return config


def complaint(config: Mapping[str, Any], scale: str | None = None) -> str:
    """What is said of a configuration that cannot be run."""
    chosen = {"scale": scale} if scale else {}
    with pytest.raises(ConfigError) as refusal:
        make_plan(parse(Config, dict(config) | chosen, source="config.yaml"))
    return str(refusal.value)


def complaint_about(tmp_path: Path, text: str) -> str:
    """What is said of a file."""
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        read_config(path)
    return str(refusal.value)


def test_the_shipped_configuration_is_right():
    assert read_config(SHIPPED).scale in WRITTEN["scales"]


# The key, what is wrong with its value or what is allowed, and the corrected line.
MISTAKES = [
    (("batches", "LR1", "learnin_rate"), [0.1], ["unknown key", "corrected: learning_rate: [0.1]"]),
    (("defaults", "epsilom"), 0.5, ["unknown key", "corrected: epsilon: 0.5"]),
    (("batches", "LR1", "zzz"), 1, ["unknown key", "known: task, activation"]),
    (("sedes",), [1], ["unknown key", "corrected: seeds: [1]"]),
    (("scales", "smoke", "batchsize"), 64, ["unknown key", "corrected: batch_size: 64"]),
    (("defaults", "k"), "many", ["many: input should be a valid integer", "allowed: ", "corrected: k: 1024"]),
    (("defaults", "k"), 1.5, ["1.5: ", "valid integer", "corrected: k: 1024"]),
    (("defaults", "k"), True, ["true: ", "valid integer", "corrected: k: 1024"]),
    (("defaults", "k"), 0, ["0: ", "greater than or equal to 1", "corrected: k: 1024"]),
    (("defaults", "k"), DELETED, ["field required", "corrected: k: 1024"]),
    (("defaults", "task"), "decode", ["decode: ", "'decoder', 'reprojector' or 'abs'", "corrected: task: decoder"]),
    (("defaults", "epsilon"), 0, ["0: ", "greater than 0", "allowed: ", "(0, 1]", "corrected: epsilon: 1/64"]),
    (("defaults", "epsilon"), -0.5, ["-0.5: ", "greater than 0", "(0, 1]"]),
    (("defaults", "epsilon"), "3/2", ["1.5: ", "less than or equal to 1", "(0, 1]"]),
    (("batches", "E1", "epsilon"), [0.1, 2], ["2: ", "less than or equal to 1", "corrected: epsilon: [1/64]"]),
    (("defaults", "learning_rate"), float("nan"), ["finite number", "corrected: learning_rate: 0.003"]),
    (("defaults", "decay"), -1, ["-1: ", "greater than or equal to 0", "corrected: decay: 0.03"]),
    (("batches", "LR1", "learning_rate"), [], ["[]: ", "at least 1 item", "corrected: learning_rate: [0.003]"]),
    (
        ("batches", "LR1", "d"),
        "N+1",
        ["N+1: not a number in terms of one of N, d, k; write it as N/4"],
    ),
    (("batches", "LR1", "k"), ["N/2", "N/0"], ["N/0: not a number in terms of", "write it as N/4, 3 N or 8/N"]),
    (("scale",), "huge", ["huge is not one of paper, smoke, preview"]),
    (("seeds",), [3, 1, 3], ["[3, 1, 3] repeats a seed", "corrected: seeds: [3, 1]"]),
    (("batches", "LR1", "seeds"), [1, 1], ["[1, 1] repeats a seed", "corrected: seeds: [1]"]),
    (("batches", "LR1", "seeds"), [], ["[]: ", "at least 1 item", "corrected: seeds: [0, 1, 2]"]),
    (("seeds",), [], ["[]: ", "at least 1 item", "corrected: seeds: [0]"]),
    (("seeds",), [-1], ["-1: ", "greater than or equal to 0", "corrected: seeds: [0]"]),
    (("seeds",), [True], ["true: ", "valid integer", "corrected: seeds: [0]"]),
    (("scales", "smoke", "points"), 1, ["1: ", "greater than or equal to 2", "corrected: points: 3"]),
    (("scales", "smoke", "batch_size"), "2^23/d", ["2^23/d: ", "corrected: batch_size: 2^23/k"]),
    (("scales", "smoke", "factors", "N"), 0, ["0: ", "greater than 0", "corrected: factors: {N: 1/2}"]),
    (("scales", "smoke", "factors", "seed"), 2, ["seed: ", "'N', 'd'"]),
    (("scales", "smoke", "factors", "lr"), 2, ["lr: ", "corrected: learning_rate in place of lr"]),
    (("scales", "smoke", "factors", "n"), 2, ["n: ", "corrected: N in place of n"]),
    (("scales", "smoke", "batches"), {"K1": {"k": 16}}, ["K1.k: 16 must be a list", "corrected: k: [16]"]),
    (("scale",), "preveiw", ["preveiw is not one of", "corrected: scale: preview"]),
    (("seeds",), 3, ["3: ", "valid list", "corrected: seeds: [3]"]),
    (("seed",), 3, ["unknown key seed", "corrected: seeds: [3]"]),
    (("batches", "LR1", "seed"), 3, ["unknown key seed", "corrected: seeds: [3]"]),
    (("batches", "RG1", "comparison", "seed"), 3, ["unknown key seed", "--seed 3, or seeds: [3] of a batch"]),
    (("batches", "LR1", "lr"), [0.1, 0.2], ["unknown key lr", "corrected: learning_rate: [0.1, 0.2]"]),
    (("batches", "LR1", "n"), 64, ["unknown key n", "corrected: N: 64"]),
    (("batches", "LR1", "bs"), 64, ["corrected: batch_size: 64"]),
    (("batches", "LR1", "batch"), 64, ["corrected: batch_size: 64"]),
    (("batches", "LR1", "eps"), "1/64", ["corrected: epsilon: 1/64"]),
    (("batches", "LR1", "act"), "gelu", ["corrected: activation: gelu"]),
    (("batches", "LR1", "dist"), "uniform", ["corrected: distribution: uniform"]),
    (("batches", "LR1", "wd"), 0.1, ["corrected: decay: 0.1"]),
    (("batches", "LR1", "bias_decay"), 0.1, ["corrected: decay: 0.1"]),
    (("defaults", "activation"), "gelo", ["gelo: ", "corrected: activation: gelu"]),
    (("batches", "LR1", "activation"), ["relu", "gelo"], ["gelo: ", "corrected: activation: [gelu]"]),
    (("scales", "smoke", "batches"), {"LR9": {}}, ["LR9: not in batches, which has LR1, LR2"]),
    (("batches", "RG1", "comparison"), {"bias_offset": -1}, ["comparison", "must give one value", "l1"]),
    (("batches", "LR1"), None, ["LR1: null: not a mapping of names to values"]),
    (("batches", "LR1", "k"), "2^70", ["less than or equal to 9007199254740992", "corrected: k: 1024"]),
    (("batches", "LR1", "k"), "2^1000", ["[...]: input should be less than or equal to"]),
]


@pytest.mark.parametrize(("path", "value", "said"), MISTAKES, ids=[".".join(path) for path, _, _ in MISTAKES])
def test_a_mistake_is_named_with_its_value_what_is_allowed_and_the_mend(path, value, said):
    message = complaint(edited(*path, to=value))
    assert message.startswith("config.yaml: ")
    assert path[-1] in message
    assert path[-2:][0] in message
    assert [part for part in said if part not in message] == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("d", "-1 N", "batches.LR1 at scale paper: d: -512: input should be greater than or equal to 1"),
        ("d", "0 N", "batches.LR1 at scale paper: d: 0: input should be greater than or equal to 1"),
        ("l1", [0.1, "1/10"], "batches.LR1: learning_rate=0.001 l1=0.1 is given twice; leave one out"),
    ],
)
def test_a_number_that_no_run_can_have_is_named_as_it_is_planned(field, value, said):
    assert complaint(edited("batches", "LR1", field, to=value), "paper") == said


def test_every_mistake_is_named_at_once():
    message = complaint(edited("defaults", to=WRITTEN["defaults"] | {"k": 0, "epsilon": 2, "task": "x"}))
    assert [key for key in ("defaults.k", "defaults.epsilon", "defaults.task") if key not in message] == []


@pytest.mark.parametrize("kind", ["batches", "scales"])
@pytest.mark.parametrize(
    "name", ["a b", "a;rm -rf x", "$(x)", "`x`", "a'b", 'a"b', "../up", "a/b", ".", "", "-x", "9", "a\n", "é", "x" * 49]
)
def test_a_name_that_is_no_plain_word_is_refused(kind, name):
    some_value = {"k": [1, 2]} if kind == "batches" else {"batch_size": 1}
    message = complaint(edited(kind, name, to=some_value))
    assert message.startswith(f"config.yaml: {kind}.")
    assert "not a name: a letter, then letters, digits, _ or -, at most 48" in message
    assert "^[" not in message


def test_a_value_that_resembles_none_is_not_corrected_but_told_all():
    message = complaint(edited("defaults", "activation", to="tanh"))
    *others, last = (f"'{activation}'" for activation in PHI)
    assert f"{', '.join(others)} or {last}" in message
    assert "corrected" not in message


MISFITS = [
    (("defaults", "d"), 600, "paper", ["d: 600 is larger than N: 512", "at most N"]),
    (("scales", "smoke", "factors"), {"d": 100}, "smoke", ["d: 6400", "N: 512"]),
    (("scales", "smoke", "factors"), {"epsilon": 100}, "smoke", ["epsilon", "1.5625", "less than or equal to 1"]),
    (("batches", "LR1", "d"), "2 d", "paper", ["d: 2 d: each waits for another; write one of them as a number"]),
    (("batches", "Own"), {"d": "k/8", "k": "2 d"}, "paper", ["d: k/8, k: 2 d: each waits"]),
    (("batches", "LR1", "d"), "2 N", "paper", ["d: 1024 is larger than N: 512"]),
    (("batches", "LR1", "k"), "1e308 N", "paper", ["k: 1e308 N is too large"]),
    (("batches", "B3-GeLU", "decay"), 1000, "paper", ["decay: 1000", "learning_rate: 0.001", "below 1"]),
]


@pytest.mark.parametrize(("path", "value", "scale", "said"), MISFITS, ids=[m[3][0] for m in MISFITS])
def test_numbers_that_do_not_fit_together_are_named_with_their_values(path, value, scale, said):
    message = complaint(edited(*path, to=value), scale)
    assert message.startswith("batches.")
    assert [part for part in said if part not in message] == []


def test_a_misfit_names_the_scale_at_which_it_arises():
    assert "scale smoke" in complaint(edited("scales", "smoke", "factors", to={"d": 100}), "smoke")


LACKING = [
    (("figures", "fig02", "model", "at"), {"batch_size": 64}, "fig02", "batches.K1: does not give batch_size"),
    (("batches", "K1"), {"k": [512, 1024], "d": "k/8"}, "fig98", "batches.K1.d: follows from what is swept: k"),
    (("batches", "K1", "k"), [16, 2048], "fig02", "batches.K1.k: [16, 2048] lacks 1024, which it shows"),
    (
        ("batches", "LR1", "learning_rate"),
        [0.001, 0.005],
        "fig04",
        "batches.LR1.learning_rate: [0.001, 0.005] lacks 0.03",
    ),
    (("batches", "LR2"), {"k": [512, 1024]}, "fig06", "batches.LR2: sweeps k; it is shown by learning_rate"),
    (("batches", "LR2"), {}, "fig06", "batches.LR2: sweeps nothing; it is shown by learning_rate"),
]


@pytest.mark.parametrize(("path", "value", "figure", "said"), LACKING)
def test_a_figure_that_cannot_be_drawn_is_left_out_and_says_what_is_lacking(path, value, figure, said):
    config = edited(*path, to=value) | {"scale": "paper"}
    config["figures"]["fig98"] = WRITTEN["figures"]["fig02"] | {"model": {"batch": "K1", "at": {"d": 64}}}
    config["scales"] = {"paper": config["scales"]["paper"]}
    plan = make_plan(parse(Config, config, source="config.yaml"))
    assert said in plan.left_out[figure]
    assert figure not in plan.figures()
    assert figure not in plan.default_figures()


def test_a_configuration_without_some_of_the_papers_batches_draws_the_others():
    config = {"scale": "smoke", "batches": {"LR1": WRITTEN["batches"]["LR1"]}}
    config["scales"] = {"smoke": WRITTEN["scales"]["smoke"]}
    plan = make_plan(parse(Config, WRITTEN | config, source="config.yaml"))
    assert plan.default_figures() == ["fig03", "fig04", "fig05"]
    assert plan.left_out.keys() == {*PAPERS, *SUPPLEMENTS} - {"fig03", "fig04", "fig05"}
    assert plan.left_out["fig18"] == "it shows batch E1, which batches lacks; it has LR1"


def test_a_plan_of_some_batches_has_their_figures_and_no_companion_study():
    plan = make_plan(read_config(SHIPPED, {"scale": "smoke", "only": ["LR3", "LR1"]}))
    assert list(plan.batches) == ["LR1", "LR3"]
    assert {"fig01", "fig10", "figS2"} <= set(plan.default_figures()) < {*PAPERS, *SUPPLEMENTS}
    assert plan.left_out["fig18"] == "it shows batch E1, which is not in only: LR3, LR1"
    assert plan.experiments == []


def test_a_plan_of_a_batch_that_is_not_there_is_refused_with_the_nearest():
    assert "only: LR33 is not one of LR1, LR2, " in (said := complaint(WRITTEN | {"only": ["LR33"]}))
    assert "; nearest: LR3" in said


@pytest.mark.parametrize("scale", WRITTEN["scales"])
def test_no_figure_of_the_paper_is_left_out_as_shipped(scale):
    plan = make_plan(read_config(SHIPPED, {"scale": scale}))
    assert plan.left_out == {}
    assert list(plan.catalogue) == [*PAPERS, *SUPPLEMENTS]


OWN_FIGURE = {
    "kind": "trace",
    "title": "Mine beside LR3",
    "caption": "Loss in training.",
    "columns": [{"batches": ["LR1", "LR3"]}],
    "panels": ["loss"],
    "colour": "learning_rate",
}
BAD_FIGURES = [
    ({"kind": "picture"}, "mine: kind: picture: ", "kind must be one of trace, sweep, shares"),
    ("a picture", "mine: kind: a picture: kind must be one of", ""),
    ({"columns": [{"batches": ["LR1", "LR2", "LR3"]}]}, "mine.columns.0.batches: [LR1, LR2, LR3]", "at most 2 items"),
    ({"columns": [{"batches": ["LR1"]}, {"batches": ["LR1", "LR3"]}]}, "mine: columns: give each column one", ""),
    ({"columns": [{"batches": ["LR1"]}], "panels": ["loss_difference"]}, "mine: panels: loss_difference", ""),
    ({"panels": ["los"]}, "mine.panels.0: los", "'loss', 'loss_zoom'"),
    ({"titel": "x"}, "mine.titel: unknown key titel", "corrected: title: x"),
    ({"title": DELETED}, "mine.title: field required", "corrected: title: "),
]


@pytest.mark.parametrize(("change", "where", "what"), BAD_FIGURES)
def test_a_figure_of_ones_own_is_checked_as_strictly_as_the_rest(change, where, what):
    figure = (
        {key: value for key, value in (OWN_FIGURE | change).items() if value is not DELETED}
        if isinstance(change, dict)
        else change
    )
    message = complaint(edited("figures", "mine", to=figure))
    assert message.startswith(f"workflow/figures.yaml (or figures in config.yaml): {where}")
    assert what in message


def test_a_figure_of_ones_own_may_show_any_batches():
    plan = make_plan(parse(Config, edited("figures", "mine_vs_LR3", to=OWN_FIGURE), source="config.yaml"))
    shown = plan.figures()["mine_vs_LR3"]
    assert plan.default_figures()[-1] == "mine_vs_LR3"
    assert len(plan.specs_of(shown)) == len(plan.batches["LR1"].members) + len(plan.batches["LR3"].members)


@pytest.mark.parametrize("name", ["LR1", "tables", "LR1_trace"])
def test_a_figure_may_not_be_called_as_another_target(name):
    assert f"figures.{name}: the workflow has a target of that name" in complaint(
        edited("figures", name, to=OWN_FIGURE)
    )


def test_a_batch_of_a_figure_that_no_longer_sweeps_what_the_figure_names_is_refused_or_drawn():
    config = edited("batches", "K1", to={"k": 1024, "learning_rate": [0.1, 0.2]})
    assert_planned_or_refused(config)


def test_a_scale_may_give_one_value_to_what_a_batch_sweeps_or_is_refused():
    assert_planned_or_refused(edited("scales", "smoke", "batches", to={"K1": {"k": 1024}}))


def test_a_scale_may_sweep_what_a_batch_does_not_or_is_refused():
    assert_planned_or_refused(edited("scales", "smoke", "batches", to={"K1": {"steps": [64, 128]}}))


@pytest.mark.parametrize("value", [10**400, 10**30], ids=["beyond floats", "large"])
def test_a_number_too_large_to_scale_is_refused(value):
    assert_planned_or_refused(edited("defaults", "steps", to=value))


def test_a_factor_too_large_to_apply_is_refused():
    assert_planned_or_refused(edited("scales", "smoke", "factors", "N", to=1e308))


def test_a_batch_given_twice_is_refused_by_line(tmp_path):
    text = "batches:\n  LR1: {learning_rate: [1, 2]}\n  LR1: {learning_rate: [3, 4]}\n"
    message = complaint_about(tmp_path, text)
    assert "line 3: LR1 is given twice" in message
    assert "rename one of them" in message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "just text",
        "a: [1",
        "? [a]\n: 1",
        "1: 2",
        "a: &x [*x]",
        "note: 2001-99-99",
        "a: 0x_",
        "a: !!int x",
        "a: !!python/object:os.system {}",
        "\0",
    ],
    ids=lambda text: text[:12],
)
def test_a_file_that_is_no_configuration_is_refused_by_name(tmp_path, text):
    assert "config.yaml" in complaint_about(tmp_path, text)


def test_yaml_may_share_numbers_between_batches(tmp_path):
    path = tmp_path / "config.yaml"
    (tmp_path / "workflow").symlink_to(SHIPPED.parent / "workflow")
    text = SHIPPED.read_text(encoding="utf-8")
    merged = text.replace("  LR2:\n    distribution: power-law\n", "  LR2:\n    <<: {distribution: power-law}\n")
    assert merged != text
    path.write_text(merged, encoding="utf-8")
    assert read_config(path) == read_config(SHIPPED)


def test_what_is_merged_may_be_merged_again(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("x: {y: {a: &a {<<: &base {l1: 0, n: 1}, l1: 1}}}\nb: {<<: *a, n: 2}\n", encoding="utf-8")
    read = read_yaml(path, {})
    assert read == {"x": {"y": {"a": {"l1": 1, "n": 1}}}, "b": {"l1": 1, "n": 2}}


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: No such file"):
        read_config(tmp_path / "nowhere.yaml")


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "config.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        read_config(tmp_path / "config.yaml")


def test_overrides_lie_over_the_file():
    config = read_config(SHIPPED, {"scale": "smoke", "defaults": {"N": 256}, "seeds": [1, 2]})
    assert (config.scale, config.defaults.N, config.seeds) == ("smoke", 256, [1, 2])
    assert config.defaults.d == read_config(SHIPPED).defaults.d


def test_overrides_are_checked():
    with pytest.raises(ConfigError, match="unknown key scal"):
        read_config(SHIPPED, {"scal": "smoke"})


def test_numbers_mean_the_same_however_they_are_written():
    plain = edited("defaults", "epsilon", to=0.015625)
    assert parse(Config, plain, "config.yaml") == parse(Config, WRITTEN, "config.yaml")


def assert_planned_or_refused(config: Mapping[str, Any]) -> None:
    """Either a plan comes out whose every figure finds its runs, at every scale, or the configuration is refused."""
    try:
        parsed = parse(Config, config, source="config.yaml")
        plans = [make_plan(parsed.model_copy(update={"scale": scale})) for scale in parsed.scales]
    except ConfigError as error:
        assert str(error)
        return
    for plan in plans:
        figures = plan.figures()
        assert all(plan.specs_of(figure) for figure in figures.values())


def paths_into(inner: object, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(inner, dict):
        return []
    here = [(*above, key) for key in inner]
    return here + [path for key, value in inner.items() for path in paths_into(value, (*above, key))]


scalars = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(max_size=5)
    | some.sampled_from(["1/64", "2^40", "2^-3.5", "1/0", "relu", "abs", "LR1", "2^23/k", 0, 1, 2, 3, 0.5, 1e308])
)
junk = some.recursive(
    scalars,
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(some.sampled_from(["k", "epsilon", "N", "steps", "l1", "K1", "oops"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=150)
@given(path=some.sampled_from(paths_into(WRITTEN)), to=junk | some.just(DELETED))
def test_a_damaged_configuration_makes_a_plan_or_is_refused(path, to):
    assert_planned_or_refused(edited(*path, to=to))


@pytest.mark.slow
@settings(max_examples=60)
@given(
    batch=some.sampled_from(sorted(WRITTEN["batches"])),
    to=some.dictionaries(some.sampled_from(sorted(WRITTEN["defaults"])), junk, max_size=3),
)
def test_a_damaged_batch_of_a_scale_makes_a_plan_or_is_refused(batch, to):
    assert_planned_or_refused(edited("scales", "smoke", "batches", to={batch: to}))


def test_every_rule_of_the_workflow_is_a_target_that_no_batch_may_be_named_as():
    files = [SHIPPED.parent / "Snakefile", *(SHIPPED.parent / "workflow/rules").glob("*.smk")]
    rules = {name for file in files for name in re.findall(r"^rule (\w+):", file.read_text(), re.MULTILINE)}
    assert {"all", "train", "measure"} <= rules
    assert [name for name in rules if not TARGET.fullmatch(name)] == []


@pytest.mark.parametrize("name", ["all", "train", "fig03", "LR1_heat"])
def test_a_batch_named_as_a_target_of_the_workflow_is_refused(name):
    said = complaint(edited("batches", name, to={"k": [8, 16]}))
    assert f"batches.{name}: the workflow has a target of that name" in said
    assert f"my_{name}_runs" in said
