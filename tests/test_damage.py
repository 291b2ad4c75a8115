"""Every way a result can be bad that we could think of, tried on every kind of file: each is refused by its reader.

A refusal names the file and what is wrong with it, and ends in the command that makes the file again.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import safetensors
import safetensors.torch
import torch

from monosemanticity import stamp, store, tables
from monosemanticity.config_file import read_config
from monosemanticity.errors import ResultError
from monosemanticity.layout import Layout
from monosemanticity.plan import Plan, make_plan
from monosemanticity.spec import RunSpec
from monosemanticity.train import train

RECORD, TRACE, NEURONS = "run.json", "trace.parquet", "neurons.parquet"
CHECKPOINT, LATER_CHECKPOINT = "checkpoints/step-00000004.safetensors", "checkpoints/step-00000008.safetensors"
TABLE = "tables/models.parquet"
CONFIG = Path(__file__).parents[1] / "config.yaml"


@pytest.fixture(scope="module")
def spec(tiny_spec: Callable[..., RunSpec]) -> RunSpec:
    return tiny_spec()


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(read_config(CONFIG, {"scale": "smoke"}))


@pytest.fixture(scope="module")
def good(spec: RunSpec, plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained run, and a table beside it. Read only."""
    folder = tmp_path_factory.mktemp("good")
    train(spec, folder)
    table = pa.Table.from_pandas(pd.DataFrame({"run": ["a", "b"], "final_loss": [0.5, 0.6]}))
    store.write_table(folder / TABLE, table, tables.of_tables(plan))
    return folder


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    return shutil.copytree(good, tmp_path / "folder")


@pytest.fixture
def read(folder: Path, spec: RunSpec, plan: Plan) -> Callable[[str], Any]:
    """Read one of the files as what depends on it does."""
    readers = {
        RECORD: lambda: store.read_record(folder, spec),
        TRACE: lambda: store.read_parquet(folder / TRACE, store.TRACE_SCHEMA, spec),
        NEURONS: lambda: store.read_parquet(folder / NEURONS, store.NEURONS_SCHEMA, spec),
        CHECKPOINT: lambda: store.read_checkpoint(folder, 4, spec),
        TABLE: lambda: tables.read_table("models", plan, Layout(folder, ".")),
    }
    return lambda name: readers[name]()


