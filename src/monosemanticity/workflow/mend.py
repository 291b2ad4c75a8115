"""The commands that make again whatever is missing or damaged, as a user would type them."""

import json
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from monosemanticity.errors import RefusedError
from monosemanticity.results import paths, run_record


def of_workflow(overrides: Mapping[str, Any], project: Path = Path(), targets: Iterable[str] = ()) -> str:
    """Of some targets, or everything, of a workflow in a folder, with some settings in place of config.yaml's."""
    there = f"cd {shlex.quote(str(project))} && " * (project != Path())
    return f"{there}{command('check', '--remove', overrides=overrides)} && {making(targets, overrides)}"


def command(*words: str, overrides: Mapping[str, Any]) -> str:
    """A command of this program with the settings of a workflow."""
    return shlex.join(["monosemanticity", *words, *(["--override", json.dumps(overrides)] if overrides else [])])


def making(targets: Iterable[str], overrides: Mapping[str, Any]) -> str:
    """What makes some targets, or everything, with some settings in place of config.yaml's."""
    settings = [f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in overrides.items()]
    return shlex.join(["snakemake", "--cores", "all", *targets, *(["--config", *settings] if settings else [])])


def of_run(run: Path) -> str:
    """Of a run that was trained by hand; nothing where its record, which has its numbers, cannot be read."""
    files = (run / name for name in (paths.RECORD, paths.TRACE, paths.CHECKPOINTS))
    try:
        spec = run_record.read_any(run).spec.model_dump_json()
    except RefusedError:
        return ""
    train = ["monosemanticity", "train", "--spec", spec, "--out", str(run)]
    return f"{shlex.join(['rm', '-rf', *map(str, files)])} && {shlex.join(train)}"
