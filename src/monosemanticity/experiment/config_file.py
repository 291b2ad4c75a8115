"""config.yaml, read whole and checked whole, or refused with the key, the value, what is allowed and the mend."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monosemanticity.errors import ConfigError
from monosemanticity.experiment.config import (
    PRODUCT,
    SIZE,
    SWEEP,
    VALUE,
    Batch,
    Config,
    Defaults,
    Replacement,
    Scale,
    SweptFields,
)

Parsed = TypeVar("Parsed", bound=BaseModel)


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML lets a repeated key silently replace the first; two batches of one name are an error here.

    Libraries that refuse them read YAML 1.2, where 1e-7, on and 12:30 are other values than Snakemake's PyYAML reads.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
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
        return super().construct_mapping(node, deep)


def read_config(path: Path, overrides: Mapping[str, Any] | None = None) -> Config:
    """The configuration in a file, with overrides (nested as the file is) laid over it.

    Raises ConfigError naming every key that is wrong.
    """
    return parse(Config, read_yaml(path, overrides or {}), source=path.name)


def read_yaml(path: Path, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says, with overrides laid over it, before it is checked. Raises ConfigError if it is no mapping."""
    try:
        with path.open(encoding="utf-8") as stream:
            given = yaml.load(stream, Loader=_UniqueKeyLoader)  # noqa: S506 a SafeLoader
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; run from the folder that holds {path.name}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{path}: not YAML: {error}") from None
    if not isinstance(given, dict):
        raise ConfigError(f"{path}: holds {type(given).__name__}; a mapping with scale, seeds, ... is needed")
    return _merge(given, overrides)


def parse(model: type[Parsed], given: object, source: str) -> Parsed:
    """Check nested mappings against a model. Raises ConfigError naming every key that is wrong."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(model, detail, source) for detail in error.errors())) from None


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both_nested = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merge(merged[key], value) if both_nested else value
    return merged


def _explain(root: type[BaseModel], detail: ErrorDetails, source: str) -> str:
    """One pydantic error as: file: key: value: what is wrong, what is allowed, and the corrected line."""
    path = [str(part) for part in detail["loc"] if part not in (VALUE, SWEEP, SIZE, PRODUCT, "[key]")]
    where = f"{source}: {'.'.join(path)}: " if path else f"{source}: "
    model, name = _locate(root, path)
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        known = list(model.model_fields)
        close = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.5)
        line = f"corrected: {close[0]}: {_as_yaml(detail['input'])}" if close else f"known: {', '.join(known)}"
        return f"{where}unknown key {path[-1]}\n    {line}"
    if detail["type"] == "value_error":
        return where + message
    if detail["type"] != "missing":
        where += f"{_as_yaml(detail['input'])}: "
    lines = [where + message[0].lower() + message[1:]]
    if field := model.model_fields.get(name):
        if field.description:
            lines.append(f"allowed: {field.description}")
        if field.examples:
            example = field.examples[0]
            lines.append(f"corrected: {name}: {_as_yaml([example] if SWEEP in detail['loc'] else example)}")
    return "\n    ".join(lines)


def _locate(root: type[BaseModel], path: list[str]) -> tuple[type[BaseModel], str]:
    """The innermost model that a path of keys leads into, and the field of it that the path names."""
    inside = {
        (Config, "scales"): Scale,
        (Config, "defaults"): Defaults,
        (Config, "batches"): Batch,
        (Scale, "batches"): SweptFields,
        (Batch, "comparison"): Replacement,
    }
    model, name = root, ""
    for position, key in enumerate(path):
        if key in model.model_fields:
            name = key
            if position + 1 < len(path):
                model = inside.get((model, key), model)
    return model, name


def _as_yaml(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=10_000).removesuffix("\n...\n").strip()
