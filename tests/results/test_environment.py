import platform
from importlib.metadata import version
from pathlib import Path

import pytest

from monosemanticity.results import environment


def test_versions_are_those_of_python_of_this_package_and_of_those_named():
    assert environment.versions("numpy", "torch") == {
        "python": platform.python_version(),
        "monosemanticity": version("monosemanticity"),
        "numpy": version("numpy"),
        "torch": version("torch"),
    }


@pytest.fixture
def told(monkeypatch):
    """What the system tells about the processor."""

    def told(text: str | None) -> None:
        def read_text(path: Path, encoding: str) -> str:
            if text is None:
                raise FileNotFoundError
            return text

        environment.cpuinfo.cache_clear()
        monkeypatch.setattr(Path, "read_text", read_text)

    yield told
    environment.cpuinfo.cache_clear()


def test_a_processor_is_named_as_the_system_tells(told):
    told("processor\t: 0\nmodel name\t: A: Fast One\nflags\t\t: avx avx2\n")
    assert environment.processor_name() == "A: Fast One"
    assert environment.cpuinfo("flags") == "avx avx2"


@pytest.mark.parametrize("text", [None, "", "processor\t: 0\n"])
def test_a_processor_of_which_nothing_is_told_has_a_name_all_the_same(told, text):
    told(text)
    assert environment.cpuinfo("vendor_id") == ""
    assert environment.processor_name() == (platform.processor() or platform.machine())


def test_runs_are_counted_by_everything_that_made_them(tiny_spec, record_of):
    records = [record_of(tiny_spec(seed=seed), threads=threads) for seed, threads in enumerate([1, 2, 2])]
    counts = environment.of_runs(records)
    assert counts["threads"] == {"1": 1, "2": 2}
    assert counts["torch"] == {records[0].segments[0].versions["torch"]: 3}
    assert set(counts) == {*records[0].segments[0].versions, "device", "instruction_set", "products", "threads"}


def test_runs_made_alike_do_not_differ(tiny_spec, record_of):
    assert environment.differences(environment.of_runs([])) == ""
    assert environment.differences(environment.of_runs([record_of(tiny_spec(seed=seed)) for seed in (0, 1)])) == ""


def test_runs_made_differently_are_told_by_what_and_how_many(tiny_spec, record_of):
    old, new = ({**record_of(tiny_spec()).segments[0].versions, "torch": torch} for torch in ("2.11.0", "2.13.0"))
    records = [
        record_of(tiny_spec(seed=0), versions=old, device="one"),
        record_of(tiny_spec(seed=1), versions=new, device="one"),
        record_of(tiny_spec(seed=2), versions=old, device="other"),
    ]
    assert environment.differences(environment.of_runs(records)) == (
        "device one (2 runs), other (1 run); torch 2.11.0 (2 runs), 2.13.0 (1 run)"
    )


def test_a_run_that_another_machine_ended_is_of_both(tiny_spec, record_of):
    begun = record_of(tiny_spec(), device="one")
    ended = begun.segments[0].model_copy(update={"after": 8, "device": "other"})
    of_both = begun.model_copy(update={"segments": [*begun.segments, ended, ended]})
    assert environment.of_run(of_both)["device"] == "one then other"
    assert environment.of_run(of_both)["torch"] == begun.segments[0].versions["torch"]
    assert environment.differences(environment.of_runs([begun, of_both])) == (
        "device one (1 run), one then other (1 run)"
    )
