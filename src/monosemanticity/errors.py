"""The errors that a user can correct. Their text names what is wrong, what is allowed and the correction."""

from signal import Signals


class UserError(Exception):
    """Shown as its message alone, without a traceback."""

    exit_code = 1


class ConfigError(UserError):
    """The configuration asks for something that cannot be run."""


class ResultError(UserError):
    """A result file is missing, damaged, not the one asked for, or cannot be written."""

    def __init__(self, message: str, problem: str = "") -> None:
        super().__init__(message)
        self.problem = problem
        """What is wrong with the file, without its path and the correction."""


class CodeError(UserError):
    """The code is no longer the one that the workflow was planned with."""


class DivergedError(UserError):
    """The loss or the weights of a training run are no longer finite."""


class StoppedError(UserError):
    """A training run was asked to stop, and saved the state that it resumes from."""

    def __init__(self, message: str, signal: Signals) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal
