"""Printing the schema of the configuration."""

import argparse
import json

from monosemanticity.commands.options import Commands


def add(commands: Commands) -> None:
    """The command."""
    commands.add(schema, "> workflow/schemas/config.schema.json")


def schema(arguments: argparse.Namespace) -> None:
    """Print the JSON schema of config.yaml, for editors."""
    from monosemanticity.experiment.config import Config

    print(json.dumps(Config.model_json_schema(), indent=2))
