"""Four pretend cards, as a driver's library names them, and jobs that really run side by side."""

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pynvml
import pytest

from helpers.cards import pretend_cards
from monosemanticity.errors import ResultError
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.results.paths import RECORD
from monosemanticity.training import leases
from monosemanticity.training.leases import Card

pytestmark = pytest.mark.slow

CARDS = [f"GPU-{number}" for number in range(4)]
JOBS = 40


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine of four cards."""
    kept = {name: value for name, value in os.environ.items() if name != leases.VISIBLE}
    library = pretend_cards(tmp_path / "driver", CARDS)
    return kept | {"PYTHONPATH": f"{library}:{os.environ.get('PYTHONPATH', '')}", "TMPDIR": str(tmp_path)}


JOB = """
import os, sys, time
from pathlib import Path
from monosemanticity.training import leases
with leases.graphics_card(int(sys.argv[2])):
    begun = time.monotonic()
    Path(sys.argv[1]).write_text(f"{os.environ['CUDA_VISIBLE_DEVICES']} {begun} 0")
    time.sleep(float(sys.argv[3]))
    Path(sys.argv[1]).write_text(f"{os.environ['CUDA_VISIBLE_DEVICES']} {begun} {time.monotonic()}")
"""


def job(machine: dict[str, str], note: Path, jobs_per_gpu: int, seconds: float) -> subprocess.Popen:
    """Take a card for so long, and note which and when; one that is killed notes no end."""
    return subprocess.Popen([sys.executable, "-c", JOB, str(note), str(jobs_per_gpu), str(seconds)], env=machine)


def most_at_once(notes: list[tuple[str, float, float]], card: str) -> int:
    """The most jobs that ever held a card together."""
    changes = sorted(change for name, begun, ended in notes if name == card for change in ((begun, 1), (ended, -1)))
    held = most = 0
    for _, change in changes:
        held += change
        most = max(most, held)
    return most


@pytest.mark.parametrize("jobs_per_gpu", [1, 3])
def test_no_card_has_more_jobs_than_it_may_and_the_killed_free_theirs(
    machine: dict[str, str], tmp_path: Path, jobs_per_gpu: int
) -> None:
    chance = random.Random(0)
    processes = {
        tmp_path / f"{number}.txt": job(machine, tmp_path / f"{number}.txt", jobs_per_gpu, chance.uniform(0.1, 0.5))
        for number in range(JOBS)
    }
    killed, notes = set(), []
    while len(killed) < 8:
        assert any(process.poll() is None for process in processes.values())
        time.sleep(0.01)
        for note, process in processes.items():
            holding = note.exists() and note.read_text().endswith(" 0")
            if holding and note not in killed and process.poll() is None and len(killed) < 8:
                process.kill()
                process.wait()
                killed.add(note)
                break
    for note, process in processes.items():
        process.wait(timeout=120)
        card, begun, ended = note.read_text().split()
        if float(ended):
            notes.append((card, float(begun), float(ended)))
        else:
            assert process.returncode == -signal.SIGKILL
    assert len(notes) >= JOBS - 8
    assert {card for card, *_ in notes} == set(CARDS)
    for card in CARDS:
        assert 1 <= most_at_once(notes, card) <= jobs_per_gpu


def test_the_card_of_a_killed_job_is_free_at_once(machine: dict[str, str], tmp_path: Path) -> None:
    holders = [job(machine, tmp_path / f"{number}.txt", 1, 600) for number in range(4)]
    wait_for(lambda: all((tmp_path / f"{number}.txt").exists() for number in range(4)))
    late = job(machine, tmp_path / "late.txt", 1, 0)
    time.sleep(1)
    assert not (tmp_path / "late.txt").exists()
    holders[2].kill()
    assert late.wait(timeout=10) == 0
    assert (tmp_path / "late.txt").read_text().split()[0] == (tmp_path / "2.txt").read_text().split()[0]
    for holder in holders:
        holder.kill()
        holder.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


TWO = [Card("GPU-aaa", []), Card("GPU-bbb", [])]
DIVIDED = [Card("GPU-aaa", ["MIG-1", "MIG-2"]), Card("GPU-bbb", [])]


@pytest.mark.parametrize(
    ("given", "known", "cards"),
    [
        (None, TWO, {"GPU-aaa": "GPU-aaa", "GPU-bbb": "GPU-bbb"}),
        (None, DIVIDED, {"MIG-1": "MIG-1", "MIG-2": "MIG-2", "GPU-bbb": "GPU-bbb"}),
        ("1", TWO, {"GPU-bbb": "1"}),
        ("0,1", TWO, {"GPU-aaa": "0", "GPU-bbb": "1"}),
        (" 1, 0 ", TWO, {"GPU-bbb": "1", "GPU-aaa": "0"}),
        ("GPU-b,GPU-aaa", TWO, {"GPU-bbb": "GPU-b", "GPU-aaa": "GPU-aaa"}),
        ("MIG-1,MIG-2", DIVIDED, {"MIG-1": "MIG-1", "MIG-2": "MIG-2"}),
        ("0,1", [], {"0": "0", "1": "1"}),
        ("MIG-GPU-aaa/1/0", [], {"MIG-GPU-aaa/1/0": "MIG-GPU-aaa/1/0"}),
        ("1,-1,0", TWO, {"GPU-bbb": "1"}),
        ("", TWO, {}),
        ("NoDevFiles", TWO, {}),
    ],
)
def test_the_visible_cards_are_those_of_the_variable_or_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, given: str | None, known: list[Card], cards: dict[str, str]
) -> None:
    monkeypatch.setattr(leases, "cards_of_the_machine", lambda: known)
    monkeypatch.delenv(leases.VISIBLE, raising=False)
    if given is not None:
        monkeypatch.setenv(leases.VISIBLE, given)
    assert leases.visible_cards() == cards


def test_without_the_library_of_the_driver_the_cards_of_the_kernel_are_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(leases, "cards_of_the_machine", list)
    monkeypatch.delenv(leases.VISIBLE, raising=False)
    monkeypatch.setattr(leases, "DEVICE_FILES", tmp_path)
    for name in ("nvidia0", "nvidia3", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert leases.visible_cards() == {"0": "0", "1": "1"}


def test_a_divided_card_is_as_many_as_it_has_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    def instance(card: str, number: int) -> str:
        if number == 1:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return f"MIG-{card}-{number}"

    for name, answer in {
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByIndex": str,
        "nvmlDeviceGetUUID": lambda card: card,
        "nvmlDeviceGetMigMode": lambda card: (card == "1", card == "1"),
        "nvmlDeviceGetMaxMigDeviceCount": lambda card: 3,
        "nvmlDeviceGetMigDeviceHandleByIndex": instance,
    }.items():
        monkeypatch.setattr(pynvml, name, answer)
    assert leases.cards_of_the_machine() == [Card("0", []), Card("1", ["MIG-1-0", "MIG-1-2"])]


@pytest.mark.parametrize("visible", ["0,1", "GPU-2,GPU-3"])
def test_jobs_that_see_two_cards_take_one_each_and_the_third_says_whom_it_waits_for(
    machine: dict[str, str], tmp_path: Path, visible: str
) -> None:
    machine |= {leases.VISIBLE: visible}
    holders = [job(machine, tmp_path / f"{number}.txt", 1, 600) for number in range(2)]
    wait_for(lambda: all((tmp_path / f"{number}.txt").exists() for number in range(2)))
    with pytest.raises(subprocess.TimeoutExpired) as waiting:
        command = [sys.executable, "-c", "import logging; logging.basicConfig(level='INFO')\n" + JOB]
        subprocess.run([*command, str(tmp_path / "late.txt"), "1", "0"], env=machine, timeout=8, capture_output=True)
    said = waiting.value.stderr.decode()
    for holder in holders:
        assert f"process {holder.pid} on {socket.gethostname()}" in said
        holder.kill()
        holder.wait()
    taken = {(tmp_path / f"{number}.txt").read_text().split()[0] for number in range(2)}
    assert taken == set(visible.split(","))


def test_a_number_and_a_name_of_one_card_are_one_lease(machine: dict[str, str], tmp_path: Path) -> None:
    holder = job(machine | {leases.VISIBLE: "GPU-1"}, tmp_path / "first.txt", 1, 600)
    wait_for((tmp_path / "first.txt").exists)
    late = job(machine | {leases.VISIBLE: "1"}, tmp_path / "late.txt", 1, 0)
    with pytest.raises(subprocess.TimeoutExpired):
        late.wait(timeout=3)
    holder.kill()
    holder.wait()
    assert late.wait(timeout=60) == 0


@pytest.mark.parametrize("in_its_place", ["a file", "a link", "a dangling link"])
def test_leases_are_not_taken_in_a_folder_that_others_may_have_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_its_place: str
) -> None:
    monkeypatch.setattr(leases, "visible_cards", lambda: {"0": "0"})
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / f"monosemanticity-{os.getuid()}"
    if in_its_place == "a file":
        folder.touch()
    else:
        folder.symlink_to(tmp_path / ("nowhere" if "dangling" in in_its_place else "."))
    with pytest.raises(ResultError, match="export TMPDIR"), leases.graphics_card(jobs_per_gpu=1):
        pass


@pytest.mark.parametrize(
    ("function", "error"),
    [
        ("nvmlInit", pynvml.NVML_ERROR_LIBRARY_NOT_FOUND),
        ("nvmlInit", pynvml.NVML_ERROR_DRIVER_NOT_LOADED),
        ("nvmlDeviceGetCount", pynvml.NVML_ERROR_GPU_IS_LOST),
    ],
)
def test_a_machine_without_cards_needs_no_lease(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, function: str, error: int
) -> None:
    def fail() -> None:
        raise pynvml.NVMLError(error)

    monkeypatch.delenv(leases.VISIBLE, raising=False)
    monkeypatch.setattr(leases, "DEVICE_FILES", tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("nvmlInit", "nvmlShutdown"):
        monkeypatch.setattr(pynvml, name, lambda: None)
    monkeypatch.setattr(pynvml, function, fail)
    with leases.graphics_card(jobs_per_gpu=1):
        assert leases.VISIBLE not in os.environ
    assert not list(tmp_path.rglob("*.lock"))


def test_a_training_job_says_which_card_it_takes(
    machine: dict[str, str], tmp_path: Path, tiny_spec: Callable[..., RunSpec]
) -> None:
    command = [sys.executable, "-m", "monosemanticity", "train", "--spec", tiny_spec().model_dump_json(), "--out"]
    done = subprocess.run([*command, str(tmp_path / "run")], env=machine, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "takes graphics card GPU-0" in done.stderr
    assert (tmp_path / "run" / RECORD).exists()
