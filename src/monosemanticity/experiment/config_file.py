"""config.yaml, read and checked whole; an error names the key, the value, what is allowed and the correction."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from monosemanticity import bounded
from monosemanticity.errors import ConfigError
from monosemanticity.experiment.companions import EXPERIMENTS, REPLACEMENTS, Companions, ScaledCompanions
from monosemanticity.experiment.config import (
    Batch,
    Config,
    Defaults,
    Replacement,
    Scale,
    SweptFields,
)
from monosemanticity.experiment.fields import NAME_IN_WORDS, SWEEP
from monosemanticity.experiment.figures import KINDS, UNKNOWN_KIND, AnyFigure, Column, Heat, Selection, Trace
from monosemanticity.experiment.names import nearest

LONGEST_SHOWN, MOST_SHOWN = 200, 50
"""Characters of a wrong value in its error; wrong values."""
MOST_VALUES = 20_000
"""Of a file, counted as often as they are referred to."""
TAG = re.compile(r"\(.*\)")
"""What pydantic puts into the path of an error for the one of several forms that a value has."""
FIGURES = Path("workflow/figures.yaml")
"""The catalogue of figures, from the folder of config.yaml on."""

Parsed = TypeVar("Parsed", bound=BaseModel)


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML lets a repeated key silently replace the first; two batches of one name are an error here.

    Libraries that refuse them read YAML 1.2, where 1e-7, on and 12:30 are other values than Snakemake's PyYAML reads.
    And a few lines of references to references may stand for more than any memory holds: values are counted.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._values, self._inside = 0, dict[yaml.Node, int]()

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node:
        before, is_reference = self._values, self.check_event(yaml.AliasEvent)
        node = super().compose_node(parent, index)
        self._values += self._inside.get(node, 0) if is_reference else 1
        if self._values > MOST_VALUES:
            raise ConfigError(f"{self.name}: holds more than {MOST_VALUES:,} values, with those that it refers to")
        if not is_reference:
            self._inside[node] = self._values - before
        return node

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        self._refuse_repeated_keys(node)  # before what it merges is among its keys
        return node

    def _refuse_repeated_keys(self, node: yaml.MappingNode) -> None:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":  # <<: *another
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise ConfigError(f"{self.name}: line {key_node.start_mark.line + 1}: key {key!r} is not a name")
            if key in seen:
                raise ConfigError(
                    f"{self.name}: line {key_node.start_mark.line + 1}: {key} is given twice; rename one of them"
                )
            seen.add(key)


# Bytes are text to pydantic, and none to JSON, as which jobs are given the configuration.
_UniqueKeyLoader.add_constructor("tag:yaml.org,2002:binary", yaml.SafeLoader.construct_undefined)


def read_config(path: Path, overrides: Mapping[str, Any] | None = None) -> Config:
    """The configuration in a file, with overrides (nested as the file is) laid over it.

    Raises ConfigError naming every key that is wrong.
    """
    return parse(Config, read_yaml(path, overrides or {}), source=path.name)


def read_yaml(path: Path, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """What a file and the catalogue of figures say, with overrides laid over them, before it is checked.

    Raises ConfigError where one of them is no mapping.
    """
    figures = path.parent / FIGURES
    beside = {"figures": _mapping(figures)} if figures.exists() else {}
    return _merge(beside, _merge(_mapping(path), overrides))


def _mapping(path: Path) -> dict[str, Any]:
    try:
        bounded.check(path, bounded.LARGEST_TEXT)
        with path.open(encoding="utf-8") as stream:
            given = yaml.load(stream, Loader=_UniqueKeyLoader)  # noqa: S506 a SafeLoader
    except OSError as error:
        mend = f"; run from the folder that holds {path.name}" * isinstance(error, FileNotFoundError)
        raise ConfigError(f"{path}: {error.strerror}{mend}") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise ConfigError(f"{path}: not YAML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}: nested too deeply") from None
    if not isinstance(given, dict):
        raise ConfigError(f"{path}: holds {type(given).__name__}; a mapping of names is needed")
    return given


def parse(model: type[Parsed], given: object, source: str) -> Parsed:
    """Check nested mappings against a model. Raises ConfigError naming every key that is wrong."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        said = [_explain(model, detail, source) for detail in error.errors()[:MOST_SHOWN]]
        more = error.error_count() - len(said)
        raise ConfigError("\n".join(said + [f"and {more} more"] * bool(more))) from None


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both_nested = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merge(merged[key], value) if both_nested else value
    return merged


