"""Results of someone else: none hangs its reader, fills the memory, or is read or written outside its folder."""

import ast
import json
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import safetensors.numpy

from helpers.limits import limited_memory
from helpers.tables import read_table
from monosemanticity.errors import RefusedError
from monosemanticity.experiment.plan import Plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages, stamp
from monosemanticity.measures import measured
from monosemanticity.results import checkpoints, divergence, heads, paths, run_record, tensors
from monosemanticity.results.paths import Paths
from monosemanticity.tables import rows
from monosemanticity.training import loss_trace
from monosemanticity.training.train import is_whole, train
from monosemanticity.workflow import definitions

RECORD, TRACE, MEASURES, NEURONS, FEATURES = paths.RECORD, paths.TRACE, paths.MEASURES, paths.NEURONS, paths.FEATURES
CHECKPOINT, TABLE, FIGURE = "checkpoints/step-00000004.safetensors", "members.parquet", "a.png"
CLAIMS = "claims.parquet"
PACKAGE = Path(heads.__file__).parents[1]

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def run(results: Paths, spec: RunSpec) -> Path:
    return results.run(spec.run_id)


@pytest.fixture
def path_of(results: Paths, run: Path) -> Callable[[str], Path]:
    """Where a file of the results lies."""
    beside = {TABLE: results.table("members"), CLAIMS: results.claims("parquet"), FIGURE: results.root / FIGURE}
    return lambda name: beside.get(name, run / name)


@pytest.fixture
def read(results: Paths, run: Path, spec: RunSpec, plan: Plan) -> Callable[[str], Any]:
    """Read one of the files as what depends on it does."""
    readers = {
        RECORD: lambda: run_record.read_any(run),
        TRACE: lambda: loss_trace.read_trace(run, spec),
        MEASURES: lambda: measured.read_measures(run, spec),
        NEURONS: lambda: measured.read_neurons(run, spec),
        FEATURES: lambda: measured.read_features(run, spec),
        CHECKPOINT: lambda: checkpoints.read_checkpoint(run, 4, spec),
        TABLE: lambda: read_table("members", results.tables(), plan),
        FIGURE: lambda: heads.read(results.root / FIGURE),
        CLAIMS: lambda: heads.read(results.claims("parquet")),
    }
    return lambda name: readers[name]()


@pytest.fixture
def little_memory() -> Iterator[None]:
    with limited_memory(2**29):
        yield


def refused(read: Callable[[str], Any], name: str) -> str:
    """What is said to be wrong with a file."""
    with pytest.raises(RefusedError) as refusal:
        read(name)
    return refusal.value.problem


on_every_file = pytest.mark.parametrize(
    "name", [RECORD, TRACE, MEASURES, NEURONS, FEATURES, CHECKPOINT, TABLE, FIGURE, CLAIMS]
)


@on_every_file
@pytest.mark.parametrize(
    "put", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["a pipe", "a device without end"]
)
def test_what_is_no_file_is_refused_without_waiting_for_its_end(path_of, read, name, put):
    path_of(name).unlink(missing_ok=True)
    put(path_of(name))
    assert refused(read, name) == "damaged: [Errno 22] Not a file"


@on_every_file
def test_a_file_without_content_of_a_terabyte_is_refused_by_its_size_or_its_end(path_of, read, name, little_memory):
    path_of(name).touch()
    os.truncate(path_of(name), 2**40 + 1)
    by_its_end = name == CLAIMS  # of which its end alone is read
    said = "Parquet magic bytes not found" if by_its_end else "[Errno 27] 1,099,511,627,777 bytes, at most "
    assert f"damaged: {said}" in refused(read, name)


def test_what_says_nothing_of_a_divergence_or_of_code_is_as_if_it_were_not_there(tmp_path, spec):
    for name in (paths.DIVERGED, "abc.json"):
        os.mkfifo(tmp_path / name)
    assert divergence.known(tmp_path, stages.of_training(spec)) == ""
    assert definitions.kept(tmp_path, "abc") is None


# Parquet: what a table says of its size, and what few bytes of it stand for.


