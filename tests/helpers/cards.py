"""A machine of pretend graphics cards: what its driver's library answers."""

from collections.abc import Sequence
from pathlib import Path

LIBRARY = """
class NVMLError(Exception): pass
nvmlInit = nvmlShutdown = lambda: None
nvmlDeviceGetCount = lambda: len({cards})
nvmlDeviceGetHandleByIndex = lambda number: {cards}[number]
nvmlDeviceGetUUID = lambda card: card
def nvmlDeviceGetMigMode(card): raise NVMLError
"""


def pretend_cards(folder: Path, cards: Sequence[str]) -> Path:
    """A folder for PYTHONPATH with a driver's library in it that lists some cards."""
    folder.mkdir()
    (folder / "pynvml.py").write_text(LIBRARY.format(cards=list(cards)))
    return folder
