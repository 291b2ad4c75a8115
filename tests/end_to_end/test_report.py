"""The report in a real browser: what it shows is held against Parquet files and checkpoints."""

import json
import os
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
import safetensors.numpy
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import Plan, make_plan
from monosemanticity.measures import monosemanticity
from monosemanticity.measures.neurons import POSITIVE_BIAS
from monosemanticity.model.trained import model_of
from monosemanticity.results import checkpoints
from monosemanticity.results.paths import Paths

pytestmark = pytest.mark.slow
PLACES = 20
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if not chromium:
        if "CI" in os.environ:
            pytest.fail("there is no chromium; .ci/run installs it")
        pytest.skip("there is no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def plan(smoke: Path) -> Plan:
    return make_plan(read_config(smoke / "config.yaml", {"scale": "smoke"}))


@pytest.fixture(scope="module")
def paths(smoke: Path) -> Paths:
    return Paths(smoke / "results", "smoke")


class Opened:
    """The report, and everything that it did which it should not."""

    def __init__(self, page: Page, report: Path) -> None:
        self.page, self.report = page, report
        self.faults: list[str] = []
        page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self._ask(request.url))

    def _ask(self, url: str) -> None:
        if not url.startswith(("data:", "blob:", self.report.as_uri())):
            self.faults.append(f"asked for {url}")

    def at(self, **state: Any) -> "Opened":
        """The page with a run, a step, a neuron or a feature in its address, drawn."""
        address = "&".join(f"{name}={quote(str(value))}" for name, value in state.items())
        self.page.goto("about:blank")
        self.page.goto(f"{self.report.as_uri()}#{address}")
        return self.drawn()

    def drawn(self) -> "Opened":
        """Once its charts are those of its address."""
        address = json.dumps(self.page.evaluate("location.hash"))
        self.page.locator(f"#models[data-drawn={address}]").wait_for(state="attached")
        return self

    def table(self, slot: str) -> pd.DataFrame:
        """The table behind a chart."""
        cells = _cells(self.page.locator(f"#explorer-{slot} figure"))
        head, *rows = cells
        numbers = [[np.nan if text == "none" else float(text) for text in row] for row in rows]
        return pd.DataFrame(numbers, columns=head)

    def said(self, slot: str) -> str:
        return self.page.locator(f"#explorer-{slot}").inner_text()


@pytest.fixture
def opened(browser: Browser, paths: Paths) -> Iterator[Opened]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    report = Opened(page, paths.report)
    yield report
    assert report.faults == []
    page.close()


def test_everything_is_there_when_it_is_opened_from_a_file(opened: Opened, plan: Plan) -> None:
    opened.page.goto(opened.report.as_uri())
    figures = opened.page.locator("article.figure")
    assert figures.count() == len(plan.default_figures()) + 14
    assert opened.page.locator(".gap").count() == 0
    for image in opened.page.locator("article.figure img").all():
        image.scroll_into_view_if_needed()
        assert image.is_visible()
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    opened.drawn()
    assert opened.page.locator("#models canvas").count() >= 8


def test_claims_lead_to_their_figures_and_their_runs(opened: Opened) -> None:
    opened.page.goto(opened.report.as_uri())
    row = opened.page.locator("#claim-neg-bias")
    row.locator("a[href='#figure-fig07']").click()
    assert opened.page.url.endswith("#figure-fig07")
    row.locator("summary").click()
    link = row.locator("a[href^='#run=']").first
    run = link.inner_text()
    link.click()
    opened.page.locator(f"#models[data-drawn*='{run}']").wait_for(state="attached")


