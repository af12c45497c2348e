"""`oneroof edges`: showing kept edges and taking them out; what `check` says of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof

TEST = "libs/ml/tests/test_ml.py"
EDGES: list[dict[str, object]] = [
    {"test": TEST, "files": ["README.md"], "found": "2026-01-31", "reason": "it failed"},
    {"test": "libs/mq", "files": ["README.md"], "found": "2026-02-01", "reason": "so did this"},
]


def keep(root: Path, edges: list[dict[str, object]]) -> Path:
    place = root / ".oneroof-edges.json"
    place.write_text(json.dumps({"format": 1, "edges": edges}))
    return place


def test_edges_are_shown(shop: Path, oneroof: Oneroof) -> None:
    keep(shop, EDGES)
    assert oneroof(shop, "edges").stdout == (
        "libs/ml/tests/test_ml.py -> README.md  (2026-01-31: it failed)\n"
        "libs/mq -> README.md  (2026-02-01: so did this)\n"
    )
    assert oneroof(shop, "edges", "--json").json == {"edges": EDGES}


def test_without_edges_it_says_so(shop: Path, oneroof: Oneroof) -> None:
    said = oneroof(shop, "edges")
    assert (said.exit_code, said.stdout, said.stderr) == (0, "", "no edges are kept\n")
    assert oneroof(shop, "edges", "--json").json == {"edges": []}


def test_edges_are_taken_out_from_where_one_stands(shop: Path, oneroof: Oneroof) -> None:
    place = keep(shop, EDGES)
    said = oneroof(shop / "libs/ml", "edges", "--remove", "tests/test_ml.py")
    assert (said.exit_code, said.stderr) == (0, "took out 1 edge\n")
    assert json.loads(place.read_text())["edges"] == EDGES[1:]


def test_with_the_last_edge_its_file_goes(shop: Path, oneroof: Oneroof) -> None:
    place = keep(shop, EDGES)
    oneroof(shop, "edges", "--remove", TEST, "--remove", "libs/mq/")
    assert not place.exists()


def test_an_edge_that_is_not_kept_cannot_be_taken_out(shop: Path, oneroof: Oneroof) -> None:
    keep(shop, EDGES)
    said = oneroof(shop, "edges", "--remove", "other.py")
    assert (said.exit_code, said.stderr) == (
        3,
        (
            "error: no edge is kept of the test `other.py`\n"
            "hint: `oneroof edges` shows those that are\n"
        ),
    )


def test_a_broken_file_is_an_error(shop: Path, oneroof: Oneroof) -> None:
    (shop / ".oneroof-edges.json").write_text("[]")
    said = oneroof(shop, "affected", "--task", "test")
    assert (said.exit_code, said.stderr) == (
        2,
        (
            "error: .oneroof-edges.json: cannot be read: Expected `object`, got `array`\n"
            "hint: mend it, or remove it and have `oneroof test --shadow` find the edges anew\n"
        ),
    )


def test_check_names_edges_to_what_is_not_there(shop: Path, oneroof: Oneroof) -> None:
    keep(shop, [{**EDGES[0], "files": ["gone.json"]}])
    said = oneroof(shop, "check", "--no-environments", "--json")
    document = said.json
    assert isinstance(document, dict)
    found = [each for each in document["violations"] if each["rule"] == "missing-edge"]
    assert said.exit_code == 1
    assert [(each["path"], each["key"], each["message"]) for each in found] == [
        (
            ".oneroof-edges.json",
            "edges[0].files[0]",
            "`gone.json`, which `libs/ml/tests/test_ml.py` depends on, matches no file",
        )
    ]
