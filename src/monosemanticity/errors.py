"""The errors that a user can correct. Their text names what is wrong, what is allowed and the correction."""

from pathlib import Path
from signal import Signals


class UserError(Exception):
    """Shown as its message alone, without a traceback."""

    exit_code = 1


class ConfigError(UserError):
    """The configuration asks for something that cannot be run."""


class ResultError(UserError):
    """A result file cannot be read, or cannot be written."""


class RefusedError(ResultError):
    """A result file is missing, damaged, or not the one asked for: what made it can make it again."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


class CodeError(UserError):
    """The code is no longer the one that the workflow was planned with."""


class DivergedError(UserError):
    """The loss or the weights of a training run are no longer finite."""


class StoppedError(UserError):
    """A training run was asked to stop, and saved the state that it resumes from."""

    def __init__(self, message: str, signal: Signals) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal
