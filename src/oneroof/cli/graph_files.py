"""`oneroof graph --level package|file`: which code imports which, with lines."""

from typing import Literal

from oneroof.cli.context import Session
from oneroof.cli.drawing import Arrow, Box, dot, mermaid
from oneroof.cli.output import style, write, write_json
from oneroof.imports.levels import ImportEdge, Level, file_level, package_level
from oneroof.imports.links import Members


def show_level(
    session: Session, select: tuple[str, ...], level: Literal["package", "file"], form: str
) -> None:
    """Print the graph of the selected projects' files, or of the packages they make up."""
    opened = session.opened
    imports = opened.imports
    names = {project.name for project in session.select(select)}
    owners = imports.modules.owners
    files = [path for path in imports.scans if not select or not names.isdisjoint(owners(path))]
    members = Members(opened.graph, imports)
    if level == "file":
        found = file_level(imports, files, members)
    else:
        found = package_level(imports, files, members, opened.workspace.projects)
    if form == "json":
        write_json(_document(found, level))
    elif form == "text":
        write(_text(found, with_files=level == "package"))
    else:
        boxes = [Box(node.name, node.path) for node in found.nodes]
        arrows = [Arrow(edge.dependent.name, edge.dependency.name) for edge in found.edges]
        write((dot if form == "dot" else mermaid)(boxes, arrows))


def _document(found: Level, level: str) -> dict[str, object]:
    return {
        "level": level,
        "nodes": [{"name": node.name, "path": node.path} for node in found.nodes],
        "edges": [
            {
                "from": edge.dependent.name,
                "to": edge.dependency.name,
                "from_path": edge.dependent.path,
                "to_path": edge.dependency.path,
                "kinds": ["import"],
                "declared_in": sorted({each.path for each in edge.links}),
                "lines": _places(edge),
            }
            for edge in found.edges
        ],
    }


def _places(edge: ImportEdge) -> list[str]:
    """`path:line` of every line, each once."""
    return list(dict.fromkeys(f"{each.path}:{each.line}" for each in edge.links))


def _text(found: Level, *, with_files: bool) -> str:
    """Each node and, below it, what it imports with the first line that does."""
    following: dict[str, list[ImportEdge]] = {}
    for edge in found.edges:
        following.setdefault(edge.dependent.path, []).append(edge)
    lines: list[str] = []
    for node in found.nodes:
        lines.append(node.name)
        edges = following.get(node.path, [])
        for edge in edges:
            corner = "└" if edge is edges[-1] else "├"
            place = _first(edge, with_files=with_files)
            lines.append(f"{corner} {edge.dependency.name}  {style(place, dim=True)}")
    return "\n".join(lines) or "no files"


def _first(edge: ImportEdge, *, with_files: bool) -> str:
    places = _places(edge)
    first = places[0] if with_files else f"line {edge.links[0].line}"
    return f"{first} and {len(places) - 1} more" if len(places) > 1 else first