def bytes_changed(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(change(path.read_bytes()))


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def said(change: Callable[[dict], Any]) -> Callable[[Path], None]:
    """Change what a file says of itself, and nothing else."""

    def damage(path: Path) -> None:
        if path.suffix == ".json":
            content = json.loads(path.read_text())
            change(content)
            path.write_text(json.dumps(content))
        elif path.suffix == ".parquet":
            table = pq.read_table(path.open("rb"))
            of = json.loads(table.schema.metadata[stamp.KEY.encode()])
            change(of)
            pq.write_table(table.replace_schema_metadata({stamp.KEY: json.dumps(of)}), path)
        else:
            with safetensors.safe_open(path, "pt") as file:
                of = json.loads(file.metadata()[stamp.KEY])
            change(of)
            safetensors.torch.save_file(safetensors.torch.load_file(path), path, {stamp.KEY: json.dumps(of)})

    return damage


ON_EVERY_FILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (Path.unlink, "missing"),
    "empty": (bytes_changed(lambda content: b""), "damaged"),
    "half of it": (bytes_changed(lambda content: content[: len(content) // 2]), "damaged"),
    "its last bytes gone": (bytes_changed(lambda content: content[:-9]), "damaged"),
    "its first bytes gone": (bytes_changed(lambda content: content[9:]), "damaged"),
    "zeros": (bytes_changed(lambda content: bytes(len(content))), "damaged"),
    "not text": (bytes_changed(lambda content: b"\xff\xfe\x00\x80" * 100), "damaged"),
    "a web page": (bytes_changed(lambda content: b"<html>404 Not Found</html>"), "damaged"),
    "a large file's pointer": (bytes_changed(lambda content: b"version https://git-lfs.github.com/"), "damaged"),
    "a folder": (a_folder, "damaged"),
    "another run's": (said(lambda of: of.update(digest="0" * 64)), f"digest is {'0' * 64}, not "),
    "other code's": (said(lambda of: of.update(code="0" * 16)), "made by other code"),
    "an earlier form's": (said(lambda of: of.update(schema_version=1)), "schema_version is 1, not "),
    "a later form's": (said(lambda of: of.update(schema_version=99)), "schema_version is 99, not "),
    "nobody's": (said(lambda of: of.pop("digest")), "digest is None"),
}  # fmt: skip


@pytest.mark.parametrize("name", [RECORD, TRACE, NEURONS, CHECKPOINT, TABLE])
@pytest.mark.parametrize("damage", ON_EVERY_FILE)
def test_a_bad_file_is_refused(folder, read, name, damage):
    apply, reason = ON_EVERY_FILE[damage]
    read(name)
    apply(folder / name)
    assert_refused(folder, read, name, reason)


def assert_refused(folder: Path, read: Callable[[str], Any], name: str, reason: str) -> None:
    with pytest.raises(ResultError) as refusal:
        read(name)
    message, path = str(refusal.value), folder / name
    assert message.startswith(f"{path}: ")
    assert reason in message
    remade = path.parent if "checkpoints" in name else path
    assert message.endswith(f"; make it again: rm -rf {remade} && snakemake --cores all")


def columns(change: Callable[[pa.Table], pa.Table]) -> Callable[[Path], None]:
    """Change a table, and nothing that it says of itself."""

    def damage(path: Path) -> None:
        table = pq.read_table(path.open("rb"))
        pq.write_table(change(table).replace_schema_metadata(table.schema.metadata), path)

    return damage


def tensors(change: Callable[[dict[str, torch.Tensor]], Any]) -> Callable[[Path], None]:
    """Change tensors, with a checksum that fits them."""

    def damage(path: Path) -> None:
        with safetensors.safe_open(path, "pt") as file:
            of = json.loads(file.metadata()[stamp.KEY])
        content = safetensors.torch.load_file(path)
        change(content)
        store.write_tensors(path, content, of)

    return damage


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0x10]) + content[middle + 1 :]


def first_column_flipped(path: Path) -> None:
    """A bit of the numbers themselves, which stay numbers."""
    column = pq.read_metadata(path).row_group(0).column(1)
    place = column.data_page_offset + column.total_compressed_size // 2
    content = bytearray(path.read_bytes())
    content[place] ^= 0x10
    path.write_bytes(content)


def replaced(other: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        folder = next(parent for parent in path.parents if (parent / RECORD).exists())
        shutil.copyfile(folder / other, path)

    return damage


ON_ONE_FILE: list[tuple[str, Callable[[Path], None], str]] = [
    (RECORD, bytes_changed(lambda content: b"[]"), "says []"),
    (RECORD, bytes_changed(lambda content: b"null"), "says None"),
    (RECORD, bytes_changed(lambda content: b'"run"'), "says 'run'"),
    (RECORD, said(lambda record: record.pop("cpu_seconds")), "cpu_seconds: Field required"),
    (RECORD, said(lambda record: record.update(seconds="long")), "seconds: Input should be a valid number"),
    (RECORD, said(lambda record: record.update(more=1)), "more: Extra inputs are not permitted"),
    (RECORD, said(lambda record: record["spec"].update(k=-1)), "spec.k: "),
    (TRACE, replaced(NEURONS), "holds neuron"),
    (NEURONS, replaced(TRACE), "holds step"),
    (NEURONS, columns(lambda table: table.drop_columns("r")), "are needed"),
    (NEURONS, columns(lambda table: table.append_column("more", table["r"])), "are needed"),
    (NEURONS, columns(lambda table: table.rename_columns(["r", "neuron", *table.column_names[2:]])), "are needed"),
    (NEURONS, columns(lambda table: table.set_column(0, "neuron", table["neuron"].cast("int32"))), "are needed"),
    (NEURONS, columns(lambda table: table.slice(0, 0)), "holds no rows"),
    (TABLE, columns(lambda table: table.slice(0, 0)), "holds no rows"),
    (TRACE, first_column_flipped, "damaged"),
    (NEURONS, first_column_flipped, "damaged"),
    (TABLE, lambda path: pd.read_parquet(path).to_parquet(path), "schema_version is None"),
    (CHECKPOINT, bytes_changed(flipped), "checksum is "),
    (CHECKPOINT, replaced(LATER_CHECKPOINT), "step is 8, not 4"),
    (CHECKPOINT, replaced(TRACE), "damaged"),
    (CHECKPOINT, said(lambda of: of.update(task="abs")), "task is abs, not decoder"),
    (CHECKPOINT, tensors(lambda content: content.pop("W1")), "W1 has the shape None, not (6, 10)"),
    (CHECKPOINT, tensors(lambda content: content.update(b=torch.zeros(3))), "b has the shape (3,), not (10,)"),
    (CHECKPOINT, tensors(lambda content: content.update(W2=content["W2"].T.contiguous())), "W2 has the shape (24, 10)"),
    (CHECKPOINT, lambda path: safetensors.torch.save_file({"W1": torch.zeros(2)}, path), "schema_version is None"),
    (CHECKPOINT, lambda path: safetensors.torch.save_file({}, path, {stamp.KEY: "[]"}), "says []"),
    (CHECKPOINT, lambda path: safetensors.torch.save_file({}, path, {stamp.KEY: "not JSON"}), "damaged"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "apply", "reason"), ON_ONE_FILE)
def test_a_file_of_bad_content_is_refused(folder, read, name, apply, reason):
    apply(folder / name)
    assert_refused(folder, read, name, reason)


@pytest.mark.parametrize("name", [RECORD, TRACE, NEURONS, CHECKPOINT])
@pytest.mark.parametrize("damage", ["missing", "half of it", "another run's", "other code's"])
def test_a_run_of_which_a_file_is_bad_is_trained_again(good, folder, spec, name, damage):
    ON_EVERY_FILE[damage][0](folder / name)
    train(spec, folder)
    for file in (TRACE, NEURONS, CHECKPOINT, LATER_CHECKPOINT):
        assert (folder / file).read_bytes() == (good / file).read_bytes()
    store.read_record(folder, spec)