def _explain(root: type[BaseModel], detail: ErrorDetails, source: str) -> str:
    """One pydantic error as: file: key: value: what is wrong, what is allowed, and the corrected line."""
    loc = detail["loc"]
    if loc[:1] == ("figures",):
        root, source, loc = _figure_model(loc), f"{FIGURES.as_posix()} (or figures in {source})", loc[1:]
    path = [str(part) for part in loc if part != "[key]" and not TAG.fullmatch(str(part))]
    where = f"{source}: {'.'.join(path)}: " if path else f"{source}: "
    model, name = _locate(root, path)
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        return f"{where}unknown key {path[-1]}\n    {_known_key(model, path[-1], detail['input'])}"
    if detail["type"] == "value_error":
        return where + message
    if detail["type"] == UNKNOWN_KIND:
        given = detail["input"]
        return f"{where}kind: {_as_yaml(given.get('kind') if isinstance(given, dict) else given)}: {message}"
    if detail["type"] != "missing":
        shown = _as_yaml(detail["input"])
        where += f"{shown[:LONGEST_SHOWN]}{'[...]' * (len(shown) > LONGEST_SHOWN)}: "
    match detail["type"]:
        case "string_pattern_mismatch":
            message = f"not {NAME_IN_WORDS}"
        case "model_type" | "dict_type":
            message = "not a mapping of names to values"
        case "too_short":
            message = message.removesuffix(" after validation, not 0")
    lines = [where + message[0].lower() + message[1:]]
    if field := model.model_fields.get(name):
        if field.description:
            lines.append(f"allowed: {field.description}")
        lines += _corrected(name, field, detail)
    return "\n    ".join(lines)


def _figure_model(loc: tuple[str | int, ...]) -> type[BaseModel]:
    """The kind of the figure that a path leads into."""
    kinds = [str(part).strip("()") for part in loc[2:] if TAG.fullmatch(str(part))]
    return KINDS.get(kinds[0], AnyFigure) if kinds else AnyFigure


def _known_key(model: type[BaseModel], wrong: str, value: object) -> str:
    """The key that was probably meant, with the value that was given; or all that are known."""
    if model is Replacement and wrong == "seed":
        return f"corrected: --seed {value}, or seeds: [{value}] of a batch"
    if not (near := nearest(wrong, model.model_fields)):
        return f"known: {', '.join(model.model_fields)}"
    as_list = not _takes(model.model_fields[near[0]], value) and _takes(model.model_fields[near[0]], [value])
    return f"corrected: {near[0]}: {_as_yaml([value] if as_list else value)}"


def _corrected(name: str, field: FieldInfo, detail: ErrorDetails) -> list[str]:
    """The line with the user's own value, where that can be kept; the nearest of some names; or else an example."""
    given, examples = detail["input"], (field.examples or [])[:1]
    if detail["type"] == "list_type" and _takes(field, [given]):
        return [f"corrected: {name}: {_as_yaml([given])}"]
    if detail["type"] == "literal_error":
        examples = nearest(given, re.findall("'([^']*)'", detail["ctx"]["expected"]))[:1]
        if detail["loc"][-1] == "[key]":
            return [f"corrected: {example} in place of {given}" for example in examples]
    return [f"corrected: {name}: {_as_yaml([each] if SWEEP in detail['loc'] else each)}" for each in examples]


def _takes(field: FieldInfo, value: object) -> bool:
    """Whether a field may have a value."""
    try:
        TypeAdapter(field.rebuild_annotation()).validate_python(value)
    except ValidationError:
        return False
    return True


def _locate(root: type[BaseModel], path: list[str]) -> tuple[type[BaseModel], str]:
    """The innermost model that a path of keys leads into, and the field of it that the path names."""
    inside = {
        (Config, "scales"): Scale,
        (Config, "defaults"): Defaults,
        (Config, "batches"): Batch,
        (Scale, "batches"): SweptFields,
        (Batch, "comparison"): Replacement,
        (Trace, "columns"): Column,
        (Heat, "panels"): Selection,
        (Config, "companions"): Companions,
        (Scale, "companions"): ScaledCompanions,
        **{(Companions, study): experiment for study, experiment in EXPERIMENTS.items()},
        **{(ScaledCompanions, study): experiment for study, experiment in REPLACEMENTS.items()},
    }
    model, name = root, ""
    for position, key in enumerate(path):
        if key in model.model_fields:
            name = key
            if position + 1 < len(path):
                model = inside.get((model, key), model)
    return model, name


def _as_yaml(value: object) -> str:
    try:
        shown = yaml.safe_dump(value, default_flow_style=True, width=10_000)
    except ValueError:  # Python writes no number of more than 4300 digits
        return "a number of too many digits"
    return shown.removesuffix("\n...\n").strip()
