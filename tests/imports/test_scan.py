"""Reading one file: what it imports, with the parser of Python as the judge."""

import ast
import json
import os
from pathlib import Path

import pytest

from oneroof.imports.scan import Import, Scan, scan, scan_notebook

STDLIB = Path(os.__file__).parent
SAMPLE = sorted(STDLIB.glob("*.py")) + sorted((STDLIB / "asyncio").glob("*.py"))


def imports(text: str) -> list[tuple[str, tuple[str, ...], int]]:
    return [(each.module, each.names, each.line) for each in scan(text.encode()).imports]


def parsed(text: str) -> set[tuple[str, tuple[str, ...], int]]:
    found: set[tuple[str, tuple[str, ...], int]] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {(each.name, (), node.lineno) for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = tuple(each.name for each in node.names)
            found.add(("." * node.level + (node.module or ""), names, node.lineno))
    return found


@pytest.mark.parametrize(
    "text",
    [
        "import a",
        "import a.b as c, d\n",
        "from a import b as c, d",
        "from . import a",
        "from .. import a\nfrom ..a.b import c",
        "from a import (\n    b,  # why, c\n    c as d,\n)\n",
        "from a import (  # why)\n    b,\n)\n",
        "from a import \\\n    b, \\\n    c\n",
        "from a \\\n  import b\n",
        "import a, \\\n  b\n",
        "if x: import a\nelse: from b import c\n",
        "x = 1; import a; from b import c\n",
        "try:\n    import a\nexcept ImportError:\n    a = None\n",
        "def f():\n\timport a\n",
        "class A:\n    from b import c\n",
        "from a import *\n",
        "from a import(b)\n",
        "from .import a\n",
        "from .imports import p\n",
        "from tests.imports.test_graph import x\n",
        "from a.import_x import y\n",
        "from ..import*\n",
        "from . import(q)\n",
        "import a # import b\n",
        "'''\nimport no\n'''\nimport a\n",
        '"""\nfrom no import x\n"""\nimport a\n',
        'x = "\\"\\nimport no"\nimport a\n',
        "x = r'\\\\'\nimport a\n",
        "x = f'{y!r}' '''\nimport no'''\nimport a\n",
        "raise E from e\nimport a\n",
        "def f():\n    yield from g\n    import a\n",
        "# it's\nimport a\n",
        "x = '' ''''''\nimport a\n",
        "important = 1\nfrom_ = 2\nimport a\n",
        "import a\r\nfrom b import c\r\n",
        "\ufeffimport a\n",
        "with open('x') as f: import a\n",
    ],
)
def test_finds_what_python_finds(text: str) -> None:
    assert set(imports(text)) == parsed(text.removeprefix("\ufeff"))


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.name)
def test_finds_what_python_finds_in_its_own_library(path: Path) -> None:
    content = path.read_bytes()
    found = {(each.module, each.names, each.line) for each in scan(content).imports}
    assert found == parsed(content.decode())


def test_strings_that_name_modules_are_references() -> None:
    text = "patch('a.b.C')\nX = ['a.b:main', 'words here', 'a', '.b']\nimport_module('one')\n"
    assert [(each.text, each.line) for each in scan(text.encode()).references] == [
        ("a.b.C", 1),
        ("a.b:main", 2),
        ("one", 3),
    ]


@pytest.mark.parametrize(
    "text",
    ["pytest_plugins = ['{}', 'x y']", "resources.files('{}')", "PackageLoader('{}')"],
)
def test_plain_words_are_references_where_they_may_name_modules(text: str) -> None:
    references = scan(text.format("helpers").encode()).references
    assert [each.text for each in references] == ["helpers"]


def test_documents_that_are_mentioned_are_told() -> None:
    text = "open('README.md'); open('../docs/intro.rst'); open('LICENSE'); open('data.json')"
    assert scan(text.encode()).prose == ("LICENSE", "README.md", "docs/", "intro.rst")


def test_files_of_services_that_are_mentioned_are_told() -> None:
    text = "open(root / '.github' / 'ci.yml'); open('.gitignore'); open('../renovate.json')"
    assert scan(text.encode()).prose == (".github/", ".gitignore", "renovate.json")


