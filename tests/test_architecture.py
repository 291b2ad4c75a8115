"""The page of the architecture shows the code as it is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def test_the_drawing_of_the_rooms_is_what_the_command_makes_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs")
    import rooms

    assert rooms.page(PAGE) == PAGE, "python docs/rooms.py draws it again"


def test_arrows_that_follow_from_others_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs")
    import rooms

    chain = {"top": {"middle", "bottom"}, "middle": {"bottom"}, "bottom": set()}
    assert rooms.reduced(chain) == {"top": {"middle"}, "middle": {"bottom"}, "bottom": set()}
    assert rooms.counts(chain) == "3 nodes, 3 imports, 0 of the nodes in cycles, longest chain 3"
    assert rooms.counts({"one": {"other"}, "other": {"one"}}).endswith("2 of the nodes in cycles, longest chain none")


def test_every_file_that_is_named_exists() -> None:
    named = re.findall(r"`([\w/.-]+\.(?:py|smk|yaml))`", PAGE)
    assert len(named) > 50
    folders = (ROOT, ROOT / "src/monosemanticity", ROOT / "src/monosemanticity/training")
    places = {name: [folder / name for folder in (*folders, ROOT / "src/monosemanticity/experiment")] for name in named}
    assert [name for name, paths in places.items() if not any(path.exists() for path in paths)] == []
