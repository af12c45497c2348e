"""Drawing nodes and edges for other tools: dot and mermaid."""

from collections.abc import Iterable, Sequence

import msgspec


class Box(msgspec.Struct, frozen=True):
    """One node of a drawing."""

    name: str
    path: str


class Arrow(msgspec.Struct, frozen=True):
    """One edge between two boxes, by their names; one with a label is dashed."""

    start: str
    end: str
    label: str = ""


def dot(boxes: Iterable[Box], arrows: Iterable[Arrow]) -> str:
    """A drawing in Graphviz's language."""
    lines = ["digraph workspace {", "  rankdir=LR;", "  node [shape=box];"]
    lines += [f'  "{box.name}" [tooltip="{box.path}"];' for box in boxes]
    for arrow in arrows:
        look = f' [style=dashed, label="{arrow.label}"]' if arrow.label else ""
        lines.append(f'  "{arrow.start}" -> "{arrow.end}"{look};')
    return "\n".join([*lines, "}"])


def mermaid(boxes: Sequence[Box], arrows: Iterable[Arrow]) -> str:
    """A drawing in Mermaid's language, which many pages show as it is."""
    ids = {box.name: f"p{index}" for index, box in enumerate(boxes)}
    lines = ["graph LR"]
    lines += [f'  {ids[box.name]}["{box.name}"]' for box in boxes]
    for arrow in arrows:
        line = f'-. "{arrow.label}" .->' if arrow.label else "-->"
        lines.append(f"  {ids[arrow.start]} {line} {ids[arrow.end]}")
    return "\n".join(lines)
