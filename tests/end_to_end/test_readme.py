"""Every command of the README and of docs/ is run, and every number in its tables is the reference results' own."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml

from helpers.figures import PAPERS
from helpers.project import ROOT, copied, make_repository, run_in
from helpers.world import runs_of
from monosemanticity.claims import report
from monosemanticity.claims.decisions import decisions
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.results import heads

PAGES = {path: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
README = PAGES[ROOT / "README.md"]
TEXT = "\n".join(PAGES.values())
OWN_BATCH, OF_THE_OWN_BATCH = re.search(r"```yaml\n(.*?)```\n\n```sh\n(.*?)```", README, re.DOTALL).groups()
COMMANDS = [block for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) if block != OF_THE_OWN_BATCH]
REFERENCE = ROOT / "results/reference/preview"
of_every_scale = pytest.mark.parametrize(
    "kept",
    [path.parents[1] for path in sorted(ROOT.glob("results/reference/*/tables/models.parquet"))],
    ids=lambda kept: kept.name,
)
LARGEST_REPORT = 12e6
"""Bytes that the repository has room for."""


@pytest.fixture(scope="module")
def clone(smoke: Path, made_once: Callable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project where every scale is smoke's, and its results there; at preview all is done."""

    def make(folder: Path) -> None:
        copied(smoke, folder)
        config = yaml.safe_load((folder / "config.yaml").read_text())
        for scale in ("preview", "paper"):
            config["scales"][scale] = config["scales"]["smoke"]
            shutil.copytree(folder / "results/smoke", folder / "results" / scale)
        (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        (folder / ".venv").symlink_to(sys.prefix)
        make_repository(folder)
        done = run_in(folder, "snakemake", "--cores", "all")  # captions are other ones, as `paper` is
        assert done.returncode == 0, done.stderr[-5000:]

    return copied(made_once("readme", make), tmp_path_factory.mktemp("readme") / "clone")


@pytest.fixture
def with_the_own_batch(clone: Path) -> Iterator[Path]:
    """The clone while the README's own batch is in config.yaml."""
    path = clone / "config.yaml"
    text = path.read_text()
    config = yaml.safe_load(text)
    config["batches"] |= yaml.safe_load(OWN_BATCH)["batches"]
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    yield clone
    path.write_text(text)


@pytest.mark.parametrize("block", COMMANDS)
def test_a_block_of_commands_runs(clone: Path, block: str) -> None:
    if "make test" in block:
        pytest.skip("make test is what runs this test")
    if "--profile slurm" in block:
        pytest.skip("test_slurm.py runs it, on a cluster of its own")
    if "make" in block and not Path(sys.prefix, ".installed").exists():
        pytest.skip("the tests run outside the environment that make sets up")
    run_as_it_stands(block, clone)


def test_the_commands_of_a_batch_of_ones_own_run(with_the_own_batch: Path) -> None:
    run_as_it_stands(OF_THE_OWN_BATCH, with_the_own_batch)
    drawn = {path.stem for path in (with_the_own_batch / "results/preview/figures").glob("my_batch_*.png")}
    assert drawn == {f"my_batch_{kind}" for kind in ("trace", "bias", "heat", "sweep")}


def run_as_it_stands(block: str, folder: Path) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_the_companions_claims_are_those_of_the_reference_results() -> None:
    said = (REFERENCE / "companions/claims.md").read_text(encoding="utf-8")
    head, table = said.split("\n\n| claim |")
    shown = re.search(r"<!-- claims -->\n(.*?)<!-- /claims -->", PAGES[ROOT / "docs/companions.md"], re.DOTALL)[1]
    assert shown.strip() == head.strip()
    decided = pd.read_parquet(REFERENCE / "companions/claims.parquet")
    assert len(set(decided["claim"])) == len(table.splitlines()) - 2


@of_every_scale
def test_the_claims_of_reference_results_follow_from_their_tables(kept: Path) -> None:
    tables = {path.stem: pd.read_parquet(path) for path in (kept / "tables").glob("*.parquet")}
    assert (kept / "claims.md").read_text(encoding="utf-8") == report.as_markdown(decisions(runs_of(tables)))


def test_the_claims_of_the_readme_are_those_of_the_reference_results() -> None:
    summary, _ = (REFERENCE / "claims.md").read_text(encoding="utf-8").split("\n\n| claim |")
    shown = re.search(r"<!-- claims -->\n(.*?)<!-- /claims -->", README, re.DOTALL)[1]
    assert shown.strip() == summary.strip()


def test_the_bands_at_half_are_those_of_its_reference_results() -> None:
    models = pd.read_parquet(ROOT / "results/reference/half/tables/models.parquet")
    *widths, last = models.sort_values("learning_rate")["positive_bias_neurons"]
    for page in (README, PAGES[ROOT / "docs/agreement.md"]):
        assert f"{', '.join(map(str, widths))} and {last} " in " ".join(page.split())


@pytest.mark.parametrize(
    ("claims", "page"), [("claims", "docs/agreement.md"), ("companions/claims", "docs/companions.md")]
)
def test_every_claim_that_is_not_reproduced_is_explained(claims: str, page: str) -> None:
    against = pd.read_parquet(REFERENCE / f"{claims}.parquet").query("verdict in ['not reproduced', 'not consistent']")
    headings = re.findall(r"^##+ .*", PAGES[ROOT / page], re.MULTILINE)
    explained = re.findall(r"`([\w-]+)`", "\n".join(headings))
    assert set(against["claim"]) - set(explained) == set()


@of_every_scale
def test_reference_results_carry_their_stamps(kept: Path) -> None:
    tables, claims = heads.read(kept / "tables/models.parquet"), heads.read(kept / "claims.parquet")
    assert tables.damage(kept / "tables") == ""
    assert claims.damage(kept) == ""
    assert claims.of["digest"] == tables.of["digest"]
    page = kept / "report.html"
    assert heads.read(page).of["schema_version"] == tables.of["schema_version"]
    headline = (kept / "claims.md").read_text(encoding="utf-8").partition("\n")[0]
    assert headline in page.read_text(encoding="utf-8")
    assert page.stat().st_size < LARGEST_REPORT
    for picture in (kept / "figures").glob("*.png"):
        assert heads.read(picture).of["schema_version"] == tables.of["schema_version"]


def test_every_figure_of_the_paper_and_the_companions_claims_are_kept() -> None:
    assert {path.stem for path in (REFERENCE / "figures").glob("*.png")} >= set(PAPERS)
    claims = REFERENCE / "companions/claims.md"
    assert heads.read(claims.with_suffix(".parquet")).damage(claims.parent) == ""
    headline = claims.read_text(encoding="utf-8").partition("\n")[0]
    assert headline in (REFERENCE / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["speed", "companions", "precision", "plain"])
def test_the_tables_of_measurements_are_those_that_are_kept(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    monkeypatch.chdir(ROOT)
    import bench
    import plain
    import precision

    kept = pd.read_parquet(ROOT / "results/reference/benchmarks" / f"{name}.parquet")
    shown = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", TEXT, re.DOTALL)[1].strip()
    if name in {"speed", "companions"}:
        rows = kept[list(bench.Row._fields)].itertuples(index=False)
        assert shown == "\n".join([bench.HEADER, *(bench.as_markdown(row) for row in rows)])
    else:
        assert shown == {"precision": precision, "plain": plain}[name].as_markdown(kept)


def test_every_picture_and_file_that_is_linked_exists() -> None:
    pages = PAGES | {ROOT / name: (ROOT / name).read_text(encoding="utf-8") for name in ("CONTRIBUTING.md",)}
    links = [(page, link) for page, text in pages.items() for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)]
    local = [page.parent / link for page, link in links if not link.startswith("http")]
    assert len(local) > 30
    assert [path for path in local if not path.exists()] == []


def test_the_table_of_scales_counts_the_runs() -> None:
    config = read_config(ROOT / "config.yaml")
    for scale in config.scales:
        row = next(line for line in TEXT.splitlines() if line.startswith(f"| `{scale}` |"))
        runs = make_plan(config.model_copy(update={"scale": scale})).runs
        assert row.split("|")[-2].strip() == str(len(runs))


def test_every_test_that_the_table_of_reliability_names_is_there() -> None:
    named = re.findall(r"`(test_\w+)`", PAGES[ROOT / "docs/reliability.md"])
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) > 20
    assert sorted(set(named) - there) == []
