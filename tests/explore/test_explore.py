import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from helpers.files import files_of
from helpers.project import ROOT
from monosemanticity import Results
from monosemanticity.errors import ConfigError, RefusedError, ResultError
from monosemanticity.experiment.config_file import read_yaml
from monosemanticity.figures import draw
from monosemanticity.results.tensors import read_tensors
from monosemanticity.workflow.planned import Planned


def refused(ask: Callable[[], object], kind: type[Exception] = ConfigError) -> str:
    """What is said of a wrong question."""
    with pytest.raises(kind) as refusal:
        ask()
    return str(refusal.value)


def in_a_new_process(statements: str) -> str:
    done = subprocess.run([sys.executable, "-c", statements], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_package_stays_light_and_results_are_there_once_they_are_asked_for():
    assert in_a_new_process("import sys, monosemanticity; print('pandas' in sys.modules)") == "False"
    said = in_a_new_process(
        "import sys; from monosemanticity import Results; print(Results.__name__, 'torch' in sys.modules)"
    )
    assert said == "Results False"
    with pytest.raises(ImportError, match="Result"):
        from monosemanticity import Result  # noqa: F401


def test_pytorch_is_loaded_for_a_network_alone(trained):
    ask = (
        "import sys; from monosemanticity import Results; import numpy as np; "
        f"model = Results({str(trained / 'results/tiny')!r}).run('L', learning_rate=0.01).model(); "
        "model(np.zeros(24)), model.responses.r; before = 'torch' in sys.modules; model.torch(); "
        "print(before, 'torch' in sys.modules)"
    )
    assert in_a_new_process(ask) == "False True"


def test_nothing_is_written(project):
    before = files_of(project)
    results = Results(project / "results/tiny")
    results.models, results.claims, results.figure("L_sweep")
    results.run("L", learning_rate=0.01).model()
    assert files_of(project) == before


def test_models_are_a_row_a_place_in_a_batch(results):
    models = results.models
    assert models.columns[:4].tolist() == ["batch", "setting", "comparison", "run"]
    assert models["batch"].value_counts().to_dict() == {"L": 4, "G": 4, "R": 3}
    assert models.loc[models["comparison"], "setting"].tolist() == ["l1=0"]
    assert models.set_index("run")["final_loss"].notna().all()
    assert results.batches == ["L", "G", "R"]
    pd.testing.assert_frame_equal(results.runs[["batch", "setting"]], models[["batch", "setting"]])


def test_claims_are_those_that_the_tables_decide(results):
    claims = results.claims
    assert set(claims["verdict"]) == {"not measurable here"}
    assert claims["claim"].is_unique


def test_a_run_is_that_of_the_tables_terms_and_of_its_first_seed(results):
    run = results.run("L", learning_rate=0.03)
    assert (run.spec.learning_rate, run.spec.seed) == (0.06, 0)
    assert (
        results.run("L", learning_rate=np.float64(0.03)).spec
        == results.run("L", learning_rate="3/100").spec
        == run.spec
    )
    assert results.run("L", seed=1, learning_rate=0.03).spec.seed == 1
    assert results.run("G", activation="gelu", bias_offset=0.5).spec.activation == "gelu"
    assert results.named(run.spec.run_id) == run


def test_what_a_run_has_is_what_its_files_hold(results):
    run = results.run("L", learning_rate=0.01)
    for name in ("trace", "measures", "features"):
        pd.testing.assert_frame_equal(getattr(run, name), pd.read_parquet(run.folder / f"{name}.parquet"))
    assert run.neurons["r"].tolist() == pd.read_parquet(run.folder / "neurons.parquet")["r"].tolist()
    assert run.checkpoints == run.measures["step"].tolist() == [1, 2, 4, 8, 16]
    assert run.measures["mean_bias"].tolist() == [run.model(step).b.mean() for step in run.checkpoints]


MISTAKES = [
    (lambda of: of.run("l", learning_rate=0.01), ["l: unknown; nearest: L; `monosemanticity targets` lists all"]),
    (lambda of: of.run("L", lr=0.01), ["lr=0.01: L at scale tiny sweeps learning_rate; nearest: learning_rate"]),
    (lambda of: of.run("L", learning_rate=0.02), ["learning_rate=0.02: L at scale tiny has 0.01, 0.03; nearest: 0.0"]),
    (lambda of: of.run("L", learning_rate="fast"), ["learning_rate=fast: L at scale tiny has 0.01, 0.03"]),
    (lambda of: of.run("L", learning_rate=[0.01]), ["learning_rate=[0.01]: L at scale tiny has 0.01, 0.03"]),
    (lambda of: of.run("G", activation="gel"), ["activation=gel: G at scale tiny has relu, gelu; nearest: gelu"]),
    (lambda of: of.run("G", activation=1), ["activation=1: G at scale tiny has relu, gelu"]),
    (lambda of: of.run("L"), ["L at scale tiny sweeps learning_rate over 0.01, 0.03: choose", "learning_rate=0.01"]),
    (
        lambda of: of.run("G", bias_offset=-1),
        ["G at scale tiny sweeps activation over relu, gelu", "activation='relu'"],
    ),
    (lambda of: of.run("G", seed=1, activation="relu", bias_offset=-1), ["seed=1: G at scale tiny has 0"]),
    (lambda of: of.named("decoder"), ["decoder: no run of scale tiny", "the table runs has all"]),
    (
        lambda of: of.run("L", learning_rate=0.01).model(7),
        ["step 7: no model was kept; nearest: 8; kept after 1, 2, 4"],
    ),
    (lambda of: of.run("L", learning_rate=0.01).model()(np.zeros((24, 3))), ["shape (24, 3)", "must be N = 24 long"]),
    (lambda of: of.figure("L_swep"), ["L_swep: unknown; nearest: L_sweep"]),
    (lambda of: of.figure("of_what_is_not_there"), ["is left out: it shows batch X, which batches lacks"]),
    (lambda of: of.figure("L_heat", axes=Figure().subplots()), ["L_heat: has no panel of curves", "leave out axes"]),
    (lambda of: of.figure("L_trace", axes=Figure().subplots()), ["panel=None: L_trace has 'loss', ", "'mean bias'"]),
    (lambda of: of.figure("L_trace", Figure().subplots(), "meanbias"), ["panel='meanbias'", "nearest: mean bias"]),
]


@pytest.mark.parametrize(("ask", "said"), MISTAKES)
def test_a_wrong_question_is_told_what_is_there(results, ask, said):
    found = refused(lambda: ask(results))
    assert [words for words in said if words not in found] == [], found


def test_a_result_that_is_not_there_is_named_with_the_command_that_makes_it(project):
    results = Results(project / "results/tiny")
    run = results.run("L", learning_rate=0.01)
    (run.folder / "neurons.parquet").unlink()
    (project / "results/tiny/tables/models.parquet").write_bytes(b"no table")
    for ask, file, problem in (
        (lambda: run.neurons, run.folder / "neurons.parquet", "missing"),
        (lambda: results.models, project / "results/tiny/tables/models.parquet", "damaged"),
    ):
        found = refused(ask, RefusedError)
        assert found.startswith(f"{file}: {problem}")
        assert f"make it again: cd {project} && monosemanticity check --remove --override" in found
        assert found.endswith("snakemake --cores all --config scale=tiny")


def test_models_of_another_run_are_refused(project):
    one, other = (Results(project / "results/tiny").run("L", learning_rate=rate) for rate in (0.01, 0.03))
    for kept in (one.folder / "checkpoints").iterdir():
        kept.write_bytes((other.folder / "checkpoints" / kept.name).read_bytes())
    assert "digest is " in refused(one.model, RefusedError)


def test_a_folder_that_is_not_there_is_told_how_to_make_it_or_what_is_there(project):
    assert "snakemake --cores all --config scale=tiny" in refused(lambda: Results(project / "docs/../results2/tiny"))
    assert refused(lambda: Results(project / "results/tin")).endswith(f"nearest: {project / 'results/tiny'}")
    assert "as results/preview of the project" in refused(lambda: Results(project / "a/b/c"))


def test_the_configuration_of_the_newest_plan_counts_and_not_what_config_yaml_says_by_now(project):
    root = project / "results/tiny"
    for seeds, age in (([0, 1, 2], 0), ([0], 9)):
        given = Planned.now({**read_yaml(project / "config.yaml", {}), "seeds": seeds}, {"seeds": seeds})
        given.write(root / "planned")
        path = given.path(root / "planned")
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    (project / "config.yaml").unlink()
    results = Results(root)
    assert sorted(set(results.runs["seed"])) == [0, 1, 2]
    assert "--config 'seeds=[0, 1, 2]' scale=tiny" in refused(lambda: results.models, RefusedError)


def test_a_folder_may_have_another_name_where_it_has_its_plan(project):
    given = Planned.now(read_yaml(project / "config.yaml", {}), {})
    given.write(project / "results/tiny/planned")
    (project / "results/tiny").rename(project / "theirs")
    assert len(Results(project / "theirs").models) == 11


def test_a_folder_of_an_unknown_configuration_is_told_so(project):
    (project / "config.yaml").unlink()
    assert f"nor {project / 'config.yaml'}; put" in refused(lambda: Results(project / "results/tiny"))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("put", "kind", "said"),
    [
        (os.mkfifo, ResultError, "a pipe or a device"),
        (lambda path: path.symlink_to("/etc/passwd"), ResultError, "a link that leads out"),
        (lambda path: path.write_bytes(b"\xff"), ConfigError, "can't decode"),
        (lambda path: path.write_text("[" * 10_000), ConfigError, "start snakemake again"),
        (lambda path: path.write_text(" " * 2**21), ConfigError, "2,097,152 bytes, at most 1,048,576 are read"),
        (lambda path: path.mkdir(), ConfigError, "Not a file"),
    ],
)
def test_a_folder_from_elsewhere_harms_nobody(project, put, kind, said):
    planned = project / "results/tiny/planned"
    planned.mkdir()
    put(planned / "a.json")
    assert said in refused(lambda: Results(project / "results/tiny"), kind)


