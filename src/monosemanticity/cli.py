"""The command line: which commands there are, and how an error of theirs is shown."""

import argparse
import logging
import os
import sys

from monosemanticity import commands
from monosemanticity.commands import (
    check,
    claims,
    companions,
    context,
    figure,
    listing,
    measure,
    report,
    schema,
    tables,
    train,
    why,
)
from monosemanticity.commands.options import Commands
from monosemanticity.errors import RefusedError, UserError
from monosemanticity.workflow import garbage, planned

COMMANDS = (train, measure, figure, tables, claims, report, companions, listing, why, check, schema)
"""Each imports what it needs as it starts: listing runs should not wait for the machinery that trains them."""


def main() -> None:
    """Run a command; an error that the user can correct is shown as its message alone."""
    garbage.look_seldom()
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("monosemanticity").setLevel(logging.INFO)  # libraries say a lot
    arguments = _parser().parse_args()
    try:
        arguments.command(arguments)
    except RefusedError as error:
        mend = _mend(arguments)
        print(f"monosemanticity: {error}" + f"; make it again: {mend}" * bool(mend), file=sys.stderr)
        sys.exit(error.exit_code)
    except UserError as error:
        print(f"monosemanticity: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read the output has enough; Python would write what is left of it at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _mend(arguments: argparse.Namespace) -> str:
    """The command that makes again what a command has found missing or damaged, and all else that is."""
    from monosemanticity.workflow import mend

    if arguments.planned:
        return mend.of_workflow(planned.read(arguments.planned).overrides)
    if arguments.command is measure.measure:
        return mend.of_run(arguments.run)
    return context.making_again(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="monosemanticity", description=commands.__doc__)
    parser.set_defaults(planned=None)
    added = Commands(parser)
    for command in COMMANDS:
        command.add(added)
    return parser
