"""A run that is stopped, however it is, ends with the bytes of one that was left alone."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.files import files_of, half
from helpers.processes import SAVE_EVERY, forked_training
from monosemanticity.errors import ResultError, StoppedError
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages, stamp
from monosemanticity.model.sampling import DenseSampler
from monosemanticity.results import run_record, whole_files
from monosemanticity.results.paths import LOCK
from monosemanticity.training import devices, interruption, saved_state, saving, trajectory
from monosemanticity.training.cuda_graph import CudaGraphRun
from monosemanticity.training.devices import Device
from monosemanticity.training.lamb import Lamb
from monosemanticity.training.run import Run
from monosemanticity.training.train import train

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spec(tiny_spec: Callable[..., RunSpec]) -> RunSpec:
    return tiny_spec(steps=72, l1=0.1, decay=1)


@pytest.fixture(scope="module")
def undisturbed(spec: RunSpec, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    train(spec, folder)
    return files_of(folder)


def resumed_at(folder: Path, spec: RunSpec) -> list[int]:
    """The steps after which a run was resumed."""
    begun, *resumed = run_record.read_record(folder, spec).segments
    assert begun.after == 0
    return [segment.after for segment in resumed]


class Killed(BaseException):
    """In the place of a death: nothing of the package catches it."""


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Save after every step, and die at one."""
    monkeypatch.setattr(saving, "SAVE_EVERY", 0)
    advance = Run.advance

    def die_at(step: int) -> None:
        def advance_or_die(self: Run, t: int) -> object:
            if t == step:
                raise Killed
            return advance(self, t)

        monkeypatch.setattr(Run, "advance", advance_or_die)

    return die_at


@pytest.mark.parametrize("step", [1, 2, 10, 17, 33, 40, 72])
def test_a_run_that_dies_goes_on_from_where_it_was_saved(tmp_path, spec, undisturbed, dying, monkeypatch, step):
    dying(step)
    with pytest.raises(Killed):
        train(spec, tmp_path)
    assert not (tmp_path / "run.json").exists()
    taken = []
    monkeypatch.setattr(saving, "SAVE_EVERY", 3600)
    dying(-1)
    train(spec, tmp_path, watch=lambda t, loss: taken.append(t))
    assert min(taken) >= step
    assert files_of(tmp_path) == undisturbed
    assert resumed_at(tmp_path, spec) == ([step - 1] if step > 1 else [])


def test_a_trained_run_whose_files_are_taken_away_takes_no_step_again(tmp_path, spec, undisturbed):
    """As Snakemake does with the finished runs of a submission in which another fails."""
    train(spec, tmp_path)
    for file in ("run.json", "trace.parquet"):
        (tmp_path / file).unlink()
    shutil.rmtree(tmp_path / "checkpoints")
    train(spec, tmp_path, watch=pytest.fail)
    saved_state.remove(tmp_path)
    assert files_of(tmp_path) == undisturbed
    assert resumed_at(tmp_path, spec) == [spec.steps]


def test_what_a_run_goes_on_from_is_removed_once_its_files_are_there(tmp_path, spec, dying):
    dying(40)
    with pytest.raises(Killed):
        train(spec, tmp_path)
    saved_state.remove(tmp_path)
    assert (tmp_path / "resume").exists()
    dying(-1)
    train(spec, tmp_path)
    saved_state.remove(tmp_path)
    assert not (tmp_path / "resume").exists()


def test_a_run_that_dies_at_every_write_ends_with_the_same_bytes(tmp_path, spec, undisturbed, monkeypatch):
    """Dies once in the middle of each write that it comes to, and is started again, until it gets to its end."""
    monkeypatch.setattr(saving, "SAVE_EVERY", 0)
    flush, died = whole_files._flush, set()

    def flush_or_die(path: Path) -> None:
        if path not in died and path.suffix == ".partial":
            died.add(path)
            path.write_bytes(path.read_bytes()[:10])
            raise Killed
        flush(path)

    monkeypatch.setattr(whole_files, "_flush", flush_or_die)
    deaths = 0
    while not (tmp_path / "run.json").exists():
        try:
            train(spec, tmp_path)
        except Killed:
            deaths += 1
    assert deaths == len(died) == 20  # the state, its trace, 8 models; the run's copies of these, its trace, run.json
    saved_state.remove(tmp_path)
    assert files_of(tmp_path) == undisturbed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_and_stops(tmp_path, spec, undisturbed, monkeypatch, number):
    advance = Run.advance

    def advance_and_ask(self: Run, t: int) -> object:
        if t == 37:
            os.kill(os.getpid(), number)
        return advance(self, t)

    monkeypatch.setattr(Run, "advance", advance_and_ask)
    before = signal.getsignal(number)
    with pytest.raises(StoppedError, match=f"stopped by {number.name} after step 37; the same command") as stopped:
        train(spec, tmp_path)
    assert stopped.value.exit_code == 128 + number
    assert signal.getsignal(number) is before
    monkeypatch.setattr(Run, "advance", advance)
    train(spec, tmp_path)
    assert files_of(tmp_path) == undisturbed
    assert resumed_at(tmp_path, spec) == [37]


