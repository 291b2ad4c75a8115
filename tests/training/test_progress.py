import io
import logging
import sys

import pytest

from monosemanticity.training.progress import LINES_IN_A_LOG, Progress


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())


def test_a_log_gets_a_line_a_tenth_and_one_at_the_start(caplog):
    with caplog.at_level(logging.INFO), Progress("a-run", steps=1000) as progress:
        for step in range(1, 1001):
            progress.show(step, loss=0.5)
    assert len(caplog.messages) == 1 + LINES_IN_A_LOG
    assert caplog.messages[0] == "a-run: 1000 steps"
    assert caplog.messages[5].startswith("step 500  loss 0.5  ")
    assert caplog.messages[-1].endswith(" 0 s left")


def test_a_run_of_fewer_steps_than_lines_gets_a_line_a_step(caplog):
    with caplog.at_level(logging.INFO), Progress("a-run", steps=3) as progress:
        for step in (1, 2, 3):
            progress.show(step, loss=0.5)
    assert [message.split("  ")[0] for message in caplog.messages[1:]] == ["step 1", "step 2", "step 3"]