def varint(number: int) -> bytes:
    """A whole number as the footer of a Parquet file has it."""
    number, written = 2 * number, b""
    while number > 127:
        written, number = written + bytes([number & 127 | 128]), number >> 7
    return written + bytes([number])


def zeros(count: int) -> Callable[[Path, dict], None]:
    """So many rows of a trace, in a few kilobytes."""

    def write(path: Path, metadata: dict) -> None:
        columns = [pa.array(np.zeros(count, field.type.to_pandas_dtype())) for field in loss_trace.TRACE]
        pq.write_table(pa.table(columns, schema=loss_trace.TRACE.with_metadata(metadata)), path)

    return write


def claiming(count: int) -> Callable[[Path, dict], None]:
    """Some rows of a trace, and a footer that says that there are more."""

    def write(path: Path, metadata: dict) -> None:
        zeros(765_432)(path, metadata)
        content = path.read_bytes()
        length = struct.unpack("<I", content[-8:-4])[0]
        footer = content[-8 - length : -8].replace(varint(765_432), varint(count))
        assert len(footer) > length
        path.write_bytes(content[: -8 - length] + footer + struct.pack("<I", len(footer)) + b"PAR1")

    return write


def column(values: pa.Array, **options: Any) -> Callable[[Path, dict], None]:
    """A table of one column."""

    def write(path: Path, metadata: dict) -> None:
        pq.write_table(pa.table({"run": values}).replace_schema_metadata(metadata), path, **options)

    return write


HOSTILE_TABLES: dict[str, tuple[str, Callable[[Path, dict], None], str]] = {
    "many rows": (TRACE, zeros(2**22), "claims more than 20 rows"),
    "a footer of 2^40 rows": (TRACE, claiming(2**40), "claims more than 20 rows"),
    "a footer of 2^62 rows": (TRACE, claiming(2**62), "claims more than 20 rows"),
    "a text of a gigabyte": (
        TABLE,
        column(pa.array(["x" * 2**28]), compression="zstd", use_dictionary=False, write_statistics=False),
        "holds ZSTD, which is not written",
    ),
    "a text of a megabyte, of which each row has a copy": (
        TABLE,
        column(pa.array(["x" * 2**20]).dictionary_encode(), write_statistics=False),
        "holds a text of more than 1000 bytes",
    ),
    "bytes of a fixed large number": (
        TABLE,
        column(pa.array([b"x" * 2**20], pa.binary(2**20)), write_statistics=False),
        "holds FIXED_LEN_BYTE_ARRAY, which is not written",
    ),
    "a list of many numbers in a row": (TABLE, column(pa.array([[0] * 2**20])), "claims more than 1 rows"),
}


@pytest.mark.parametrize("hostile", HOSTILE_TABLES)
def test_a_table_that_would_take_more_memory_than_the_plans_is_refused_before(path_of, read, little_memory, hostile):
    name, write, said = HOSTILE_TABLES[hostile]
    metadata = pq.read_schema(path_of(name)).metadata
    write(path_of(name), metadata)
    assert path_of(name).stat().st_size < 2**21
    assert refused(read, name) == f"damaged: {said}"


