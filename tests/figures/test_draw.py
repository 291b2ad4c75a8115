from itertools import combinations

import matplotlib
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from helpers.figures import shipped_figures
from monosemanticity.figures import draw
from monosemanticity.results.paths import Paths

ONE_OF_EACH_KIND = {figure.kind: name for name, figure in shipped_figures().items()}


def text_boxes(drawn: Figure) -> dict[str, Bbox]:
    """Where each text that is seen lies, by what it says and of which axes it is."""
    canvas = FigureCanvasAgg(drawn)
    canvas.draw()
    texts = {("legend", n): text for legend in drawn.legends for n, text in enumerate(legend.get_texts())}
    for place, axes in enumerate(drawn.axes):
        texts |= {(place, "title"): axes.title}
        for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
            first, last = sorted(axis.get_view_interval())
            seen = [tick for tick in axis.get_major_ticks() if first <= tick.get_loc() <= last]
            texts |= {
                (place, name, side, n): getattr(t, side) for n, t in enumerate(seen) for side in ("label1", "label2")
            }
            texts |= {(place, name): axis.label}
    return {
        f"{key} {text.get_text()}": text.get_window_extent(canvas.get_renderer())
        for key, text in texts.items()
        if text.get_visible() and text.get_text()
    }


@pytest.mark.parametrize("name", shipped_figures())
def test_every_figure_of_the_paper_draws_with_no_text_over_another(smoke_results, name):
    drawn = draw.picture(shipped_figures()[name], smoke_results)
    boxes = text_boxes(drawn)
    touching = [(one, other) for one, other in combinations(boxes, 2) if boxes[one].overlaps(boxes[other])]
    page = drawn.bbox.padded(1)
    outside = [text for text, box in boxes.items() if Bbox.intersection(page, box).bounds != box.bounds]
    assert boxes
    assert not touching
    assert not outside


@pytest.mark.parametrize("batch", ["RG1", "B3-GeLU"])
def test_every_figure_of_a_batch_draws_with_no_text_over_another(smoke_results, batch):
    for figure in smoke_results.plan.figures_of(batch).values():
        boxes = text_boxes(draw.picture(figure, smoke_results))
        assert not [pair for pair in combinations(boxes, 2) if boxes[pair[0]].overlaps(boxes[pair[1]])]


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND.values(), ids=ONE_OF_EACH_KIND)
def test_equal_results_give_equal_bytes(smoke_results, tmp_path, name):
    """Drawn here, and by the workflow in a process of its own."""
    there = Paths(tmp_path, "smoke")
    there.root.mkdir()
    for part in ("runs", "tables"):
        (there.root / part).symlink_to(smoke_results.paths.root / part)
    draw.draw(name, smoke_results.plan, there)
    drawn = {path.name: path.read_bytes() for path in (there.root / "figures").iterdir()}
    assert set(drawn) == {f"{name}.{suffix}" for suffix in shipped_figures()[name].suffixes}
    assert drawn == {file: (smoke_results.paths.root / "figures" / file).read_bytes() for file in drawn}


def test_the_users_own_settings_change_nothing_and_are_left_alone(smoke_results):
    figure = shipped_figures()["fig05"]
    with matplotlib.rc_context({"font.size": 30, "axes.labelsize": 30}):
        drawn = draw.picture(figure, smoke_results)
        assert matplotlib.rcParams["font.size"] == 30
    assert drawn.axes[0].xaxis.label.get_size() == 8
