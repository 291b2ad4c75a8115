"""What a figure is made from, as it is planned and as its picture says. Light: the workflow reads it to plan."""

from monosemanticity import provenance
from monosemanticity.captions import caption
from monosemanticity.plan import Plan
from monosemanticity.provenance import TRAINING
from monosemanticity.stamp import Stamp


def of_figure(name: str, plan: Plan) -> Stamp:
    """The stamp of a figure: its content and caption, its runs, and the code of its kind and of training."""
    figure = plan.figures()[name]
    runs = [spec.run_id for spec in plan.specs_of(figure)]
    asked = [figure.model_dump(mode="json"), caption(name, figure, plan), runs]
    modules = (f"{__package__}.draw", f"{__package__}.{figure.kind}", *TRAINING)
    return Stamp(provenance.digest(asked), provenance.code(*modules))