def test_what_is_shown_of_random_choices_is_what_files_say(opened: Opened, plan: Plan, paths: Paths) -> None:
    choose = random.Random(0)
    for _ in range(PLACES):
        spec = plan.runs[choose.choice(list(plan.runs))]
        step = choose.choice(spec.checkpoint_steps)
        neuron, feature = choose.randrange(spec.k), choose.randrange(spec.N)
        shown = opened.at(run=spec.run_id, step=step, neuron=neuron, feature=feature)
        run = paths.run(spec.run_id)
        trace, measures = (pd.read_parquet(run / f"{name}.parquet") for name in ("trace", "measures"))
        neurons, features = (pd.read_parquet(run / f"{name}.parquet") for name in ("neurons", "features"))

        loss = shown.table("loss")
        np.testing.assert_allclose(loss["run"], trace["loss"], rtol=1e-5)
        np.testing.assert_array_equal(loss["step"], trace["step"])
        np.testing.assert_allclose(shown.table("mono")["run"], measures["mono_neurons"] / spec.N, rtol=1e-5)

        then = model_of(spec, checkpoints.read_checkpoint(run, step, spec))
        at_step = monosemanticity.responses(then)
        falling = np.argsort(-at_step.r.astype(np.float32), kind="stable")
        np.testing.assert_allclose(shown.table("r")["run"], at_step.r[falling], rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(shown.table("bias")["run"], then.b[falling], rtol=2e-3, atol=1e-6)
        np.testing.assert_allclose(
            shown.table("weights")["weight"], _final(run, spec)["W1"][:, neuron], rtol=1e-3, atol=1e-6
        )

        seen = monosemanticity.responses(model_of(spec, checkpoints.read_checkpoint(run, spec.steps, spec)))
        close = {"atol": 1e-3 * max(1, seen.h.max()) if spec.activation == "relu" else np.ptp(seen.h) / 500}
        np.testing.assert_allclose(shown.table("fires")["activation"], np.sort(seen.h[:, neuron])[::-1], **close)
        np.testing.assert_allclose(shown.table("strongest")["activation"], np.sort(seen.h[feature])[::-1], **close)
        assert _number("r", shown.said("neuron_said")) == pytest.approx(neurons["r"][neuron], abs=1e-5)
        assert _number("bias", shown.said("neuron_said")) == pytest.approx(neurons["bias"][neuron], rel=1e-4)
        assert _number("mono neurons", shown.said("feature_said")) == features["mono_neurons"][feature]


def _cells(chart: Locator) -> list[list[str]]:
    """The table behind a chart, its head first."""
    chart.locator("summary").click()
    chart.locator("details tbody").wait_for(state="attached")
    return chart.locator("details tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )


def _final(run: Path, spec: Any) -> dict[str, np.ndarray]:
    return safetensors.numpy.load_file(run / "checkpoints" / f"step-{spec.steps:08d}.safetensors")


def _number(name: str, said: str) -> float:
    return float(re.search(rf"(?:^|[ ,]){name} (-?[\d.e-]+)", said.split("At the end:")[-1])[1])


def test_a_second_run_is_drawn_on_the_same_axes(opened: Opened, plan: Plan, paths: Paths) -> None:
    one, two = (member.spec for member in plan.batches["LR3"].members[:2])
    shown = opened.at(run=one.run_id, beside=two.run_id)
    loss = shown.table("loss").set_index("step")
    for name, spec in {"run": one, "beside it": two}.items():
        trace = pd.read_parquet(paths.run(spec.run_id) / "trace.parquet").set_index("step")
        np.testing.assert_allclose(loss[name].dropna(), trace["loss"], rtol=1e-5)


def test_choosing_by_hand_changes_the_address_and_the_address_chooses(opened: Opened, plan: Plan) -> None:
    opened.page.goto(opened.report.as_uri())
    opened.page.locator("#explorer").scroll_into_view_if_needed()
    opened.drawn()
    opened.page.get_by_label("Run: batch").select_option("LR3")
    last = plan.batches["LR3"].members[-1].spec
    opened.page.get_by_label("Run: setting").select_option(last.run_id)
    opened.page.get_by_label("Neuron", exact=True).fill("5")
    opened.page.get_by_label("Neuron", exact=True).press("Enter")
    opened.page.wait_for_url(re.compile("neuron=5"))
    opened.drawn()
    address, said = opened.page.url, opened.said("neuron_said")
    assert last.run_id in address
    opened.page.goto("about:blank")
    opened.page.goto(address)
    opened.drawn()
    assert opened.said("neuron_said") == said


def test_the_slider_moves_through_the_checkpoints(opened: Opened, plan: Plan) -> None:
    spec = plan.batches["LR1"].members[0].spec
    opened.at(run=spec.run_id)
    slider = opened.page.get_by_label("Step of training")
    slider.focus()
    for step in reversed(spec.checkpoint_steps[:-1]):
        slider.press("ArrowLeft")
        opened.page.wait_for_url(re.compile(rf"step={step}\b"))
    opened.drawn()
    assert f"step {spec.checkpoint_steps[0]}" in opened.said("r")


def test_an_address_of_what_is_not_there_is_no_harm(opened: Opened) -> None:
    for address in ("run=../../etc/passwd", "run=<img src=x onerror=alert(1)>", "neuron=9", "run=constructor"):
        opened.page.goto("about:blank")
        opened.page.goto(f"{opened.report.as_uri()}#{quote(address, safe='=&')}")
        assert opened.page.locator("h1").is_visible()


def test_the_keyboard_alone_reaches_and_reads_every_chart(opened: Opened, plan: Plan) -> None:
    spec = plan.batches["LR1"].members[0].spec
    opened.at(run=spec.run_id)
    reached: set[str] = set()
    opened.page.get_by_label("Run: batch").focus()
    for _ in range(80):
        opened.page.keyboard.press("Tab")
        slot, kind = opened.page.evaluate(
            "[document.activeElement.closest('[id^=explorer-]')?.id ?? '', document.activeElement.tabIndex]"
        )
        if slot and slot not in reached and kind == 0:
            opened.page.keyboard.press("ArrowRight")
            if opened.page.evaluate("document.activeElement.matches('.surface, canvas')"):
                assert opened.page.locator(f"#{slot} .value").first.inner_text()
                assert opened.page.locator("#live").text_content()
                reached.add(slot)
    charts = {
        "loss",
        "mono",
        "mean_bias",
        "bias",
        "r",
        "heat",
        "fires",
        "history",
        "history_bias",
        "weights",
        "response",
    }
    assert {f"explorer-{name}" for name in charts} <= reached


def test_companion_models_are_those_of_their_files(opened: Opened, plan: Plan, paths: Paths) -> None:
    opened.page.goto(opened.report.as_uri())
    opened.page.locator("#studies").scroll_into_view_if_needed()
    controls = opened.page.locator("#companions .controls")
    controls.get_by_label("Study").select_option("superposition")
    controls.get_by_label("Experiment").select_option("basic")
    spec = plan.companions["superposition"]["basic"].specs[0]
    opened.page.locator(f"#companions[data-drawn='{spec.run_id}']").wait_for(state="attached")
    best = paths.experiment("superposition", "basic").parent / f"basic/{spec.run_id}.safetensors"
    W1 = np.abs(safetensors.numpy.load_file(best)["W1"])
    _, *cells = _cells(opened.page.locator("#companions figure").first)
    for neuron, strongest, *_ in cells:
        feature, weight = strongest.split(": ")
        assert int(feature) == W1[int(neuron)].argmax()
        assert abs(float(weight)) == pytest.approx(1, abs=1e-3)


def test_a_companion_model_has_an_address_of_its_own(opened: Opened, plan: Plan) -> None:
    opened.page.goto(opened.report.as_uri())
    opened.page.locator("#studies").scroll_into_view_if_needed()
    controls = opened.page.locator("#companions .controls")
    controls.get_by_label("Study").select_option("superposition")
    controls.get_by_label("Experiment").select_option("sparsity")
    last = plan.companions["superposition"]["sparsity"].specs[-1].run_id
    controls.get_by_label("Run").select_option(index=2)
    opened.page.wait_for_url(f"**#companion={last}&experiment=sparsity")
    address = opened.page.url
    opened.page.goto("about:blank")
    opened.page.goto(address)
    opened.page.locator(f"#companions[data-drawn='{last}']").wait_for(state="attached")
    assert controls.get_by_label("Experiment").input_value() == "sparsity"


def test_a_claim_leads_to_a_companion_model_that_stays_in_sight(opened: Opened, plan: Plan) -> None:
    opened.page.goto(opened.report.as_uri())
    row = opened.page.locator("#claim-incidental-counts")
    row.locator("summary").click()
    link = row.locator("a[href^='#companion=']").last
    run = link.inner_text()
    link.click()
    drawn = opened.page.locator(f"#companions[data-drawn='{run}']")
    drawn.wait_for(state="attached")
    opened.drawn()
    opened.page.wait_for_timeout(500)  # for what comes into sight to be drawn
    assert drawn.count() == 1
    chosen = int(opened.page.locator("#companions .controls").get_by_label("Run").input_value())
    assert plan.companions["incidental"]["collisions"].specs[chosen].run_id == run
    assert abs(opened.page.locator("#studies").bounding_box()["y"]) < 100


def test_a_heat_map_says_the_kind_of_a_neuron_and_keeps_its_shape(opened: Opened, plan: Plan, paths: Paths) -> None:
    spec = next(spec for spec in plan.runs.values() if spec.k == spec.N)
    opened.page.set_viewport_size({"width": 390, "height": 844})  # where its shape alone decides its height
    opened.at(run=spec.run_id)
    heat = opened.page.locator("#explorer-heat")
    kinds = [row[-1] for row in _cells(heat.locator("figure"))[1:]]
    neurons = pd.read_parquet(paths.run(spec.run_id) / "neurons.parquet")
    assert kinds.count("monosemantic") == (neurons["r"] > monosemanticity.MONOSEMANTIC).sum()
    assert (
        kinds.count("positive bias")
        == ((neurons["bias"] > POSITIVE_BIAS) & (neurons["r"] <= monosemanticity.MONOSEMANTIC)).sum()
    )
    box = heat.locator("canvas.heat").bounding_box()
    assert box["height"] == pytest.approx(box["width"], rel=0.02)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_stands_in_the_way_of_assistive_technology(
    browser: Browser, paths: Paths, plan: Plan, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    spec = plan.batches["LR1"].members[0].spec
    Opened(page, paths.report).at(run=spec.run_id)
    found = json.loads(json.dumps(Axe().run(page).response))["violations"]
    serious = {
        each["id"]: [node["html"][:150] for node in each["nodes"][:3]] for each in found if each["impact"] in SERIOUS
    }
    assert serious == {}
    page.close()


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_overflows(browser: Browser, paths: Paths, plan: Plan, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    one, two = (member.spec.run_id for member in plan.batches["LR3"].members[:2])
    Opened(page, paths.report).at(run=one, beside=two)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