def test_a_plan_from_elsewhere_adds_nothing_to_the_command_that_makes_results_again(project):
    given = Planned.now(read_yaml(project / "config.yaml", {}), {"--snakefile": "/theirs", "seeds": ["; theirs"]})
    given.write(project / "results/tiny/planned")
    (project / "results/tiny/tables/models.parquet").unlink()
    said = refused(lambda: Results(project / "results/tiny").models, RefusedError)
    assert "--snakefile" not in said
    assert """--config 'seeds=["; theirs"]' scale=tiny""" in said


def test_a_panel_goes_into_axes_of_ones_own(results):
    own = Figure()
    left, right = own.subplots(1, 2)
    assert results.figure("L_trace", axes=right, panel="mean bias") is own
    measures = results.run("L", learning_rate=0.01).measures
    assert right.get_ylabel() == "mean bias"
    assert "training steps" in right.get_xlabel()
    assert any(np.array_equal(line.get_ydata(), measures["mean_bias"]) for line in right.lines)
    assert not left.lines
    own.draw_without_rendering()
    bounds = right.get_window_extent()
    for line in right.lines:
        assert line.get_clip_box() is not None
        assert bounds.x0 - 1 <= line.get_window_extent().x0


def test_results_and_what_they_hold_are_shown_in_a_line(results, trained):
    run = results.run("L", learning_rate=0.01)
    assert repr(results) == f"Results({trained / 'results/tiny'}: 3 batches, 10 runs)"
    assert repr(run) == f"Run({run.spec.run_id})"
    assert repr(run.model()) == "Model(decoder, relu: N=24, d=6, k=10, outputs=24)"


