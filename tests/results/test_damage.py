"""Every way a result can be bad that we could think of, tried on every kind of file: each is refused by its reader.

A refusal names the file and what is wrong with it, and ends in the command that makes the file again.
"""

import errno
import faulthandler
import json
import os
import random
import shutil
import signal
import zlib
from collections import Counter
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
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from helpers.files import files_of, half
from helpers.tables import read_table
from monosemanticity import bounded
from monosemanticity.errors import RefusedError, ResultError
from monosemanticity.experiment.plan import Plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.figures.captions import caption
from monosemanticity.identity import stages, stamp
from monosemanticity.identity.stamp import Stamp
from monosemanticity.measures import measured
from monosemanticity.results import checkpoints, heads, run_record
from monosemanticity.results.paths import Paths
from monosemanticity.results.refusal import refusing
from monosemanticity.results.tensors import write_tensors
from monosemanticity.training import loss_trace
from monosemanticity.training.train import is_whole, train

RECORD, TRACE, MEASURES = "run.json", "trace.parquet", "measures.parquet"
NEURONS, FEATURES = "neurons.parquet", "features.parquet"
CHECKPOINT, LATER_CHECKPOINT = "checkpoints/step-00000004.safetensors", "checkpoints/step-00000008.safetensors"
TABLE, FIGURE, CLAIMS = "models.parquet", "X_bias.png", "claims.parquet"


@pytest.fixture
def path_of(results: Paths, spec: RunSpec) -> Callable[[str], Path]:
    """Where a file of the results lies."""
    beside_a_run = {
        TABLE: results.table("models"),
        FIGURE: results.figure("X_bias", "png"),
        CLAIMS: results.claims("parquet"),
    }
    return lambda name: beside_a_run.get(name, results.run(spec.run_id) / name)


@pytest.fixture
def read(path_of: Callable[[str], Path], results: Paths, spec: RunSpec, plan: Plan) -> Callable[[str], Any]:
    """Read one of the files as what depends on it does."""
    run = results.run(spec.run_id)
    readers = {
        RECORD: lambda: run_record.read_record(run, spec),
        TRACE: lambda: loss_trace.read_trace(run, spec),
        MEASURES: lambda: measured.read_measures(run, spec),
        NEURONS: lambda: measured.read_neurons(run, spec),
        FEATURES: lambda: measured.read_features(run, spec),
        CHECKPOINT: lambda: checkpoints.read_checkpoint(run, 4, spec),
        TABLE: lambda: read_table("models", results.tables(), plan),
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


ON_ANY_FILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (Path.unlink, "missing"),
    "empty": (bytes_changed(lambda content: b""), "damaged"),
    "half of it": (half, "damaged"),
    "its last bytes gone": (bytes_changed(lambda content: content[:-9]), "damaged"),
    "its first bytes gone": (bytes_changed(lambda content: content[9:]), "damaged"),
    "zeros": (bytes_changed(lambda content: bytes(len(content))), "damaged"),
    "not text": (bytes_changed(lambda content: b"\xff\xfe\x00\x80" * 100), "damaged"),
    "a web page": (bytes_changed(lambda content: b"<html>404 Not Found</html>"), "damaged"),
    "a large file's pointer": (bytes_changed(lambda content: b"version https://git-lfs.github.com/"), "damaged"),
    "a folder": (a_folder, "damaged"),
}  # fmt: skip
ON_EVERY_FILE = ON_ANY_FILE | {
    "another run's": (said(lambda of: of.update(digest="0" * 64)), f"digest is {'0' * 64}, not "),
    "other code's": (said(lambda of: of.update(code="0" * 16)), "made by other code"),
    "an earlier form's": (said(lambda of: of.update(schema_version=1)), "schema_version is 1, not "),
    "a later form's": (said(lambda of: of.update(schema_version=99)), "schema_version is 99, not "),
    "nobody's": (said(lambda of: of.pop("digest")), "digest is None"),
}  # fmt: skip
FROM_OTHERS = {
    "other results'": (said(lambda of: of.update(inputs="0" * 16)), "inputs is 0000000000000000, not "),
    "nothing's": (said(lambda of: of.pop("inputs")), "inputs is None"),
}


