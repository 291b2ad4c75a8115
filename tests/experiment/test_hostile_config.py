"""A configuration of someone else that would never be read to its end, or fill the memory, is refused at once."""

import os
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.limits import limited_memory
from monosemanticity.errors import ConfigError
from monosemanticity.experiment.config_file import FIGURES, read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.experiment.quantities import LONGEST

SHIPPED = (Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _limits() -> Iterator[None]:
    with limited_memory(2**30):
        yield


def references(first: str, then: str, times: int) -> str:
    """Lines that each refer to the one before, several times."""
    lines = [f"a0: &a0 {first}", *(f"a{i}: &a{i} {then.replace('*', f'*a{i - 1}')}" for i in range(1, times))]
    return "\n".join(lines) + "\n"


LAUGHS = references("[1, 2]", "[*, *, *, *, *, *, *, *, *, *]", 10)
TOO_MANY = "holds more than 20,000 values, with those that it refers to"
SEEDS = "\nseeds: [0]"
assert SEEDS in SHIPPED


def with_seeds(text: str) -> str:
    """The shipped configuration with other seeds."""
    return SHIPPED.replace(SEEDS, f"\nseeds: {text}")


def with_batch(text: str) -> str:
    """The shipped configuration with one more batch."""
    return SHIPPED.replace("\nscales:\n", f"\n  mine:\n{textwrap.indent(text, '    ')}\n\nscales:\n")


HOSTILE = {
    "references to references": (f"{LAUGHS}{SHIPPED}", TOO_MANY),
    "references in a sweep": (LAUGHS + with_batch("learning_rate: *a9"), TOO_MANY),
    "references in seeds": (LAUGHS + with_seeds("*a9"), TOO_MANY),
    "mappings merged with themselves": (references("{k: 1}", "{<<: [*, *]}", 40) + SHIPPED, TOO_MANY),
    "many values": (with_seeds("[" + "1, " * 30_000 + "1]"), TOO_MANY),
    "nested lists": ("a: " + "[" * 100_000, "nested too deeply"),
    "nested mappings": ("\n".join(" " * depth + "a:" for depth in range(1, 1000)), "nested too deeply"),
    "a large file": (SHIPPED + "#" * 2**20, "at most 1,048,576 are read"),
    "a large number": (with_seeds(f"[{'9' * 5000}]"), "not YAML: Exceeds the limit"),
    "a number in base 60": (with_seeds(f"[{'59:' * 5000}59]"), "seeds.0: a number of too many digits: "),
    "a fraction in base 60": (with_seeds(f"[{'59:' * 5000}59.5]"), "not YAML: "),
    "a number of many digits in text": (with_seeds(f"['{'9' * 500_000}']"), "seeds.0: "),
    "a formula of many digits": (with_batch(f"k: '{'9' * 500_000} N'"), f"more than {LONGEST} characters"),
    "a power of powers": (with_seeds("['9^9^9^9']"), "seeds.0: 9^9^9^9: "),
    "a power": (with_seeds("['9^99999999999']"), "seeds.0: 9^99999999999: "),
    "Python's tags": (with_seeds("!!python/object/apply:os.system ['exit']"), "could not determine a constructor"),
    "bytes": (
        SHIPPED.replace("\nscales:\n", "\nscales:\n  mine: {note: !!binary eA==}\n"),
        "could not determine a const",
    ),
    "many unknown keys": (SHIPPED + "\n".join(f"unknown{i}: 1" for i in range(9_000)), "and 8950 more"),
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / FIGURES).parent.mkdir()
    (tmp_path / FIGURES).write_text("{}", encoding="utf-8")
    (tmp_path / "config.yaml").write_text(SHIPPED, encoding="utf-8")
    return tmp_path / "config.yaml"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_configuration_is_refused_in_little_memory_and_time(config: Path, hostile: str) -> None:
    text, said = HOSTILE[hostile]
    config.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        make_plan(read_config(config))
    assert "config.yaml: " in str(refusal.value)
    assert said in str(refusal.value)
    assert len(str(refusal.value)) < 10_000


@pytest.mark.timeout(60)
def test_a_hostile_catalogue_of_figures_is_refused_as_the_configuration_is(config: Path) -> None:
    (config.parent / FIGURES).write_text(LAUGHS, encoding="utf-8")
    with pytest.raises(ConfigError, match=f"figures.yaml: {TOO_MANY}"):
        read_config(config)


@pytest.mark.timeout(60)
def test_a_pipe_is_no_configuration(config: Path) -> None:
    config.unlink()
    os.mkfifo(config)
    with pytest.raises(ConfigError, match=r"config.yaml: Not a file"):
        read_config(config)


@pytest.mark.timeout(60)
def test_more_runs_than_can_be_planned_are_refused_before_they_are_made(config: Path) -> None:
    values = [number / 1000 for number in range(1, 101)]
    swept = ("learning_rate", "epsilon", "l1", "decay", "bias_offset")
    config.write_text(with_batch("\n".join(f"{field}: {values}" for field in swept)), encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        make_plan(read_config(config, {"scale": "paper"}))
    assert str(refusal.value).startswith(
        "batches.mine at scale paper: with its 100 of epsilon x 100 of learning_rate x "
    )
    assert str(refusal.value).endswith(" runs, of at most 20,000; shorten a list")


@pytest.mark.timeout(60)
def test_a_long_sweep_is_thinned_in_little_time(config: Path) -> None:
    values = [number / 10_000 for number in range(1, 9_000)]
    config.write_text(with_batch(f"learning_rate: {values}"), encoding="utf-8")
    plan = make_plan(read_config(config, {"scale": "smoke", "scales": {"smoke": {"points": 4000}}}))
    assert len(plan.batches["mine"].members) == 4000


def test_numbers_may_be_shared_between_batches_by_references(config: Path) -> None:
    shared = "learning_rate: &rates [0.001, 0.003]\nbias_offset: 0.5"
    config.write_text(
        with_batch(shared).replace("\nscales:\n", "\n  other: {learning_rate: *rates, k: 16}\n\nscales:\n"),
        encoding="utf-8",
    )
    batches = read_config(config).batches
    assert batches["mine"].learning_rate == batches["other"].learning_rate == [0.001, 0.003]