def test_manifests_that_are_mentioned_are_told() -> None:
    text = "open('pyproject.toml'); open('a/uv.lock'); open('.python-version')"
    assert scan(text.encode()).prose == (".python-version", "pyproject.toml", "uv.lock")


@pytest.mark.parametrize(
    "text", ["open(f'{name}.md')", "x.with_suffix('.rst')", "x.glob('*')", "os.listdir('x')"]
)
def test_any_document_may_be_read_where_its_name_is_computed(text: str) -> None:
    assert "*" in scan(text.encode()).prose


@pytest.mark.parametrize(
    "text",
    [
        "import_module(name)",
        "importlib.import_module(f'{x}.y')",
        "importlib.import_module('a.' + name)",
        "__import__(name)",
        "__import__('a', fromlist=['b'])",
        "[*map(importlib.import_module, names)]",
        "from importlib import import_module as load",
        "import_module('.a', 'b')",
        "find_spec(f'a.{name}')",
        "pytest.importorskip(name)",
        "pydoc.locate(name)",
        "pickle.load(file)",
        "mock.patch(f'{__name__}.x')",
        "mock.patch.dict(NAME + '.x', {})",
        "exec(code)",
        "os.execv(path, arguments)",
        "subprocess.run(['x'])",
        "os.system('x')",
        "for each in folder.glob('*'): pass",
        "for each in os.walk('.'): pass",
        "sys.path.insert(0, 'x')",
        "run('script.py')",
        "Path(__file__).parents[2]",
        "open('../other/data.json')",
    ],
)
def test_what_may_reach_other_files_is_told(text: str) -> None:
    assert scan(text.encode()).dynamic


@pytest.mark.parametrize(
    "text",
    [
        "import_module('a.b')",
        "from importlib import import_module",
        "importlib.import_module('.a', __name__)",
        "import_module('.a', package=__package__)",
        "__import__('a.b')",
        "find_spec('a')",
        "patch('a.b.C')",
        "patch.object(thing, 'x')",
        "allocate(1)",
        "executor = 1",
        "x.evaluate()",
    ],
)
def test_what_reaches_nothing_else_is_not_told(text: str) -> None:
    assert not scan(text.encode()).dynamic


@pytest.mark.parametrize(
    ("content", "broken"),
    [
        (b"import a\0", "holds null bytes"),
        (b"x = 'unclosed\nimport a", "does not parse: "),
        (b'"""unclosed\nimport a', "does not parse: "),
        (b"# coding: nonsense\n", "cannot be decoded: "),
        (b"x = '\xff'", "cannot be decoded: "),
    ],
)
def test_what_cannot_be_read_is_told(content: bytes, broken: str) -> None:
    assert scan(content).broken.startswith(broken)


def test_quotes_the_lexer_cannot_pair_are_left_to_the_parser() -> None:
    text = "x = 'a\\\n  b'\nimport a\n"
    assert scan(text.encode()) == Scan((Import("a", (), 3),))


def test_another_encoding_is_heeded() -> None:
    assert scan("# coding: latin-1\nx = 'é'\nimport a\n".encode("latin-1")).imports


def test_code_cells_of_notebooks_are_read() -> None:
    cells = [
        {"cell_type": "code", "source": ["%matplotlib inline\n", "import a\n", "!ls"]},
        {"cell_type": "markdown", "source": "import no"},
        {"cell_type": "code", "source": "%%bash\nimport no"},
        {"cell_type": "code", "source": "%%time\nimport b"},
    ]
    found = scan_notebook(json.dumps({"cells": cells}).encode())
    assert [each.module for each in found.imports] == ["a", "b"]


def test_what_is_no_notebook_is_told() -> None:
    assert scan_notebook(b"{").broken.startswith("is no notebook: ")


def test_a_generated_file_of_many_lines_is_read_in_time() -> None:
    text = "x = {\n" + "    'key': [1, 2, 3],\n" * 50_000 + "}\nimport a\n"
    assert imports(text) == [("a", (), 50_003)]
