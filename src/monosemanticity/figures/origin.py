"""What a figure is made from, as it is planned and as its picture says. Light: the workflow reads it to plan."""

from monosemanticity import stages
from monosemanticity.captions import caption
from monosemanticity.identity.code import digest
from monosemanticity.plan import Plan
from monosemanticity.stamp import Stamp


def of_figure(name: str, plan: Plan) -> Stamp:
    """The stamp of a figure: its content, its caption, its runs and their code, and the code of its kind."""
    figure, specs = plan.figures()[name], plan.specs_of(plan.figures()[name])
    runs = [[spec.run_id, stages.of_training(spec).digest] for spec in specs]
    asked = [figure.model_dump(mode="json"), caption(name, figure, plan), runs]
    return Stamp(digest(asked), stages.of_figure(figure.kind, specs))