@pytest.mark.parametrize("file", ["state.safetensors", "trace.parquet", "checkpoints/step-00000008.safetensors"])
@pytest.mark.parametrize("damage", [Path.unlink, half, lambda path: path.write_bytes(b"")])
def test_a_run_does_not_go_on_from_what_is_bad(tmp_path, spec, undisturbed, dying, file, damage):
    dying(40)
    with pytest.raises(Killed):
        train(spec, tmp_path)
    damage(tmp_path / "resume" / file)
    dying(-1)
    train(spec, tmp_path)
    assert files_of(tmp_path) == undisturbed
    assert resumed_at(tmp_path, spec) == []


def test_a_run_does_not_go_on_from_what_other_code_or_numbers_left(tmp_path, spec, tiny_spec, dying, monkeypatch):
    dying(40)
    with pytest.raises(Killed):
        train(spec, tmp_path)
    dying(-1)
    later = stamp.Stamp(spec.digest, code="of another day")
    with monkeypatch.context() as changed:
        changed.setattr(stages, "of_training", lambda spec: later)
        train(spec, tmp_path)
        assert resumed_at(tmp_path, spec) == []
    other = tiny_spec(steps=71, l1=0.1, decay=1)
    train(other, tmp_path)
    assert resumed_at(tmp_path, other) == []


def test_each_segment_says_what_computed_it(tmp_path, spec, undisturbed, dying, monkeypatch):
    dying(40)
    with pytest.raises(Killed):
        train(spec, tmp_path)
    dying(-1)
    environment_of = Device.description
    monkeypatch.setattr(Device, "description", lambda self: environment_of(self) | {"threads": 7})
    train(spec, tmp_path)
    assert files_of(tmp_path) == undisturbed
    first, second = run_record.read_record(tmp_path, spec).segments
    assert (first.after, first.threads, second.after, second.threads) == (0, 1, 39, 7)
    assert first.cpu_seconds > 0 < second.cpu_seconds


@pytest.mark.parametrize("other", ["sampler", "slices"])
def test_a_run_is_not_resumed_where_other_samples_are_drawn(tmp_path, tiny_spec, dying, monkeypatch, other):
    spec = tiny_spec(steps=72, batch_size=200)
    dying(40)
    with pytest.raises(Killed):
        train(spec, tmp_path)
    dying(-1)
    saved = files_of(tmp_path / "resume")
    here = devices.processor("float32", threads=1)
    elsewhere = {
        "sampler": CudaGraphRun(spec, replace(here, name="a card", sampler=DenseSampler, optimiser=Lamb)),
        "slices": Run(spec, replace(here, name="a small cache", slice_floats=1)),
    }[other]
    with monkeypatch.context() as there:
        there.setattr(trajectory, "start", lambda spec, threads: elsewhere)
        with pytest.raises(ResultError, match=f"was saved on {re.escape(here.name)}, and a .* draws other") as refused:
            train(spec, tmp_path)
        assert files_of(tmp_path / "resume") == saved
        mend = str(refused.value).split("begin it again here: ")[1]
        subprocess.run(mend, shell=True, check=True)  # noqa: S602 as printed
        assert not (tmp_path / "resume").exists()
        train(spec, tmp_path)
    assert resumed_at(tmp_path, spec) == []


def test_a_trace_that_was_saved_later_than_its_state_is_cut(tmp_path, spec, undisturbed, dying, monkeypatch):
    dying(40)
    with pytest.raises(Killed):
        train(spec, tmp_path)
    state = (tmp_path / "resume/state.safetensors").read_bytes()
    dying(60)
    with pytest.raises(Killed):
        train(spec, tmp_path)
    (tmp_path / "resume/state.safetensors").write_bytes(state)
    dying(-1)
    train(spec, tmp_path)
    assert files_of(tmp_path) == undisturbed


