"""Draw the rooms of the package and the imports between them into docs/architecture.md, from the code as it is.

python docs/rooms.py           writes the drawing
python docs/rooms.py --counts  prints the size of the package that Python finds, and of its import graph
"""

import ast
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import grimp

PACKAGE = "monosemanticity"
PAGE = Path(__file__).with_name("architecture.md")
BEGIN, END = "<!-- rooms: made by docs/rooms.py -->\n", "<!-- /rooms -->"
LABEL_WIDTH = 34

Graph = Mapping[str, set[str]]
"""What each node imports."""


def modules() -> Graph:
    """The import graph of the modules, without imports that only type checkers see."""
    built = grimp.build_graph(PACKAGE, exclude_type_checking_imports=True, cache_dir=None)
    return {module: set(built.find_modules_directly_imported_by(module)) for module in built.modules}


def rooms(graph: Graph) -> Graph:
    """The same between the rooms: the entries directly in the package, folders and single modules."""
    found: dict[str, set[str]] = {}
    for module, imported in graph.items():
        if room := _room(module):
            found.setdefault(room, set()).update({_room(other) for other in imported} - {room, ""})
    return found


def _room(module: str) -> str:
    return ".".join(module.split(".")[1:2])


def behind(node: str, graph: Graph) -> set[str]:
    """All that a node imports, directly or through others."""
    found: set[str] = set()
    left = list(graph[node])
    while left:
        if (other := left.pop()) not in found:
            found.add(other)
            left.extend(graph[other])
    return found


def reduced(graph: Graph) -> Graph:
    """A graph without cycles, without the arrows that follow from the others."""
    return {
        node: {other for other in imported if not any(other in behind(between, graph) for between in imported)}
        for node, imported in graph.items()
    }


def mermaid(graph: Graph) -> str:
    """The drawing: a node a room with the first line of its docstring, an arrow an import; no start of a program."""
    graph = {room: imported for room, imported in graph.items() if room != "__main__"}
    lines = ["```mermaid", "flowchart TB"]
    lines += [f'    {_id(room)}["<b>{room}</b><br>{_wrapped(_docstring(room))}"]' for room in sorted(graph)]
    lines += [f"    {_id(room)} --> {_id(other)}" for room in sorted(graph) for other in sorted(reduced(graph)[room])]
    return "\n".join([*lines, "```"]) + "\n"


def _id(room: str) -> str:
    """A name that is no keyword of Mermaid."""
    return f"room_{room}"


def _docstring(room: str) -> str:
    spec = find_spec(f"{PACKAGE}.{room}")
    text = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0].rstrip(".").replace('"', "'")


def _wrapped(text: str) -> str:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > LABEL_WIDTH:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)


def page(text: str) -> str:
    """A page with the drawing of now between its marks."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}{mermaid(rooms(modules()))}{END}{after}"


def counts(graph: Graph) -> str:
    """How many nodes and imports there are, how many nodes lie in cycles, and the longest chain where none does."""
    cyclic = {node for node in graph if node in behind(node, graph)}
    lengths: dict[str, int] = {}

    def length(node: str) -> int:
        if node not in lengths:
            lengths[node] = 1 + max((length(other) for other in graph[node]), default=0)
        return lengths[node]

    chain = "none" if cyclic else max(map(length, graph))
    imports = sum(map(len, graph.values()))
    return f"{len(graph)} nodes, {imports} imports, {len(cyclic)} of the nodes in cycles, longest chain {chain}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--counts"]:
        print(f"modules: {counts(modules())}\nrooms: {counts(rooms(modules()))}")
    else:
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