def test_the_head_of_a_large_table_is_read_and_one_that_says_too_much_of_itself_refused(path_of):
    path, said = path_of(TABLE), heads.read(path_of(TABLE))
    large = pa.table({"noise": np.random.default_rng(0).random(heads.LARGEST // 8 + 1)})
    pq.write_table(large.replace_schema_metadata(pq.read_schema(path).metadata), path, compression="none")
    assert path.stat().st_size > heads.LARGEST
    assert heads.read(path) == said
    with path.open("r+b") as file:
        file.seek(-heads.A_FOOTER_LENGTH, os.SEEK_END)
        file.write(struct.pack("<I", heads.LARGEST + 1))
    with pytest.raises(RefusedError, match="of itself"):
        heads.read(path)


@pytest.mark.parametrize("said", ["", "[]", '{"columns": 1}', '{"index_columns": ["gone"], "columns": [{"name": 1}]}'])
def test_what_a_file_of_a_run_says_to_pandas_is_not_asked(run, spec, said):
    before = rows.traces(spec, run)
    table = pq.read_table((run / TRACE).open("rb"))
    pq.write_table(table.replace_schema_metadata(table.schema.metadata | {"pandas": said}), run / TRACE)
    assert rows.traces(spec, run).equals(before)


# Safetensors: a header that says where the tensors are.


def tensors_of(header: object, body: bytes = b"", length: int | None = None) -> Callable[[Path], None]:
    """A file of a header, which may say another length of itself, and bytes."""
    text = json.dumps(header).encode()
    content = struct.pack("<Q", len(text) if length is None else length) + text + body
    return lambda path: path.write_bytes(content)


def one(dtype: str, shape: list[int], offsets: list[int], body: bytes = b"") -> Callable[[Path], None]:
    return tensors_of({"W1": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}, body)


HOSTILE_TENSORS = {
    "petabytes": one("F32", [2**50], [0, 2**52]),
    "more than numbers can say": one("F32", [2**40, 2**40], [0, 4], b"1234"),
    "offsets below zero": one("F32", [1], [-4, 0]),
    "offsets that overlap": tensors_of(
        {
            name: {"dtype": "F32", "shape": [1], "data_offsets": [2 * place, 2 * place + 4]}
            for place, name in enumerate("ab")
        },
        b"123456",
    ),
    "a header of 2^63 bytes": tensors_of({}, length=2**63),
    "a header of two megabytes": tensors_of({"__metadata__": {stamp.KEY: "[" + "[]," * 700_000 + "[]]"}}),
    "numbers of a kind that there is not": one("F8_E4M3", [1], [0, 1], b"1"),
    "half numbers": one("F4", [2], [0, 1], b"1"),
    "many empty tensors": tensors_of(
        {f"{place}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for place in range(30_000)}
    ),
    "an empty header": lambda path: path.write_bytes(bytes(8)),
}


@pytest.mark.parametrize("hostile", HOSTILE_TENSORS)
def test_tensors_that_cannot_be_are_refused(path_of, read, little_memory, hostile):
    HOSTILE_TENSORS[hostile](path_of(CHECKPOINT))
    assert refused(read, CHECKPOINT).startswith("damaged: ")


@pytest.mark.parametrize(
    "change",
    [
        lambda state: {"other": state["m"]},
        lambda state: state | {"m": state["m"][:-1]},
        lambda state: state | {"m": state["m"].reshape(-1, 1)},
    ],
    ids=["other tensors", "too short", "another shape"],
)
def test_a_saved_state_of_other_tensors_is_not_resumed_from(good, run, spec, change):
    path = run / paths.RESUME / paths.STATE
    said = {name: value for name, value in tensors.said(path).items() if name != "checksum"}
    tensors.write_tensors(path, change(safetensors.numpy.load_file(path)), said)
    (run / RECORD).unlink()
    train(spec, run)
    assert len(run_record.read_record(run, spec).segments) == 1
    assert (run / TRACE).read_bytes() == (good.run(spec.run_id) / TRACE).read_bytes()


# Pictures.


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@cache
def bomb() -> bytes:
    return zlib.compress(bytes(2**28), 1)


HOSTILE_CHUNKS: dict[str, Callable[[], list[bytes]]] = {
    "a packed text": lambda: [chunk(b"zTXt", b"monosemanticity\0\0" + bomb())],
    "a packed text in Unicode": lambda: [chunk(b"iTXt", b"monosemanticity\0\1\0\0\0" + bomb())],
    "many packed texts": lambda: [chunk(b"zTXt", b"%d\0\0" % n + zlib.compress(bytes(10**6), 1)) for n in range(100)],
    "packed colours": lambda: [chunk(b"iCCP", b"a\0\0" + bomb())],
    "a long text": lambda: [chunk(b"tEXt", b"a\0" + bytes(2**24))],
    "a chunk that claims two gigabytes": lambda: [struct.pack(">I", 2**31 - 1) + b"tEXta\0"],
}


@pytest.mark.parametrize("hostile", HOSTILE_CHUNKS)
def test_a_picture_that_unpacks_to_much_is_refused(path_of, read, little_memory, hostile):
    size = chunk(b"IHDR", struct.pack(">IIBBBBB", 10, 10, 8, 2, 0, 0, 0))
    content = [b"\x89PNG\r\n\x1a\n", size, *HOSTILE_CHUNKS[hostile](), chunk(b"IDAT", zlib.compress(bytes(310)))]
    path_of(FIGURE).write_bytes(b"".join([*content, chunk(b"IEND", b"")]))
    assert refused(read, FIGURE).startswith("damaged: ")


# Records.


@pytest.mark.parametrize("name", ["/etc/passwd", "../../../outside", "checkpoints/../../../../outside"])
def test_a_file_outside_that_a_record_names_is_neither_believed_nor_asked_for(run, spec, results, name):
    (results.root.parent / "outside").write_text("x" * 9)
    said = json.loads((run / RECORD).read_text())
    said["files"][name] = 9
    (run / RECORD).write_text(json.dumps(said))
    assert not is_whole(run, spec)
    train(spec, run)
    assert name not in run_record.read_record(run, spec).files
    assert is_whole(run, spec)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000, "-1", "[1]"])
def test_numbers_that_no_run_took_are_refused(run, read, number):
    said = json.loads((run / RECORD).read_text())
    said["segments"][0]["seconds"] = "here"
    (run / RECORD).write_text(json.dumps(said).replace('"here"', number))
    assert refused(read, RECORD).startswith("damaged: ")


# Other forms of results.


@pytest.mark.parametrize("version", [stamp.SCHEMA_VERSION - 1, stamp.SCHEMA_VERSION + 1])
@pytest.mark.parametrize("more", [{}, {"said of it": {"unknown": 1}}])
def test_a_record_of_another_form_is_refused_as_such_and_not_as_damaged(run, read, version, more):
    said = json.loads((run / RECORD).read_text()) | {"schema_version": version} | more
    said.pop("segments")
    (run / RECORD).write_text(json.dumps(said))
    form = f"written in another form, by another version: schema_version is {version}, not {stamp.SCHEMA_VERSION}"
    assert refused(read, RECORD) == form


@pytest.mark.parametrize("name", [MEASURES, TABLE])
def test_a_table_of_another_form_says_so_whatever_it_lacks(path_of, read, name):
    table = pq.read_table(path_of(name).open("rb"))
    of = json.loads(pq.read_schema(path_of(MEASURES)).metadata[stamp.KEY.encode()]) | {"schema_version": 5}
    pq.write_table(table.replace_schema_metadata({stamp.KEY: json.dumps(of | {"unknown": 1})}), path_of(name))
    assert heads.read(path_of(name)).of["schema_version"] == 5
    assert "written in another form, by another version: schema_version is 5" in refused(read, name)


# Nothing that is read is executed.

EXECUTING = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "jsonpickle"}
CALLED = {"eval", "exec", "compile", "__import__", "execfile"}
ATTRIBUTES = {
    *("torch.load", "torch.hub", "torch.jit", "numpy.load", "np.load", "pd.read_pickle", "pandas.read_pickle"),
    *("os.system", "os.popen", "yaml.unsafe_load", "yaml.full_load", "yaml.Loader", "yaml.UnsafeLoader"),
}


def what_executes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from {alias.name.partition(".")[0] for alias in node.names} & EXECUTING
            case ast.ImportFrom(module=str() as module):
                yield from {module.partition(".")[0]} & EXECUTING
            case ast.Call(func=ast.Name(id=name)) if name in CALLED:
                yield name
            case ast.Attribute() if (text := ast.unparse(node)) in ATTRIBUTES:
                yield text
            case ast.keyword(arg="allow_pickle" | "shell"):
                yield node.arg


@pytest.mark.parametrize(
    "line",
    [
        *("import pickle", "from joblib import load", "eval('1')", "torch.load(path)", "np.load(path)"),
        *("x(allow_pickle=True)", "subprocess.run(x, shell=True)", "yaml.load(x, Loader=yaml.Loader)"),
    ],
)
def test_what_would_execute_what_it_reads_is_seen(line):
    assert list(what_executes(ast.parse(line)))


def test_no_code_of_this_package_executes_what_it_reads():
    found = {
        f"{path.relative_to(PACKAGE)}: {what}"
        for path in PACKAGE.rglob("*.py")
        for what in what_executes(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set()
