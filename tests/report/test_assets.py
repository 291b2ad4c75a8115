"""What a page is made of beside results."""

from pathlib import Path

import pytest

from monosemanticity.report import page

LONGEST = 120


@pytest.mark.parametrize("name", [name for name in page.SCRIPTS if not name.startswith("vendor/")])
def test_lines_of_scripts_are_no_longer_than_those_of_the_rest(name: str) -> None:
    lines = Path(page.ASSETS, name).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > LONGEST] == []
