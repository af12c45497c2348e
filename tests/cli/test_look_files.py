"""`why` and `graph` down to files and lines: exactly what they print, as text and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import HATCHLING, SHOP

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace

API = "services/api/shop_api"
MANIFEST = "services/api/pyproject.toml"
CODE = {
    **SHOP,
    f"{API}/__init__.py": "",
    f"{API}/app.py": "import os\n\nfrom ml.model import predict\n",
    f"{API}/views.py": "import six.moves\nfrom .app import run\n",
    "services/api/tests/test_app.py": "from shop_api import app\n",
    "libs/ml/ml/model.py": "def predict():\n    pass\n",
    "libs/ml/tests/test_ml.py": "import ml\n",
    "tool.py": "import ml.model\n",
}


@pytest.fixture
def code(workspace: MakeWorkspace) -> Path:
    """The shop with code: `shop_api.app` imports `ml.model`."""
    return workspace(CODE)


def test_why_shows_the_lines_that_make_a_step_real(oneroof: Oneroof, code: Path) -> None:
    assert oneroof(code, "why", "shop-api", "ml").stdout == (
        f"shop-api -> ml  `ml`  {MANIFEST}: project.dependencies[0]\n"
        f"  {API}/app.py:3: from ml.model import predict\n"
    )


def test_why_says_that_no_file_imports_what_is_declared(oneroof: Oneroof, code: Path) -> None:
    said = oneroof(code, "why", "shop-api", "mq")
    assert said.stdout == (
        f"shop-api -> mq (group:test)  `mq`  {MANIFEST}: dependency-groups.test[0]\n"
        "  declared, but no file imports it\n"
    )
    assert said.exit_code == 0


def test_why_shows_five_lines_and_how_many_more(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    more = {f"{API}/v{each}.py": "import ml.model\n" for each in range(6)}
    said = oneroof(workspace({**CODE, **more}), "why", "shop-api", "ml")
    assert said.stdout.splitlines()[1:] == [
        f"  {API}/app.py:3: from ml.model import predict",
        *(f"  {API}/v{each}.py:1: import ml.model" for each in range(4)),
        "  and 2 more",
    ]


def test_why_shows_code_before_tests_and_strings_last(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    said = oneroof(
        workspace(
            {
                **CODE,
                f"{API}/app.py": "PLUGIN = 'ml.model'\n",
                f"{API}/views.py": "from ml import model\n",
                "services/api/a_test.py": "import ml\n",
            }
        ),
        "why",
        "shop-api",
        "ml",
    )
    assert said.stdout.splitlines()[1:] == [
        f"  {API}/views.py:1: from ml import model",
        "  services/api/a_test.py:1: import ml",
        f'  {API}/app.py:1: "ml.model"',
    ]


def test_why_json_has_the_lines_of_each_step(oneroof: Oneroof, code: Path) -> None:
    said = oneroof(code, "why", "shop-api", "ml", "--json")
    assert said.json == {
        "from": "shop-api",
        "to": "ml",
        "path": [
            {
                "from": "shop-api",
                "to": "ml",
                "internal": True,
                "kind": "main",
                "requirement": "ml",
                "declared_in": MANIFEST,
                "key": "project.dependencies[0]",
                "imports": [
                    {
                        "path": f"{API}/app.py",
                        "line": 3,
                        "module": "ml.model",
                        "to": "libs/ml/ml/model.py",
                    }
                ],
            }
        ],
    }


def test_why_shows_the_imports_of_a_package_by_its_own_name(oneroof: Oneroof, code: Path) -> None:
    assert oneroof(code, "why", "shop-api", "six").stdout == (
        f"shop-api -> six  `six>=1.16`  {MANIFEST}: project.dependencies[1]\n"
        f"  {API}/views.py:1: import six.moves\n"
    )


def test_why_guesses_no_names_of_packages(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    root = workspace(
        {
            "a/pyproject.toml": (
                '[project]\nname = "a"\nversion = "1"\ndependencies = ["pyyaml"]\n' + HATCHLING
            ),
            "a/a/__init__.py": "import yaml\n",
        }
    )
    assert oneroof(root, "why", "a", "pyyaml").stdout == (
        "a -> pyyaml  `pyyaml`  a/pyproject.toml: project.dependencies[0]\n"
    )


def test_why_does_not_take_a_file_of_the_project_for_a_package(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace({**CODE, f"{API}/views.py": "", "services/api/six.py": "", f"{API}/z.py": ""})
    (root / API / "z.py").write_text("import six\n")
    assert oneroof(root, "why", "shop-api", "six").stdout == (
        f"shop-api -> six  `six>=1.16`  {MANIFEST}: project.dependencies[1]\n"
    )


def test_why_shows_the_chain_between_two_files(oneroof: Oneroof, code: Path) -> None:
    said = oneroof(code, "why", "services/api/tests/test_app.py", "libs/ml/ml/model.py")
    assert said.stdout == (
        "services/api/tests/test_app.py:1: from shop_api import app\n"
        f"{API}/app.py:3: from ml.model import predict\n"
        "libs/ml/ml/model.py\n"
    )
    assert (said.exit_code, said.stderr) == (0, "")


def test_why_takes_files_relative_to_the_current_folder(oneroof: Oneroof, code: Path) -> None:
    said = oneroof(code / "services/api", "why", "shop_api/app.py", "../../libs/ml/ml/model.py")
    assert said.stdout == (f"{API}/app.py:3: from ml.model import predict\nlibs/ml/ml/model.py\n")


def test_why_shows_the_chain_from_a_file_to_a_project(oneroof: Oneroof, code: Path) -> None:
    assert oneroof(code, "why", f"{API}/views.py", "ml").stdout == (
        f"{API}/views.py:2: from .app import run\n"
        f"{API}/app.py:3: from ml.model import predict\n"
        "libs/ml/ml/__init__.py\n"
    )


def test_why_shows_the_chain_from_a_project_to_a_file(oneroof: Oneroof, code: Path) -> None:
    assert oneroof(code, "why", "shop-api", "libs/ml/ml/model.py").stdout == (
        f"{API}/app.py:3: from ml.model import predict\nlibs/ml/ml/model.py\n"
    )


def test_why_takes_a_file_of_no_project(oneroof: Oneroof, code: Path) -> None:
    assert oneroof(code, "why", "tool.py", "libs/ml/ml/model.py").stdout == (
        "tool.py:1: import ml.model\nlibs/ml/ml/model.py\n"
    )


def test_why_json_gives_each_step_of_a_chain(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    root = workspace({**CODE, f"{API}/__init__.py": "import ml.model\n", f"{API}/app.py": ""})
    said = oneroof(root, "why", f"{API}/app.py", "libs/ml/ml/model.py", "--json")
    assert said.json == {
        "from": f"{API}/app.py",
        "to": "libs/ml/ml/model.py",
        "chain": [
            {
                "path": f"{API}/app.py",
                "line": None,
                "module": None,
                "to": f"{API}/__init__.py",
            },
            {
                "path": f"{API}/__init__.py",
                "line": 1,
                "module": "ml.model",
                "to": "libs/ml/ml/model.py",
            },
        ],
    }


def test_why_says_that_there_is_no_chain(oneroof: Oneroof, code: Path) -> None:
    said = oneroof(code, "why", f"{API}/app.py", f"{API}/views.py")
    assert said.stdout == (
        f"{API}/app.py does not use {API}/views.py, not even through other files\n"
    )
    assert said.exit_code == 1


def test_why_says_that_a_file_lies_outside_what_is_depended_on(
    oneroof: Oneroof, code: Path
) -> None:
    said = oneroof(code, "why", "libs/ml/ml/model.py", "shop-api")
    assert said.stdout == (
        "libs/ml/ml/model.py does not use shop-api, not even through other files: "
        "ml does not depend on shop-api\n"
    )
    assert said.exit_code == 1


def test_why_of_one_file_lists_the_lines_that_import_it(oneroof: Oneroof, code: Path) -> None:
    assert oneroof(code, "why", "libs/ml/ml/model.py").stdout == (
        f"{API}/app.py:3: from ml.model import predict\ntool.py:1: import ml.model\n"
    )


def test_why_of_a_file_that_nothing_imports_fails(oneroof: Oneroof, code: Path) -> None:
    said = oneroof(code, "why", "tool.py")
    assert (said.exit_code, said.stdout) == (1, "no file imports tool.py\n")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["libs/ml/ml/gone.py", "ml"],
            (
                "error: there is no file `libs/ml/ml/gone.py` in the workspace\n"
                "hint: give its path from here or from the workspace's root\n"
            ),
        ),
        (
            ["shop-api", "./README.md"],
            (
                "error: `README.md` is no Python file\n"
                "hint: name a `.py` file, a project or a package\n"
            ),
        ),
        (
            ["tool.py", "tool.py"],
            "error: `tool.py` is given twice\nhint: name two files, or a file and a project\n",
        ),
    ],
)
def test_why_says_what_is_wrong_with_a_file(
    oneroof: Oneroof, code: Path, names: list[str], message: str
) -> None:
    said = oneroof(code, "why", *names)
    assert (said.exit_code, said.stdout, said.stderr) == (2, "", message)


def test_graph_of_files_gives_the_line_of_every_edge(oneroof: Oneroof, code: Path) -> None:
    assert oneroof(code, "graph", "shop-api", "--files").stdout == (
        "libs/ml/ml/model.py\n"
        f"{API}/__init__.py\n"
        f"{API}/app.py\n"
        "└ libs/ml/ml/model.py  line 3\n"
        f"{API}/views.py\n"
        f"└ {API}/app.py  line 2\n"
        "services/api/tests/test_app.py\n"
        f"└ {API}/app.py  line 1\n"
    )


def test_graph_of_everything_holds_files_of_no_project(oneroof: Oneroof, code: Path) -> None:
    said = oneroof(code, "graph", "--level", "file")
    assert said.stdout.endswith("tool.py\n└ libs/ml/ml/model.py  line 1\n")


def test_graph_json_of_files(oneroof: Oneroof, code: Path) -> None:
    assert oneroof(code, "graph", "ml", "--level", "file", "--json").json == {
        "level": "file",
        "nodes": [
            {"name": path, "path": path}
            for path in (
                "libs/ml/ml/__init__.py",
                "libs/ml/ml/model.py",
                "libs/ml/tests/test_ml.py",
            )
        ],
        "edges": [
            {
                "from": "libs/ml/tests/test_ml.py",
                "to": "libs/ml/ml/__init__.py",
                "from_path": "libs/ml/tests/test_ml.py",
                "to_path": "libs/ml/ml/__init__.py",
                "kinds": ["import"],
                "declared_in": ["libs/ml/tests/test_ml.py"],
                "lines": ["libs/ml/tests/test_ml.py:1"],
            }
        ],
    }


def test_graph_of_packages_names_them_as_they_are_imported(oneroof: Oneroof, code: Path) -> None:
    assert oneroof(code, "graph", "--level", "package").stdout == (
        "ml\n"
        "tests@libs/ml/tests\n"
        "└ ml  libs/ml/tests/test_ml.py:1\n"
        "mq\n"
        "shop_api\n"
        f"└ ml  {API}/app.py:3\n"
        "tests@services/api/tests\n"
        "└ shop_api  services/api/tests/test_app.py:1\n"
        "tool\n"
        "└ ml  tool.py:1\n"
    )


def test_graph_json_of_packages_names_all_files_and_lines(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace({**CODE, f"{API}/app.py": "import ml\nimport ml.model\n"})
    said = oneroof(root, "graph", "shop-api", "--level", "package", "--json")
    assert isinstance(said.json, dict)
    assert said.json["edges"][0] == {
        "from": "shop_api",
        "to": "ml",
        "from_path": API,
        "to_path": "libs/ml/ml",
        "kinds": ["import"],
        "declared_in": [f"{API}/app.py"],
        "lines": [f"{API}/app.py:1", f"{API}/app.py:2"],
    }


def test_graph_of_packages_as_dot(oneroof: Oneroof, code: Path) -> None:
    assert oneroof(code, "graph", "ml", "--level", "package", "--format", "dot").stdout == (
        "digraph workspace {\n"
        "  rankdir=LR;\n"
        "  node [shape=box];\n"
        '  "ml" [tooltip="libs/ml/ml"];\n'
        '  "tests" [tooltip="libs/ml/tests"];\n'
        '  "tests" -> "ml";\n'
        "}\n"
    )


def test_graph_of_packages_as_mermaid(oneroof: Oneroof, code: Path) -> None:
    assert oneroof(code, "graph", "ml", "--level", "package", "--format", "mermaid").stdout == (
        'graph LR\n  p0["ml"]\n  p1["tests"]\n  p1 --> p0\n'
    )


def test_graph_of_no_files_says_so(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    assert oneroof(workspace({"README.md": ""}), "graph", "--files").stdout == "no files\n"
