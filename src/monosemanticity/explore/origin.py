"""What a folder of results was made with: its plan, and the command that makes again what is missing in it."""

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from monosemanticity.errors import ConfigError, RefusedError
from monosemanticity.experiment.config import Config
from monosemanticity.experiment.config_file import parse, read_config
from monosemanticity.experiment.names import nearest
from monosemanticity.experiment.plan import Plan, make_plan
from monosemanticity.results import inside
from monosemanticity.results.paths import Paths
from monosemanticity.workflow import mend, planned


class Origin(NamedTuple):
    """The plan of some results, where they lie, and how they are made again."""

    plan: Plan
    paths: Paths
    again: str
    """A command."""

    @contextmanager
    def mending(self) -> Iterator[None]:
        """Add to a refusal the command that makes again what was refused."""
        try:
            yield
        except RefusedError as error:
            raise RefusedError(error.path, f"{error.problem}; make it again: {self.again}") from None


def origin_of(folder: Path) -> Origin:
    """By the newest file in its planned/, or else by config.yaml beside the folder of all results.

    Raises ConfigError where there is no such folder or configuration, or where one of these is wrong or damaged;
    ResultError where a link leads out of the folder.
    """
    root = Path(os.path.abspath(folder))  # noqa: PTH100 of a linked folder, config.yaml lies beside the link
    paths = Paths(root.parent, root.name)
    if not paths.root.is_dir():
        raise ConfigError(_missing(paths))
    inside.check(paths.root)
    config, overrides = _asked(paths)
    plan = make_plan(config)
    return Origin(plan, paths, mend.of_workflow({**overrides, "scale": plan.scale}, paths.results.parent))


def _asked(paths: Paths) -> tuple[Config, Mapping[str, Any]]:
    """The configuration, and what of it was said in place of config.yaml's."""
    if files := list(paths.planned.glob("*.json")):
        newest = max(files, key=lambda path: path.lstat().st_mtime_ns)
        found = planned.read(newest)
        overrides = {key: found.overrides[key] for key in Config.model_fields if key in found.overrides}
        return parse(Config, found.config, source=str(newest)), overrides  # a foreign key might be an option
    if not _configuration(paths).exists():
        raise ConfigError(
            f"{paths.root}: it is not known what was asked for: there is neither {paths.planned}/*.json nor"
            f" {_configuration(paths)}; put that config.yaml there, with its workflow/figures.yaml"
        )
    return read_config(_configuration(paths), {"scale": paths.scale}), {}


def _configuration(paths: Paths) -> Path:
    """Of the project whose results these are."""
    return paths.results.parent / "config.yaml"


def _missing(paths: Paths) -> str:
    """That a folder is not there, and how it is made, or which are there."""
    said, project = f"{paths.root}: no such folder", paths.results.parent
    if _configuration(paths).exists() and paths.scale in read_config(_configuration(paths)).scales:
        return f"{said}; make it: cd {shlex.quote(str(project))} && {mend.making([], {'scale': paths.scale})}"
    there = sorted(str(runs.parent) for runs in paths.results.glob("*/runs"))
    near = nearest(paths.root, there)[:1] or there
    return f"{said}; nearest: {', '.join(near)}" if near else f"{said}; name one as results/preview of the project"
