"""Texts that are odd, huge or no Python: told, and never fewer imports than Python would find.

None takes long: what took a time that grows faster than the text would not end before the limit
that all tests have.
"""

import json

import pytest
from tests.imports.test_scan import parsed

from oneroof.imports.scan import scan, scan_notebook


def modules(content: bytes) -> list[tuple[str, int]]:
    found = scan(content)
    assert found.broken == ""
    return [(each.module, each.line) for each in found.imports]


MANY = 200_000


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("x = {\n" + "    'key': [1, 2, 3],\n" * MANY + "}\n", MANY + 3),
        ("x = '''\n" + "import no\n" * MANY + "'''\n", MANY + 3),
        ("# it's\n" * MANY, MANY + 1),
        ('x = "' + "\\\\" * MANY + '"\n', 2),
        ("x = " + "(" * MANY + ")" * MANY + "\n", 2),
        ("x = " + "'' " * MANY + "\n", 2),
        ("x = " + "-" * MANY + "1\n", 2),
        ("x = [" + "'a.b.c', " * MANY + "]\n", 2),
        ("x = 'a" + ".a" * MANY + "'\n", 2),
        ("x = " + "spawn" * MANY + "\n", 2),
        ("x = " + "import_module " * MANY + "\n", 2),
        ("eval" + " " * MANY + "\n", 2),
        ("x = 1" + "\\\n" * MANY + "\n", MANY + 2),
        ("\n" * MANY, MANY + 1),
        ("x = 1;" * MANY + "\n", 2),
        ("from" + " " * MANY + "a import b\n", 2),
    ],
)
def test_a_long_text_is_read_to_its_end(before: str, line: int) -> None:
    found = modules(f"{before}import last\n".encode())
    assert found[-1] == ("last", line)


@pytest.mark.parametrize(
    "text",
    [
        "from a import (" * MANY,
        "from a import (\n" * MANY,
        "from a import (b,\n" * MANY,
        "from " * MANY,
        "\nfrom a" * MANY,
        "import " * MANY,
        "import a, \\\n" * MANY,
        "(" * MANY,
        "x = {" * MANY,
        "f'{" * MANY,
        '"' * (3 * MANY + 1),
        "'''" * (MANY + 1),
        '"a.b' * MANY,
        "x = '" + "(" * MANY,
        "x = '\n" + "-" * MANY,
        "x = '\n" + "a." * MANY,
    ],
)
def test_a_long_text_that_is_no_python_ends(text: str) -> None:
    scan(text.encode())


def test_many_modules_of_one_statement_are_read() -> None:
    names = [f"m{number}" for number in range(20_000)]
    assert modules(f"import {', '.join(names)}\n".encode()) == [(each, 1) for each in names]


def test_the_outputs_of_a_huge_notebook_cost_nothing() -> None:
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 20_000_000}}
    cells = [
        {"cell_type": "code", "source": "import a\n", "outputs": [picture]},
        {"cell_type": "code", "source": ["x = 1\n"] * MANY + ["import b\n"]},
    ]
    found = scan_notebook(json.dumps({"cells": cells}).encode())
    assert [each.module for each in found.imports] == ["a", "b"]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[" * MANY,
        b'{"cells": 1}',
        b'{"cells": [{"cell_type": "code", "source": 1}]}',
        b'{"cells": [{"cell_type": "code", "source": "x = \'"}]}',
        b"\xff\xfe",
    ],
)
def test_a_broken_notebook_is_told(content: bytes) -> None:
    assert scan_notebook(content).broken


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"print 'x'\nimport a\nexec 'y'\n", [("a", 2)]),
        (b"def f(:\nimport a\n", [("a", 2)]),
        (b"<<<<<<< HEAD\nimport a\n=======\nimport b\n>>>>>>> c\n", [("a", 2), ("b", 4)]),
        (b"type X = int\nimport a\n", [("a", 2)]),
        (b"match x:\n    case 1:\n        import a\n", [("a", 3)]),
        (b'x = f"{y["key"]}"\nimport a\n', [("a", 2)]),
        (b"x = t'{y}'\nimport a\n", [("a", 2)]),
        (b"\x0cimport a\n\x0c\n\x0c import b\n", [("a", 1), ("b", 3)]),
        (b"\xef\xbb\xbfimport a\n", [("a", 1)]),
        (b"import a\rimport b\r", [("a", 1), ("b", 2)]),
        ("# coding: latin-1\nx = '\xe9'\nimport a\n".encode("latin-1"), [("a", 3)]),
        ("# coding: utf-7\nimport a\n".encode("utf-7"), [("a", 2)]),
        ("import \xe9t\xe9.a\nfrom \xfc import \xf6\n".encode(), [("\xe9t\xe9.a", 1), ("\xfc", 2)]),
        (b"from a import (b\n", []),
        (b"import a", [("a", 1)]),
        (b"", []),
    ],
)
def test_odd_texts_are_read(content: bytes, found: list[tuple[str, int]]) -> None:
    assert modules(content) == found


@pytest.mark.parametrize(
    "text",
    [
        "x = 'a \\\nimport no'\nimport a\n",
        "x = '''\n''' '\\\nimport no'\nimport a\n",
        "x = 1 + \\\n    2\nimport a\n",
        "'''doc'''; import a\n",
        'x = \'"""\'\nimport a\ny = \'"""\'\n',
        '# """\nimport a\n# """\n',
        "x = r'\\'\\\n'\nimport a\n",
        "x = {'a': 1, 'b': \"it's\"}\nimport a\n",
        "x = ''\"it's\"\nimport a\n",
        "lambda: (yield\n    )\nfrom a import b\n",
        "def f():\n    return (x\n        for y in z\n    )\nfrom a.b import c\n",
        "from a import b as c, d as e # import no\n",
        "from . import (\n    a as b, # x\n\n    c,\n)\nfrom .. import(a)\n",
        "from .a.b import *; import c as d, e.f as g\n",
        "from\\\n a\\\n import\\\n b\n",
        "import\\\n a.b\\\n as c\n",
        "import a . b\nfrom a . b import c\nfrom . . a import b\n",
        "class A: import a\n",
        "if x: from a import b\nelif y: from c import (d,\n  e)\n",
        "for x in y: import a; import b\n",
        "x: int = 1; from a import b\n",
        "try: import a\nexcept: import b\nfinally: import c\n",
        "async def f():\n    async with x as y: from a import b\n",
        "raise X from e; import a\n",
        "importlib = import_ = from_ = 1\nimport importlib\n",
    ],
)
def test_finds_what_python_finds(text: str) -> None:
    found = {(each.module, each.names, each.line) for each in scan(text.encode()).imports}
    assert found == parsed(text)
