"""A page of results that are not there, or are someone else's."""

import json
import re
from pathlib import Path

import pytest

from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.identity import stages
from monosemanticity.report import page
from monosemanticity.report.explorer import Explorer
from monosemanticity.report.sources import Sources
from monosemanticity.results import divergence, heads
from monosemanticity.results.paths import Paths
from monosemanticity.workflow.jobs import REPORT, Jobs

CONFIG = Path(__file__).parents[2] / "config.yaml"
OVERRIDES = {"scale": "smoke"}
KEPT = CONFIG.parent / "results/reference/preview"


@pytest.fixture(scope="module")
def plan():
    return make_plan(read_config(CONFIG, OVERRIDES))


@pytest.fixture
def sources(plan, tmp_path):
    paths = Paths(tmp_path, "smoke")
    return Sources(plan, paths, Jobs(plan, paths), OVERRIDES)


def written(sources):
    target = sources.paths.report
    missing = page.write(sources, {"LR1": sources.plan.batches["LR1"].members}, sources.jobs.jobs[REPORT].of, target)
    return missing, target.read_text()


def test_a_page_of_nothing_says_what_is_missing_and_what_makes_it(sources):
    missing, text = written(sources)
    whats = {gap.what for gap in missing}
    assert {"the table of models", "the companions' claims", "fig01", "incidental1"} <= whats
    assert any(re.match("what claims ask of .*LR1, .*E1", what) for what in whats)
    for gap in missing:
        assert gap.command.startswith("snakemake --cores all ")
        assert gap.command.endswith("--config scale=smoke")
    assert "snakemake --cores all fig07 --config scale=smoke" in text
    assert text.count("<img") == 0


def test_a_page_with_gaps_is_made_again(sources):
    written(sources)
    assert heads.read(sources.paths.report).of["code"] == sources.jobs.jobs[REPORT].of.code
    assert Jobs(sources.plan, sources.paths).verdict(REPORT).state == "stale"


def test_a_page_that_ends_in_the_middle_is_damaged(sources):
    _, text = written(sources)
    sources.paths.report.write_text(text[: len(text) // 2])
    assert "ends in the middle" in "".join(Jobs(sources.plan, sources.paths).verdict(REPORT).reasons)


def test_a_run_that_diverged_is_listed_with_what_became_of_it(sources):
    run_id, spec = next(iter(sources.plan.runs.items()))
    divergence.keep(sources.paths.run(run_id), stages.of_training(spec), "the loss is NaN at step 17; its log is there")
    _, text = written(Sources(sources.plan, sources.paths, Jobs(sources.plan, sources.paths), OVERRIDES))
    assert "the loss is NaN at step 17; its log is there" in text
    assert re.search(r'<tr class="diverged">', text)


@pytest.mark.parametrize("cut", [None, 3000])
def test_a_figure_that_is_no_picture_is_a_gap(sources, cut):
    path = sources.paths.figure("fig01", "png")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"<script>alert(1)</script>" if cut is None else (KEPT / "figures/fig01.png").read_bytes()[:cut])
    missing, text = written(sources)
    assert "damaged" in next(gap.why for gap in missing if gap.what == "fig01")
    assert "<script>alert" not in text


def test_no_text_of_results_ends_the_script_element_that_holds_it():
    index = Explorer({"batches": {"</script><script>alert(1)</script>": []}})
    assert "</script" not in index.as_json()
    assert json.loads(index.as_json()) == index.index


def test_a_configuration_without_companions_has_no_section_of_them(tmp_path):
    plan = make_plan(read_config(CONFIG, OVERRIDES)).model_copy(
        update={"companions": {"incidental": {}, "superposition": {}}}
    )
    paths = Paths(tmp_path, "smoke")
    _, text = written(Sources(plan, paths, Jobs(plan, paths), OVERRIDES))
    assert 'id="studies"' not in text
    assert ">The companion studies<" not in text


def test_only_the_pages_own_script_may_run_and_nothing_may_be_fetched(sources):
    _, text = written(sources)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    policy = policy.replace("&#39;", "'")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert set(re.findall(r'(?:src|href)="(?!#|data:image/webp)([^"]*)', text)) == {"https://arxiv.org/abs/2211.09169"}


def test_every_run_asked_by_hand_is_listed(sources):
    _, text = written(sources)
    assert all(run_id in text for run_id in sources.plan.runs)
