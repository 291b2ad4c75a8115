"""The notebook runs from its first cell to its last, and what is stored of it was."""

import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from helpers.project import ROOT

NOTEBOOK, FOLDER = ROOT / "docs/explore.ipynb", "../results/preview"


def test_the_notebook_runs_on_the_results_of_the_smoke_workflow(smoke: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert FOLDER in first.source
    first.source = first.source.replace(FOLDER, str(smoke / "results/smoke"))
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(smoke)}})
    client.execute()  # raises CellExecutionError with the cell's traceback
    said = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output.text for output in said if output.get("name") == "stderr"] == []
    assert sum("image/png" in output.get("data", {}) for output in said) >= 4


def test_the_outputs_that_are_stored_are_of_a_whole_run_and_name_no_machine() -> None:
    cells = [cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert re.findall(r"/(?:home|root|tmp|Users|work)/\w+", NOTEBOOK.read_text(encoding="utf-8")) == []
