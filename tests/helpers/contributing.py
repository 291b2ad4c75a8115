"""What CONTRIBUTING.md says is to be added, as the edits that it tells to make, with its own code."""

import re
from textwrap import indent

from helpers.edits import Add, Edit, Enter, Replace
from helpers.project import ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    """What stands under a heading."""
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", GUIDE, re.DOTALL | re.MULTILINE)
    assert found, f"CONTRIBUTING.md has no section {name}"
    return found[1]


def blocks(of: str, count: int = 1, language: str = "python") -> list[str]:
    """The blocks of code of a section."""
    found = re.findall(rf"```{language}\n(.*?)```", section(of), re.DOTALL)
    assert len(found) == count, f"CONTRIBUTING.md, {of}: {len(found)} blocks of {language}, of which {count} are used"
    return found


def entered(file: str, table: str, block: str) -> Enter:
    """A block that ends with a table of which it shows one line, the new one."""
    named, entry = re.fullmatch(rf"(.*?){table}\b[^\n]* = {{\n    \.\.\.\n(.*)\n}}?\n?", block, re.DOTALL).groups()
    return Enter(file, table, named, entry.rstrip())


def _imports(*lines: str) -> str:
    return "\n".join(lines) + "\n\n\n"


(BATCH,) = blocks("A batch", language="yaml")
(FIGURE,) = blocks("A figure", language="yaml")
NORMS, DRAWN = blocks("A kind of figure", 2)
DEFINED, IN_PLACE = blocks("An activation", 2)
(FIELD,) = blocks("A field of a run")
(COMMAND,) = blocks("A command")

ADDITIONS: dict[str, list[Edit]] = {
    "a batch": [Replace("config.yaml", "\nscales:\n", f"\n{BATCH}\nscales:\n")],
    "a measure": [entered("measures/measure.py", "OF_A_MODEL", *blocks("A measure"))],
    "a claim": [Add("claims/width.py", "\n\n" + blocks("A claim")[0])],
    "a figure": [Replace("workflow/figures.yaml", "fig01:\n", f"{FIGURE}\nfig01:\n")],
    "a kind of figure": [
        entered("experiment/figures.py", "KINDS", NORMS),
        Add(
            "figures/norms.py",
            _imports(
                "from matplotlib.figure import Figure",
                "from monosemanticity.experiment.figures import Norms",
                "from monosemanticity.figures.results import Results",
                "from monosemanticity.figures.style import SINGLE",
            )
            + DRAWN,
        ),
        Enter("figures/draw.py", "KINDS", "from monosemanticity.figures import norms\n\n", '    "norms": norms.draw,'),
    ],
    "a distribution": [entered("experiment/frequencies.py", "FREQUENCIES", *blocks("A distribution"))],
    "a task": [
        Replace("experiment/spec.py", '"reprojector", "abs"]', '"reprojector", "abs", "autoencoder"]'),
        Enter("experiment/spec.py", "OUTPUTS", "", '    "autoencoder": _one_a_dimension,'),
        entered("model/tasks.py", "TASKS", *blocks("A task")),
    ],
    "an activation": [
        entered("experiment/activations.py", "PHI", DEFINED),
        entered("model/nonlinearities.py", "NONLINEARITIES", IN_PLACE),
    ],
    "a field of a run": [
        Replace("experiment/spec.py", "    seed: Seed = Field(", indent(FIELD, "    ") + "    seed: Seed = Field("),
        Replace(
            "model/parameters.py",
            "bound = 1 / math.sqrt(fan_in)",
            re.search(r"`(bound = .*?)`", section("A field of a run"))[1],
        ),
    ],
    "a command": [
        Add(
            "commands/scales.py",
            _imports(
                "import argparse",
                "from monosemanticity.commands import context",
                "from monosemanticity.commands.options import CONFIGURED, Commands",
            )
            + COMMAND,
        ),
        Enter("cli.py", "COMMANDS", "from monosemanticity.commands import scales\n\n", "    scales,"),
    ],
}
"""By the first column of its table."""