@pytest.mark.parametrize("name", [RECORD, TRACE, MEASURES, NEURONS, FEATURES, CHECKPOINT, TABLE])
@pytest.mark.parametrize("damage", ON_EVERY_FILE)
def test_a_bad_file_is_refused(path_of, read, name, damage):
    apply, reason = ON_EVERY_FILE[damage]
    read(name)
    apply(path_of(name))
    assert_refused(path_of(name), lambda: read(name), reason)


@pytest.mark.parametrize("name", [MEASURES, NEURONS, FEATURES, TABLE])
@pytest.mark.parametrize("damage", FROM_OTHERS)
def test_what_was_made_from_other_results_is_refused(path_of, read, name, damage):
    apply, reason = FROM_OTHERS[damage]
    apply(path_of(name))
    assert_refused(path_of(name), lambda: read(name), reason)


def assert_refused(path: Path, read: Callable[[], Any], reason: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        read()
    assert str(refusal.value).startswith(f"{path}: ")
    assert refusal.value.path == path
    assert reason in refusal.value.problem


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
        write_tensors(path, {name: tensor.numpy() for name, tensor in content.items()}, of)

    return damage


def flipped(content: bytes, place: int, bit: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def first_column_flipped(path: Path) -> None:
    """A bit of the numbers themselves, which stay numbers."""
    column = pq.read_metadata(path).row_group(0).column(1)
    end = (column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size
    content = bytearray(path.read_bytes())
    content[end - 1] ^= 0x10
    path.write_bytes(content)


def replaced(other: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        folder = next(parent for parent in path.parents if (parent / RECORD).exists())
        shutil.copyfile(folder / other, path)

    return damage


def of_type(dtype: torch.dtype) -> Callable[[Path], None]:
    """The same weights in another type, with what was said of them."""

    def damage(path: Path) -> None:
        with safetensors.safe_open(path, "pt") as file:
            metadata = file.metadata()
        content = {name: tensor.to(dtype) for name, tensor in safetensors.torch.load_file(path).items()}
        safetensors.torch.save_file(content, path, metadata)

    return damage


def nullable(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field.with_nullable(True) for field in schema], schema.metadata)


def texts(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    """Change the texts by which a head says something, and nothing else of it."""

    def damage(path: Path) -> None:
        if path.suffix == ".parquet":
            table = pq.read_table(path.open("rb"))
            metadata = {key.decode(): text.decode() for key, text in table.schema.metadata.items()}
            change(metadata)
            pq.write_table(table.replace_schema_metadata(metadata), path)
        elif path.suffix == ".png":
            with Image.open(path) as image:
                image.load()
                metadata, info = dict(image.text), PngInfo()
                change(metadata)
                for key, text in metadata.items():
                    info.add_text(key, text)
                image.save(path, pnginfo=info)
        else:
            text, _, comment = path.read_text("utf-8").rpartition(heads.COMMENT)
            metadata = json.loads(comment.removesuffix(heads.END))
            change(metadata)
            path.write_text(f"{text}{heads.COMMENT}{json.dumps(metadata)}{heads.END}", "utf-8")

    return damage


TOO_DEEP = "[" * 100_000

ON_ONE_FILE: list[tuple[str, Callable[[Path], None], str]] = [
    (RECORD, bytes_changed(lambda content: b"[]"), "says []"),
    (RECORD, bytes_changed(lambda content: b"null"), "says None"),
    (RECORD, bytes_changed(lambda content: b'"run"'), "says 'run'"),
    (RECORD, said(lambda record: record["segments"][0].pop("device")), "segments.0.device: Field required"),
    (RECORD, said(lambda record: record["segments"][0].update(seconds="long")), "seconds: Input should be a valid num"),
    (RECORD, said(lambda record: record.update(more=1)), "more: Extra inputs are not permitted"),
    (RECORD, said(lambda record: record["spec"].update(k=-1)), "spec.k: "),
    (TRACE, replaced(NEURONS), "made by other code"),
    (NEURONS, replaced(MEASURES), "holds step"),
    (MEASURES, replaced(NEURONS), "claims more than 6 rows"),
    (MEASURES, replaced(TRACE), "made by other code"),
    (NEURONS, columns(lambda table: table.drop_columns("r")), "are needed"),
    (NEURONS, columns(lambda table: table.append_column("more", table["r"])), "are needed"),
    (NEURONS, columns(lambda table: table.rename_columns(["r", "neuron", *table.column_names[2:]])), "are needed"),
    (NEURONS, columns(lambda table: table.set_column(0, "neuron", table["neuron"].cast("int32"))), "are needed"),
    (NEURONS, columns(lambda table: table.slice(0, 0)), "holds no rows"),
    (TABLE, columns(lambda table: table.slice(0, 0)), "holds no rows"),
    (TRACE, first_column_flipped, "damaged"),
    (NEURONS, first_column_flipped, "damaged"),
    (TABLE, lambda path: pd.read_parquet(path).to_parquet(path), "schema_version is None"),
    (CHECKPOINT, bytes_changed(lambda content: flipped(content, len(content) // 2, 4)), "checksum is "),
    (CHECKPOINT, replaced(LATER_CHECKPOINT), "step is 8, not 4"),
    (CHECKPOINT, replaced(TRACE), "damaged"),
    (CHECKPOINT, said(lambda of: of.update(task="abs")), "task is abs, not decoder"),
    (CHECKPOINT, tensors(lambda content: content.pop("W1")), "W1 has the shape None, not (6, 10)"),
    (CHECKPOINT, tensors(lambda content: content.update(b=torch.zeros(3))), "b has the shape (3,), not (10,)"),
    (CHECKPOINT, tensors(lambda content: content.update(W2=content["W2"].T.contiguous())), "W2 has the shape (24, 10)"),
    (CHECKPOINT, lambda path: safetensors.torch.save_file({"W1": torch.zeros(2)}, path), "schema_version is None"),
    (CHECKPOINT, lambda path: safetensors.torch.save_file({}, path, {stamp.KEY: "[]"}), "says []"),
    (CHECKPOINT, lambda path: safetensors.torch.save_file({}, path, {stamp.KEY: "not JSON"}), "damaged"),
    (CHECKPOINT, lambda path: safetensors.torch.save_file({}, path, {stamp.KEY: TOO_DEEP}), "damaged"),
    (CHECKPOINT, of_type(torch.bfloat16), "damaged"),
    (CHECKPOINT, of_type(torch.float64), "checksum is "),
    (MEASURES, texts(lambda said: said.update({stamp.KEY: TOO_DEEP})), "damaged"),
    (TABLE, texts(lambda said: said.update({stamp.KEY: "[]"})), "says []"),
    (TABLE, texts(lambda said: said.update({stamp.KEY: "not JSON"})), "damaged"),
    (TRACE, columns(lambda table: table.cast(nullable(table.schema))), "are needed"),
    (MEASURES, columns(lambda table: table.drop_columns("mono_neurons")), "are needed"),
    (MEASURES, columns(lambda table: table.slice(0, 0)), "holds no rows"),
    (MEASURES, first_column_flipped, "damaged"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "apply", "reason"), ON_ONE_FILE)
def test_a_file_of_bad_content_is_refused(path_of, read, name, apply, reason):
    apply(path_of(name))
    assert_refused(path_of(name), lambda: read(name), reason)


@pytest.mark.slow
@pytest.mark.parametrize("name", [TRACE, MEASURES, CHECKPOINT, TABLE])
def test_a_file_with_a_flipped_bit_is_refused_or_read(path_of, read, name):
    path, chance = path_of(name), random.Random(1)
    content = path.read_bytes()
    ends = Counter()
    for _ in range(300):
        path.write_bytes(flipped(content, chance.randrange(len(content)), chance.randrange(8)))
        ends[end_of(lambda: read(name))] += 1
    # Of a few bits in the footer of a Parquet file pyarrow ends the process: an exception of its own is not caught.
    assert ends.keys() <= ({"read", "refused", "aborted"} if name.endswith(".parquet") else {"read", "refused"})
    assert ends["refused"] > 10 * ends["aborted"]


def end_of(reading: Callable[[], Any]) -> str:
    """How a process ends that reads."""
    child = os.fork()
    if not child:
        faulthandler.disable()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            reading()
            os._exit(0)
        except RefusedError:
            os._exit(1)
        finally:
            os._exit(2)
    _, status = os.waitpid(child, 0)
    return {0: "read", 1: "refused", -signal.SIGABRT: "aborted"}.get(os.waitstatus_to_exitcode(status), "failed")


def test_a_table_whose_columns_names_are_no_text_is_refused(path_of, read):
    path = path_of(MEASURES)
    path.write_bytes(path.read_bytes().replace(b"mean_bias", b"mean_bia\xf3"))
    assert_refused(path, lambda: read(MEASURES), "damaged")


@pytest.mark.parametrize("name", [RECORD, TRACE, CHECKPOINT])
@pytest.mark.parametrize("damage", ["missing", "half of it", "another run's", "other code's"])
def test_a_run_of_which_a_file_is_bad_is_trained_again(good, path_of, spec, name, damage):
    ON_EVERY_FILE[damage][0](path_of(name))
    run = path_of(RECORD).parent
    assert not is_whole(run, spec)
    train(spec, run)
    for file in (TRACE, CHECKPOINT, LATER_CHECKPOINT):
        assert path_of(file).read_bytes() == (good.run(spec.run_id) / file).read_bytes()
    assert is_whole(run, spec)


# Heads: what is planned with. Each says what its result is of, and whether the result's other files are there.

CHECKPOINTS = [f"checkpoints/step-{step:08d}.safetensors" for step in (1, 2, 4, 8, 16, 20)]
COMPANIONS: dict[str, list[str]] = {
    RECORD: [TRACE, *CHECKPOINTS],
    MEASURES: [NEURONS, FEATURES],
    TABLE: ["traces.parquet", "measures.parquet", "neurons.parquet", "features.parquet", "members.parquet"],
    FIGURE: ["X_bias.md", "X_bias.pdf", "X_bias.svg"],
    CLAIMS: ["claims.md"],
}
"""The heads, and the other files of their results."""
on_every_head = pytest.mark.parametrize("name", COMPANIONS)


@pytest.fixture
def stamp_of(spec: RunSpec, plan: Plan) -> Callable[[str], Stamp]:
    """What the result of a head is of."""
    figure = plan.figures()["X_bias"]
    stamps = {
        RECORD: stages.of_training(spec),
        MEASURES: stages.of_measuring(spec),
        TABLE: stages.of_tables(plan),
        FIGURE: stages.of_figure(figure, caption("X_bias", figure, plan), plan),
        CLAIMS: stages.of_claims(plan),
    }
    return stamps.__getitem__


@on_every_head
def test_a_head_says_what_its_result_is_of_what_made_it_and_its_other_files(path_of, stamp_of, name):
    path, head = path_of(name), heads.read(path_of(name))
    assert head.of == stamp_of(name).content()
    assert head.files == {other: (path.parent / other).stat().st_size for other in COMPANIONS[name]}
    assert head.made_by
    assert head.damage(path.parent) == ""


ON_HEADS = [
    (name, damage)
    for name in COMPANIONS
    for damage in ON_ANY_FILE
    # A table says what it is at its end, where its head is read; who reads its numbers notices.
    if not (name.endswith("parquet") and damage == "its first bytes gone")
]


@pytest.mark.parametrize(("name", "damage"), ON_HEADS)
def test_a_bad_head_is_refused(path_of, name, damage):
    apply, reason = ON_ANY_FILE[damage]
    apply(path_of(name))
    assert_refused(path_of(name), lambda: heads.read(path_of(name)), reason)


@on_every_head
def test_a_head_cut_anywhere_is_refused_or_says_the_same(path_of, name):
    path = path_of(name)
    content, whole = path.read_bytes(), heads.read(path)
    lengths = {*range(0, len(content), 1 + len(content) // 200), *range(len(content) - 30, len(content))}
    accepted = []
    for length in lengths:
        path.write_bytes(content[:length])
        try:
            assert heads.read(path) == whole
        except RefusedError:
            continue
        accepted.append(length)
    assert min(accepted, default=len(content)) >= len(content) - 12  # what only closes the file


@on_every_head
def test_a_head_with_a_flipped_bit_is_refused_or_read(path_of, name):
    path, chance = path_of(name), random.Random(0)
    content, refused = path.read_bytes(), 0
    for _ in range(300):
        path.write_bytes(flipped(content, chance.randrange(len(content)), chance.randrange(8)))
        try:
            heads.read(path)
        except RefusedError:
            refused += 1
    assert refused > 0


@pytest.mark.parametrize(("name", "other"), [(name, other) for name, others in COMPANIONS.items() for other in others])
@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (Path.unlink, "missing"),
        (half, "damaged: "),
        (bytes_changed(lambda content: content + b"\0"), "damaged: "),
        (bytes_changed(lambda content: b""), "damaged: 0 bytes, "),
    ],
    ids=["missing", "half of it", "a byte more", "empty"],
)
def test_a_head_tells_which_other_file_is_bad(path_of, name, other, damage, reason):
    folder = path_of(name).parent
    damage(folder / other)
    assert heads.read(path_of(name)).damage(folder).startswith(f"{other}: {reason}")


HOSTILE_TEXTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no stamp": lambda texts: texts.pop(stamp.KEY),
    "no files": lambda texts: texts.pop(stamp.FILES),
    "made by nothing": lambda texts: texts.pop(stamp.MADE_BY),
    "not JSON": lambda texts: texts.update({stamp.KEY: "not JSON"}),
    "empty": lambda texts: texts.update({stamp.FILES: ""}),
    "too deep": lambda texts: texts.update({stamp.KEY: TOO_DEEP}),
    "a stamp that is a list": lambda texts: texts.update({stamp.KEY: "[1]"}),
    "a stamp that is null": lambda texts: texts.update({stamp.KEY: "null"}),
    "files in a list": lambda texts: texts.update({stamp.FILES: '["a"]'}),
    "a size below zero": lambda texts: texts.update({stamp.FILES: '{"a": -1}'}),
    "a size in words": lambda texts: texts.update({stamp.FILES: '{"a": "many"}'}),
    "a size that is a list": lambda texts: texts.update({stamp.FILES: '{"a": [1]}'}),
    "a size without end": lambda texts: texts.update({stamp.FILES: '{"a": Infinity}'}),
    "made by a number": lambda texts: texts.update({stamp.MADE_BY: "1"}),
}


@pytest.mark.parametrize("name", [MEASURES, TABLE, FIGURE, CLAIMS])
@pytest.mark.parametrize("hostile", HOSTILE_TEXTS)
def test_a_head_that_says_nonsense_is_refused(path_of, name, hostile):
    path = path_of(name)
    texts(lambda said: None)(path)
    heads.read(path)
    texts(HOSTILE_TEXTS[hostile])(path)
    assert_refused(path, lambda: heads.read(path), "damaged")


HOSTILE_RECORDS: dict[str, Callable[[dict], Any]] = {
    "a list": lambda record: [record],
    "null": lambda record: None,
    "a word": lambda record: "run",
    "a number": lambda record: 1,
    "no digest": lambda record: record.pop("digest") and record,
    "no files": lambda record: record.pop("files") and record,
    "files that are null": lambda record: record | {"files": None},
    "files in a list": lambda record: record | {"files": ["trace.parquet"]},
    "files that are text": lambda record: record | {"files": "trace.parquet"},
    "a size below zero": lambda record: record | {"files": {"trace.parquet": -1}},
    "a size in words": lambda record: record | {"files": {"trace.parquet": "many"}},
    "a size that is a mapping": lambda record: record | {"files": {"trace.parquet": {}}},
}


@pytest.mark.parametrize("hostile", HOSTILE_RECORDS)
def test_a_record_that_says_nonsense_is_no_head(path_of, hostile):
    path = path_of(RECORD)
    path.write_text(json.dumps(HOSTILE_RECORDS[hostile](json.loads(path.read_text()))))
    assert_refused(path, lambda: heads.read(path), "damaged")


def test_a_record_that_is_too_deep_is_refused_by_every_reader(path_of, spec):
    path = path_of(RECORD)
    path.write_text(TOO_DEEP)
    readers = (
        heads.read,
        lambda path: run_record.read_record(path.parent, spec),
        lambda path: run_record.read_any(path.parent).spec,
    )
    for reader in readers:
        assert_refused(path, lambda reader=reader: reader(path), "damaged")


@pytest.mark.parametrize("name", ["a" * 1000, "a\0b", "../../up", "\ud800", ""])
def test_a_head_whose_other_files_have_impossible_names_tells_so(path_of, name):
    path = path_of(RECORD)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"files": {name: 123456789}}))
    try:
        damage = heads.read(path).damage(path.parent)
    except RefusedError as refusal:
        damage = str(refusal)
    assert "missing" in damage or "damaged" in damage


@pytest.mark.parametrize("damage", ON_ANY_FILE)
def test_the_numbers_of_a_run_are_not_read_off_a_bad_record(path_of, damage):
    apply, reason = ON_ANY_FILE[damage]
    apply(path_of(RECORD))
    assert_refused(path_of(RECORD), lambda: run_record.read_any(path_of(RECORD).parent).spec, reason)


@pytest.mark.parametrize("numbers", [None, [], "decoder", 1, {}, {"task": "decoder"}, {"k": [1]}])
def test_numbers_that_are_no_runs_are_refused(path_of, numbers):
    path = path_of(RECORD)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"spec": numbers}))
    assert_refused(path, lambda: run_record.read_any(path.parent).spec, "damaged")


