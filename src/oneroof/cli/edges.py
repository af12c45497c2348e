"""`oneroof edges`: what `oneroof test --shadow` found selection to miss, and kept."""

import sys

import click

from oneroof import paths
from oneroof.changes.edges import FILE, KeptEdge, encode
from oneroof.cli.context import Session
from oneroof.cli.output import plural, write, write_json
from oneroof.errors import OK, SelectionError


@click.command("edges")
@click.option("--remove", multiple=True, metavar="TEST", help="Take out the edges of a test.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def edges_command(session: Session, *, remove: tuple[str, ...], as_json: bool) -> int:
    """Show the kept edges: files that tests depend on though no import or setting says so.

    `oneroof test --shadow` finds them. They lie in `.oneroof-edges.json` and count for selection
    and fingerprints until they are taken out, here or by hand.
    """
    edges = session.opened.edges
    if remove:
        edges = _without(session, edges, remove)
    if as_json:
        write_json({"edges": [described(each) for each in edges]})
    elif edges:
        write("\n".join(map(line, edges)))
    else:
        sys.stderr.write("no edges are kept\n")
    return OK


def described(edge: KeptEdge) -> dict[str, object]:
    """An edge as JSON has it."""
    return {
        "test": edge.test,
        "files": list(edge.files),
        "found": edge.found,
        "reason": edge.reason,
    }


def line(edge: KeptEdge) -> str:
    """An edge as people read it."""
    return f"{edge.test} -> {', '.join(edge.files)}  ({edge.found}: {edge.reason})"


def keep(session: Session, edges: tuple[KeptEdge, ...]) -> None:
    """Write the edges of a workspace; without any there is no file."""
    from oneroof.disk import write_atomically

    place = session.opened.root / FILE
    if edges:
        write_atomically(place, encode(edges))
    else:
        place.unlink(missing_ok=True)


def _without(
    session: Session, edges: tuple[KeptEdge, ...], remove: tuple[str, ...]
) -> tuple[KeptEdge, ...]:
    named = {text: {paths.normalise(session.here, text), text.rstrip("/")} for text in remove}
    known = {edge.test for edge in edges}
    for text, meant in named.items():
        if meant.isdisjoint(known):
            message = f"no edge is kept of the test `{text}`"
            raise SelectionError(message, hint="`oneroof edges` shows those that are")
    gone = set().union(*named.values())
    kept = tuple(edge for edge in edges if edge.test not in gone)
    keep(session, kept)
    sys.stderr.write(f"took out {plural(len(edges) - len(kept), 'edge')}\n")
    return kept
