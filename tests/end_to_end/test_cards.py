"""Training jobs of the workflow on a machine of two pretend cards."""

import re
import subprocess
import sys
from pathlib import Path

from helpers.cards import pretend_cards
from helpers.project import environment


def test_training_jobs_take_the_cards_of_the_machine(project: Path, tmp_path: Path) -> None:
    env = environment(project)
    library = pretend_cards(tmp_path / "driver", ["GPU-a", "GPU-b"])
    env |= {"PYTHONPATH": f"{library}:{env['PYTHONPATH']}", "TMPDIR": str(tmp_path)}
    four_at_once = ("--cores", "4", "--resources", "gpu=4", "--config", "scale=smoke", "jobs_per_gpu=2")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "snakemake"), *four_at_once, "--", "LR1_trace", "LR3_trace"],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    logs = [log.read_text() for log in (project / "results/smoke/logs/train").iterdir()]
    taken = [re.search(r"takes graphics card (\S+)", log)[1] for log in logs]
    assert len(taken) >= 4
    assert set(taken) == {"GPU-a", "GPU-b"}
