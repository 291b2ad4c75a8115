"""Definitions drawn at random are each changed a little: where the digest of a result stays, its bytes stay.

The change is to one constant or operator of one definition, anywhere in the package. A copy with the change makes a
small run, its measures and a figure; a copy that cannot makes no wrong result.
"""

import ast
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.project import copied
from monosemanticity.identity.code import FOLDER, texts

DRAWN = 12
SEED = 9

MAKE = """
import json, sys
from pathlib import Path
from monosemanticity.identity import stages
from monosemanticity.measures import measuring
from monosemanticity.identity.code import code_of
from monosemanticity.figures import draw
from monosemanticity.experiment.figures import Bias
from monosemanticity.figures.results import Results
from monosemanticity.results.paths import Paths
from monosemanticity.experiment.plan import Member, Plan, PlannedBatch
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.tables import tables
from monosemanticity.training.train import train

spec = RunSpec(**json.loads(sys.argv[1]))
results = Paths(Path(sys.argv[2]), "any")
member = Member(setting={"activation": spec.activation}, comparison=False, spec=spec)
plan = Plan(scale="any", note="", batches={"X": PlannedBatch(swept=["activation"], members=[member])})
figure = Bias(kind="bias", section="", title="", caption="", curves="X", colour="activation")
train(spec, results.run(spec.run_id))
measuring.measure_run(spec, results.run(spec.run_id))
tables.write(plan.only(["X"]), results, results.tables("X"))
draw.save(draw.picture(figure, Results(plan, results)), Path(sys.argv[2]) / "X.svg", "svg", {"Date": None})
made_by = (stages.code_of_training(spec), stages.code_of_measuring(spec), stages.code_of_tables())
codes = (*made_by, stages.code_of_figure(figure, plan))
print(json.dumps([code.digest for code in codes]))
"""
SPEC = {
    "task": "decoder", "activation": "relu", "distribution": "uniform", "N": 24, "d": 6, "k": 10, "epsilon": 0.125,
    "learning_rate": 0.01, "decay": 0.03, "bias_offset": -0.1, "batch_size": 50, "steps": 20, "seed": 0,
}  # fmt: skip


class Result:
    """What a copy of the package made: for each stage the digest of its code, and its bytes."""

    def __init__(self, folder: Path) -> None:
        made = folder / "results"
        arguments = [sys.executable, "-c", MAKE, json.dumps(SPEC), str(made)]
        environment = {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "HOME": str(folder)}
        done = subprocess.run(arguments, capture_output=True, text=True, env=environment, timeout=300)
        self.made = done.returncode == 0
        self.error = done.stderr
        if self.made:
            self.codes = json.loads(done.stdout)
            self.bytes = [
                without_stamps(made, "trace.parquet", "*.safetensors"),
                without_stamps(made / "any/runs", "measures.parquet", "neurons.parquet", "features.parquet"),
                without_times(without_stamps(made / "any/tables", "*.parquet")),
                without_stamps(made, "*.svg"),
            ]


def without_stamps(folder: Path, *patterns: str) -> dict[str, object]:
    """The numbers in files, whatever the files say of themselves."""
    import pyarrow.parquet as pq
    from safetensors.numpy import load_file

    readers: dict[str, Callable[[Path], object]] = {
        ".parquet": lambda path: pq.read_table(path.open("rb")).to_pydict(),
        ".safetensors": lambda path: {name: array.tobytes() for name, array in load_file(path).items()},
        ".svg": lambda path: path.read_bytes(),
    }
    found = [path for pattern in patterns for path in sorted(folder.rglob(pattern))]
    assert found
    return {path.name: readers[path.suffix](path) for path in found}


def without_times(tables: dict[str, object]) -> dict[str, object]:
    """Tables without what a run took."""
    return {
        name: {column: of for column, of in table.items() if column != "cpu_seconds"} for name, table in tables.items()
    }


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("unchanged")
    copy_of_the_package(folder)
    result = Result(folder)
    assert result.made, result.error
    return result


def copy_of_the_package(folder: Path) -> Path:
    return copied(FOLDER, folder / FOLDER.name)


def mutated(source: str, random: random.Random) -> str:
    """The source with one constant or operator of one definition changed; nothing where it has none."""
    places = [node for node in ast.walk(ast.parse(source)) if candidate(node)]
    if not places:
        return ""
    node = random.choice(places)
    lines = source.splitlines(keepends=True)
    start, end = offset(lines, node.lineno, node.col_offset), offset(lines, node.end_lineno, node.end_col_offset)
    text = source.encode()
    return (text[:start] + changed(node, text[start:end].decode()).encode() + text[end:]).decode()


def candidate(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=bool() | int() | float()) | ast.BinOp(op=ast.Add() | ast.Mult() | ast.Sub()):
            return True
        case ast.Compare(ops=[ast.Lt() | ast.Gt()]):
            return True
    return False


def changed(node: ast.AST, text: str) -> str:
    match node:
        case ast.Constant(value=bool(value)):
            return str(not value)
        case ast.Constant(value=value):
            return repr(value + 1)
        case ast.BinOp(left=left, op=op, right=right):
            other = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+"}[type(op)]
            return f"({ast.unparse(left)}) {other} ({ast.unparse(right)})"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"({ast.unparse(left)}) {'>' if isinstance(op, ast.Lt) else '<'} ({ast.unparse(right)})"
    raise AssertionError(text)


def offset(lines: list[str], line: int, column: int) -> int:
    return sum(len(each.encode()) for each in lines[: line - 1]) + column


def drawn() -> list[tuple[str, str]]:
    """Files and what they become, each by one change."""
    chance = random.Random(SEED)
    files = {path: text for path, text in sorted(texts().items()) if "identity" not in path.parts}
    found: list[tuple[str, str]] = []
    while len(found) < DRAWN:
        path = chance.choice(list(files))
        if mutant := mutated(files[path], chance):
            found.append((str(path), mutant))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("file", "mutant"), drawn(), ids=[f"{n}-{file}" for n, (file, _) in enumerate(drawn())])
def test_where_the_digest_of_a_result_stays_its_bytes_stay(
    file: str, mutant: str, unchanged: Result, tmp_path: Path
) -> None:
    (copy_of_the_package(tmp_path) / file).write_text(mutant)
    result = Result(tmp_path)
    if not result.made:
        assert re.search("Error|Invalid", result.error)
        return
    kept = [now == before for now, before in zip(result.codes, unchanged.codes, strict=True)]
    same = [now == before for now, before in zip(result.bytes, unchanged.bytes, strict=True)]
    behind = [all(kept[:stage]) for stage in (1, 2, 3, 4)]  # a stage's bytes are also those of what it reads
    assert [bytes_ for code, bytes_ in zip(behind, same, strict=True) if code and not bytes_] == []
