"""The options that commands share, and the values that options take."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

CONFIG, RESULTS = Path("config.yaml"), Path("results")
"""Where a project has them."""


class Commands:
    """The commands of a parser."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(
        self, command: Callable[..., None], example: str, *shared: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        """Add a command by the name and docstring of its function; returns its parser, for options of its own."""
        added = self._commands.add_parser(
            command.__name__,
            help=command.__doc__,
            description=command.__doc__,
            epilog=f"example: monosemanticity {command.__name__} {example}",
            parents=shared,
        )
        added.set_defaults(command=command)
        return added


def _configured() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--config", type=Path, default=CONFIG, help="the configuration file")
    parser.add_argument("--override", type=json_object, default={}, help="JSON laid over the configuration")
    parser.add_argument("--scale", help="one of the configuration's scales; its own choice where not given")
    return parser


def _placed() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder of all results")
    return parser


def _in_workflow() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    given = parser.add_argument_group("given by the workflow")
    given.add_argument(
        "--planned", type=Path, metavar="FILE", help="the configuration at planning, in place of config.yaml"
    )
    given.add_argument("--stamp", metavar="DIGEST", help="of the planned result; a job with another one stops")
    return parser


def json_object(text: str) -> dict:
    """A JSON object."""
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
    if not isinstance(given, dict):
        raise argparse.ArgumentTypeError(f"{text}: not a JSON object")
    return given


def count(text: str) -> int:
    """A whole number of at least 1."""
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text}: not a number of at least 1")
    return int(text)


def seed(text: str) -> int:
    """A seed."""
    if not (text.isascii() and text.isdigit() and int(text) < 2**63):
        raise argparse.ArgumentTypeError(f"{text}: not a whole number from 0 to 2^63 - 1")
    return int(text)


def assignment(text: str) -> tuple[str, str]:
    """NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text}: write NAME=VALUE, as in learning_rate=0.007")
    return name, value


CONFIGURED, PLACED, IN_WORKFLOW = _configured(), _placed(), _in_workflow()
"""Which configuration a command works with; where its results lie; what a workflow tells its jobs."""
