"""What would be made again, and why: read off the results themselves, whatever the workflow remembers of them."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from monosemanticity import layout, provenance, stamp
from monosemanticity.errors import ResultError
from monosemanticity.figures.origin import of_figure
from monosemanticity.layout import Layout
from monosemanticity.plan import Plan
from monosemanticity.provenance import Code
from monosemanticity.spec import RunSpec
from monosemanticity.stamp import Stamp
from monosemanticity.tables import of_tables

Said = tuple[dict[str, Any], Code]
"""The stamp that a result carries, and the code behind it."""


def figure(name: str, plan: Plan, results: Layout) -> list[str]:
    """Why a figure would be drawn again; nothing if it would not."""
    suffixes = plan.figures()[name].suffixes
    absent = [str(path) for suffix in suffixes if not (path := results.figure(name, suffix)).exists()]
    if absent:
        return [f"{path}: not there" for path in absent]
    return _differences(of_figure(name, plan), results.figure(name, "png"), _said_by_picture)


def runs(specs: Iterable[RunSpec], results: Layout) -> Iterator[tuple[list[RunSpec], list[str]]]:
    """The runs that would be trained, together with the others of the same reasons."""
    alike = defaultdict(list)
    for spec in {spec.run_id: spec for spec in specs}.values():
        if reasons := _of_run(spec, results.run(spec.run_id)):
            alike[tuple(reasons)].append(spec)
    for reasons, members in alike.items():
        yield members, list(reasons)


def tables(plan: Plan, results: Layout) -> list[str]:
    """Why the tables would be written again; nothing if they would not."""
    wanted = of_tables(plan)
    reasons = [_differences(wanted, results.table(name), _said_by_table) for name in layout.TABLES]
    return list(dict.fromkeys(line for lines in reasons for line in lines))


def _of_run(spec: RunSpec, folder: Path) -> list[str]:
    if (state := layout.state(folder)) != "done":
        return ["not trained" if state == "to do" else "stopped, and goes on from there"]
    return _differences(stamp.of_run(spec), folder / layout.RECORD, _said_by_record)


def _differences(wanted: Stamp, path: Path, read: Callable[[Path], Said]) -> list[str]:
    try:
        said, code = read(path)
    except ResultError as error:
        return [str(error)]
    if said == wanted.content():
        return []
    if said.get("digest") != wanted.digest:
        return [f"{path}: what is asked for has changed: the configuration, or a caption"]
    return provenance.changes(code, wanted.code) or [f"{path}: written in another form by an earlier version"]


def _said_by_record(path: Path) -> Said:
    with stamp.refusing(path, ValueError, KeyError):
        record = json.loads(path.read_text(encoding="utf-8"))
        return {key: record[key] for key in ("schema_version", "digest", "code")}, record["definitions"]


def _said_by_table(path: Path) -> Said:
    with stamp.refusing(path, pa.ArrowException, ValueError, KeyError, TypeError):
        metadata = pq.read_schema(path).metadata
        return json.loads(metadata[stamp.KEY.encode()]), json.loads(metadata[stamp.DEFINITIONS.encode()])


def _said_by_picture(path: Path) -> Said:
    with stamp.refusing(path, ValueError, KeyError, SyntaxError), Image.open(path) as image:
        return json.loads(image.text[stamp.KEY]), json.loads(image.text[stamp.DEFINITIONS])