def test_a_run_that_is_whole_is_left_alone(tmp_path, spec):
    train(spec, tmp_path)
    before = written(tmp_path)
    train(spec, tmp_path)
    assert written(tmp_path) == before


def written(folder: Path) -> dict[Path, int]:
    """When each file of a run was written; its lock is taken each time."""
    return {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file() and file.name != LOCK}


def test_two_that_train_the_same_run_take_turns(tmp_path, spec, undisturbed, monkeypatch):
    advance, started, go_on = Run.advance, threading.Event(), threading.Event()
    steps: list[int] = []

    def advance_slowly(self: Run, t: int) -> object:
        steps.append(t)
        started.set()
        go_on.wait()
        return advance(self, t)

    monkeypatch.setattr(interruption, "SIGNALS", ())  # they are the main thread's
    monkeypatch.setattr(Run, "advance", advance_slowly)
    both = [threading.Thread(target=train, args=(spec, tmp_path)) for _ in range(2)]
    for thread in both:
        thread.start()
    started.wait()
    time.sleep(0.5)
    assert steps == [1]
    go_on.set()
    for thread in both:
        thread.join()
    assert steps == list(range(1, spec.steps + 1))
    assert files_of(tmp_path) == undisturbed


# Real processes, really killed.

KILLS = 12
LONG = {"steps": 3000, "N": 64, "d": 16, "k": 48, "batch_size": 128}


@pytest.fixture(scope="module")
def long(tiny_spec: Callable[..., RunSpec]) -> RunSpec:
    return tiny_spec(**LONG)


@pytest.fixture(scope="module")
def undisturbed_long(long: RunSpec, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed_long")
    train(long, folder)
    return files_of(folder)


def training(spec: RunSpec, folder: Path) -> subprocess.Popen:
    """The command, saving as often as it can."""
    often = f"from monosemanticity.training import saving; saving.SAVE_EVERY = {SAVE_EVERY}"
    program = f"{often}; from monosemanticity.cli import main; main()"
    arguments = ["train", "--spec", spec.model_dump_json(), "--out", str(folder)]
    return subprocess.Popen([sys.executable, "-c", program, *arguments], stderr=subprocess.PIPE, text=True)


def test_a_run_killed_many_times_ends_with_the_same_bytes(tmp_path, long, undisturbed_long):
    chance, kills = random.Random(0), 0
    while not (tmp_path / "run.json").exists():
        before = state_of(tmp_path)
        process = forked_training(long, tmp_path)
        if kills < KILLS:
            # From its first write on, at any moment.
            while process.is_alive() and state_of(tmp_path) == before:
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.05))
            process.kill()
        process.join()
        assert process.exitcode in ((0, -signal.SIGKILL) if kills < KILLS else (0,))
        kills += process.exitcode == -signal.SIGKILL
    assert kills >= KILLS - 2
    assert files_of(tmp_path) == undisturbed_long
    assert len(resumed_at(tmp_path, long)) >= KILLS // 2


def state_of(folder: Path) -> int:
    state = folder / "resume/state.safetensors"
    return state.stat().st_mtime_ns if state.exists() else 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_process_that_is_asked_to_stop_does_so_within_seconds(tmp_path, tiny_spec, number, code):
    spec = tiny_spec(steps=10**6)
    process = training(spec, tmp_path)
    while not state_of(tmp_path):
        time.sleep(0.01)
    asked = time.monotonic()
    process.send_signal(number)
    assert process.wait() == code
    assert time.monotonic() - asked < 5
    assert f"stopped by {number.name} after step" in process.stderr.read()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that holds less than a run writes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs to be root")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_is_a_clear_error_and_the_run_goes_on_when_there_is_room(small_disk, long, undisturbed_long):
    process = training(long, small_disk / "run")
    error = process.communicate()[1]
    assert process.returncode == 1
    assert "cannot be written: [Errno 28] No space left on device" in error
    assert "make room, then start again" in error
    assert "Traceback" not in error
    assert not list(small_disk.rglob("*.partial"))
    assert not (small_disk / "run/run.json").exists()
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    process = training(long, small_disk / "run")
    assert process.wait() == 0, process.stderr.read()
    assert files_of(small_disk / "run") == undisturbed_long
