"""The errors that a user can mend. Their text names what is wrong, what is allowed and the mend."""


class UserError(Exception):
    """Shown as its message alone, without a traceback."""


class ConfigError(UserError):
    """The configuration asks for something that cannot be run."""


class ResultError(UserError):
    """A result file is missing, damaged, or not the one asked for."""


class DivergedError(UserError):
    """A training run left the finite numbers."""
