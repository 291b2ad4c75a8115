"""Training in a process of its own, to be killed: forked from one that has loaded PyTorch, which takes seconds."""

import multiprocessing
from multiprocessing.process import BaseProcess
from pathlib import Path

from monosemanticity.experiment.spec import RunSpec
from monosemanticity.training import saving, train

SAVE_EVERY = 0.05
"""Seconds: as often as it can."""
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload([train.__name__])


def forked_training(spec: RunSpec, folder: Path) -> BaseProcess:
    """A run on its way."""
    process = SERVER.Process(target=_train, args=(spec, folder))
    process.start()
    return process


def _train(spec: RunSpec, folder: Path) -> None:
    saving.SAVE_EVERY = SAVE_EVERY
    train.train(spec, folder)
