"""What is kept of a run that diverged, so that it is not trained again by the same code, to the same end."""

import json
import shlex
from pathlib import Path

from monosemanticity import bounded
from monosemanticity.errors import DivergedError
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results import paths
from monosemanticity.results.whole_files import written_whole

MESSAGE = "message"


def keep(run: Path, of: Stamp, message: str) -> None:
    """Keep that a run diverged, and how."""
    with written_whole(run / paths.DIVERGED) as aside:
        aside.write_text(json.dumps(of.content() | {MESSAGE: message}) + "\n", encoding="utf-8")


def known(run: Path, of: Stamp) -> str:
    """How a run of these numbers and this code diverged; nothing where that is not known."""
    try:
        said = json.loads(bounded.text(run / paths.DIVERGED))
        return str(said.pop(MESSAGE)) if said == of.content() | {MESSAGE: said[MESSAGE]} else ""
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return ""


def refuse_again(run: Path, of: Stamp) -> None:
    """Raise DivergedError where a run is known to diverge; forget what is known of another one."""
    kept = run / paths.DIVERGED
    if said := known(run, of):
        raise DivergedError(f"{said}; not trained again: to do so all the same, rm {shlex.quote(str(kept))}")
    kept.unlink(missing_ok=True)