def test_a_picture_of_another_kind_under_its_name_is_no_head(path_of):
    path = path_of(FIGURE)
    with Image.open(path) as image:
        image.load()
    image.convert("RGB").save(path, format="JPEG")
    assert_refused(path, lambda: heads.read(path), "damaged")


def test_a_picture_that_claims_to_be_huge_is_no_head(path_of):
    path = path_of(FIGURE)
    content = bytearray(path.read_bytes())
    content[16:24] = (10**6).to_bytes(4, "big") * 2  # width and height, before the checksum of their chunk
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    path.write_bytes(content)
    assert_refused(path, lambda: heads.read(path), "damaged")


@pytest.mark.parametrize("error", [OSError(errno.ESTALE, "no server"), MemoryError(), pa.ArrowMemoryError("no")])
def test_a_file_that_cannot_be_read_for_the_moment_is_not_taken_for_damaged(tmp_path, error):
    with pytest.raises(ResultError, match="cannot be read") as refusal, refusing(tmp_path / "file", pa.ArrowException):
        raise error
    assert not isinstance(refusal.value, RefusedError)


def test_a_run_that_cannot_be_read_for_the_moment_is_not_trained_again(good, path_of, spec, monkeypatch):
    run = path_of(RECORD).parent
    before = files_of(run)

    def no_answer(path: Path, most: int) -> None:
        raise OSError(errno.EIO, "no answer")

    monkeypatch.setattr(bounded, "check", no_answer)
    with pytest.raises(ResultError, match="cannot be read"):
        train(spec, run)
    assert files_of(run) == before
