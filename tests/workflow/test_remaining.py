import time

import pytest

from monosemanticity.workflow.remaining import Remaining


class Clock:
    """Passes as it is told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def test_before_a_run_has_finished_what_is_expected_of_them_stands(clock: Clock) -> None:
    remaining = Remaining({"train": 2, "measure": 2}, {"a": 600, "b": 1200})
    assert str(remaining) == "about 30 min left"
    remaining.started(1, "train", "a")
    remaining.started(2, "train", "b")
    assert str(remaining) == "about 15 min left"
    clock.now = 300
    assert str(remaining) == "about 10 min left"
    clock.now = 1e6
    assert str(remaining) == "less than a minute left"


def test_what_finished_jobs_took_corrects_what_is_expected(clock: Clock) -> None:
    remaining = Remaining({"train": 3, "measure": 3}, {"a": 100, "b": 300, "c": 300})
    remaining.started(1, "train", "a")
    clock.now = 200
    remaining.finished(1)
    assert remaining.seconds() == 2 * 600
    remaining.started(2, "measure", "a")
    clock.now = 205
    remaining.finished(2)
    assert remaining.seconds() == 2 * 600 + 2 * 5


def test_a_target_that_needs_some_runs_alone_takes_what_runs_take_on_average(clock: Clock) -> None:
    assert Remaining({"train": 2}, {"a": 100, "b": 200, "c": 300}).seconds() == 400


def test_a_job_that_failed_waits_again(clock: Clock) -> None:
    remaining = Remaining({"train": 1, "fig01": 1}, {"a": 10800})
    remaining.started(1, "train", "a")
    clock.now = 7200
    assert str(remaining) == "about 60 min left"
    remaining.failed(1)
    assert str(remaining) == "about 3 h left"
    remaining.failed(7)  # one that shares a submission, and never began
