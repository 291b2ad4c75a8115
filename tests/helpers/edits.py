"""Edits of the package in a copy of the project."""

import re
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path("src/monosemanticity")


class Replace(NamedTuple):
    """One place of one file, and what stands there instead."""

    file: str
    old: str
    new: str

    def apply(self, project: Path) -> None:
        of_the_package = project / PACKAGE / self.file
        path = of_the_package if of_the_package.exists() else project / self.file
        text = path.read_text()
        assert text.count(self.old) == 1, f"{path} has {text.count(self.old)} times {self.old!r}"
        path.write_text(text.replace(self.old, self.new))


class Add(NamedTuple):
    """A new file of the package, or more at the end of one."""

    file: str
    text: str

    def apply(self, project: Path) -> None:
        with (project / PACKAGE / self.file).open("a") as file:
            file.write(self.text)


class Rename(NamedTuple):
    """A module under another name, with everything that imports it."""

    old: str
    new: str

    def apply(self, project: Path) -> None:
        folder = project / PACKAGE
        (folder / f"{self.old}.py").rename(folder / f"{self.new}.py")
        for path in folder.rglob("*.py"):
            text = re.sub(
                rf"\b{Path(self.old).name}\b(?=\.|$| import)", Path(self.new).name, path.read_text(), flags=re.M
            )
            path.write_text(text)


class Enter(NamedTuple):
    """An entry of a table of one file, and before the table what the entry names."""

    file: str
    table: str
    named: str
    entry: str

    def apply(self, project: Path) -> None:
        path = project / PACKAGE / self.file
        head = re.compile(rf"^{self.table}\b.* = [{{(\[]", re.MULTILINE)
        assert len(head.findall(path.read_text())) == 1, f"{path} has not one table {self.table}"
        path.write_text(head.sub(lambda found: f"{self.named}{found[0]}\n{self.entry}\n", path.read_text()))


Edit = Replace | Add | Rename | Enter