def test_what_the_smoke_workflow_made_is_read_as_it_was_written(smoke: Path, tmp_path: Path):
    root = smoke / "results/smoke"
    results = Results(root)
    tables = {name: pd.read_parquet(root / f"tables/{name}.parquet") for name in ("members", "models")}
    assert len(results.models) == len(tables["members"])
    found = results.models.drop_duplicates("run").set_index("run")["final_loss"]
    pd.testing.assert_series_equal(found.sort_index(), tables["models"].set_index("run")["final_loss"].sort_index())
    pd.testing.assert_frame_equal(results.claims, pd.read_parquet(root / "claims.parquet"), check_dtype=False)
    run = results.run("LR3", learning_rate=0.005)
    tensors, _ = read_tensors(run.folder / "checkpoints/step-00000064.safetensors", {}, {})
    for name in ("P", "W1", "b", "W2"):
        assert np.array_equal(getattr(run.model(), name), tensors[name])
    assert np.array_equal(run.model().responses.r, run.neurons["r"])
    assert results.companions["incidental"].table("collisions")["m"].nunique() == 2


def test_the_example_of_the_documentation_runs(smoke: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    section = (ROOT / "docs/results.md").read_text(encoding="utf-8").split("## From Python")[1]
    example = re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]
    (tmp_path / "results").mkdir()
    (tmp_path / "results/preview").symlink_to(smoke / "results/smoke")
    monkeypatch.chdir(tmp_path)
    run = {}
    exec(example, run)  # noqa: S102 the page's own
    assert len(run["neurons"]) == run["run"].spec.k


@pytest.mark.parametrize("name", ["fig04", "fig07", "fig26", "incidental2", "superposition2"])
def test_a_figure_is_that_of_the_workflow(smoke: Path, tmp_path: Path, name: str):
    root = smoke / "results/smoke"
    drawn = Results(root).figure(name)
    for suffix in ("pdf", "svg", "png"):  # each lays it out again, from where the one before has left it
        draw.save(drawn, tmp_path / f"a.{suffix}", suffix, {})
    mine, theirs = (np.asarray(Image.open(path)) for path in (tmp_path / "a.png", root / f"figures/{name}.png"))
    assert np.array_equal(mine, theirs)
