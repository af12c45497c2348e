from pathlib import Path

import pytest
from tests.rules.judging import boundaries, manifest, opened, places, settings

from oneroof.errors import Problem
from oneroof.rules.boundaries import Boundaries
from oneroof.rules.violation import Violation
from oneroof.workspace.settings import ForbiddenSettings, RulesSettings

SERVICES = {
    "api/pyproject.toml": manifest("api", more=settings("service")),
    "api/api/__init__.py": "",
    "api/api/views.py": "import os\n\nfrom billing.db import Invoice\n",
    "billing/pyproject.toml": manifest("billing", more=settings("service")),
    "billing/billing/__init__.py": "",
    "billing/billing/db.py": "",
}
NONE = RulesSettings()


def test_a_service_may_not_import_another_one(tmp_path: Path) -> None:
    assert boundaries(tmp_path, SERVICES, "api", NONE) == [
        Violation(
            "services-import-services",
            opened(tmp_path, SERVICES, "api")[1].name,
            Problem(
                "api/api/views.py",
                "api imports `billing.db` of `billing`: a service may not import another service",
                hint="move what both need into a library",
            ),
            fails=True,
            line=3,
            subject="billing.db of billing",
        )
    ]


def test_a_service_may_where_the_settings_allow_it(tmp_path: Path) -> None:
    allowed = RulesSettings(services_import_services=True)
    assert boundaries(tmp_path, SERVICES, "api", allowed) == []


def test_the_tests_of_a_service_may_import_another_one(tmp_path: Path) -> None:
    files = SERVICES | {"api/api/views.py": "", "api/tests/test_api.py": "import billing.db\n"}
    assert boundaries(tmp_path, files, "api", NONE) == []


@pytest.mark.parametrize("role", ["app", "lib", "tool"])
def test_what_is_no_service_may_import_one(tmp_path: Path, role: str) -> None:
    files = SERVICES | {"api/pyproject.toml": manifest("api", more=settings(role))}
    assert boundaries(tmp_path, files, "api", NONE) == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("import billing\n", [1]),
        ("x = 1\nif x:\n    import billing.db\n", [3]),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import billing\n", [3]),
        ("import billing.db\nimport billing.db\n", [1, 2]),
        ("from billing.db import A, B\n", [1]),
        ("from importlib import import_module\nimport_module('billing.db')\n", [2]),
        ("import importlib\n\nx = importlib.import_module(\n    'billing.db'\n)\n", [3]),
        ("__import__('billing')\n", [1]),
        ("x = 'billing.db'\n", []),
        ("def f():\n    '''Like\n\n    import billing\n    '''\n", []),
        ("import_module('.billing', 'api')\n", []),
    ],
)
def test_what_counts_as_an_import(tmp_path: Path, text: str, lines: list[int]) -> None:
    found = boundaries(tmp_path, SERVICES | {"api/api/views.py": text}, "api", NONE)
    assert [each.line for each in found] == lines


def test_a_file_that_does_not_parse_breaks_no_rule(tmp_path: Path) -> None:
    files = SERVICES | {"api/api/views.py": "import billing\nx = (\n"}
    assert boundaries(tmp_path, files, "api", NONE) == []


LAYERS = RulesSettings(layers=(("role:app",), ("tag:domain",), ("role:lib",)))
LAYERED = {
    "shop/pyproject.toml": manifest("shop", more=settings("app")),
    "shop/shop/__init__.py": "",
    "prices/pyproject.toml": manifest("prices", more=settings("lib", tags=["domain"])),
    "prices/prices/__init__.py": "",
    "text/pyproject.toml": manifest("text", more=settings("lib")),
    "text/text/__init__.py": "",
}


@pytest.mark.parametrize(
    ("importer", "imported", "reason"),
    [
        ("text", "prices", "the layer `role:lib` lies below `tag:domain`"),
        ("text", "shop", "the layer `role:lib` lies below `role:app`"),
        ("prices", "shop", "the layer `tag:domain` lies below `role:app`"),
    ],
)
def test_a_lower_layer_may_not_import_a_higher_one(
    tmp_path: Path, importer: str, imported: str, reason: str
) -> None:
    files = LAYERED | {f"{importer}/{importer}/__init__.py": f"import {imported}\n"}
    (found,) = boundaries(tmp_path, files, importer, LAYERS)
    assert (found.rule, found.text, found.problem.hint) == (
        "layers",
        (
            f"{importer}/{importer}/__init__.py:1: {importer} imports `{imported}` of "
            f"`{imported}`: {reason}"
        ),
        f"move what {importer} needs into its own layer or a lower one",
    )


@pytest.mark.parametrize(
    ("importer", "imported"), [("shop", "prices"), ("shop", "text"), ("prices", "text")]
)
def test_a_higher_layer_may_import_a_lower_one(
    tmp_path: Path, importer: str, imported: str
) -> None:
    files = LAYERED | {f"{importer}/{importer}/__init__.py": f"import {imported}\n"}
    assert boundaries(tmp_path, files, importer, LAYERS) == []


def test_layers_hold_for_tests_too(tmp_path: Path) -> None:
    files = LAYERED | {"text/tests/test_text.py": "import shop\n"}
    assert places(boundaries(tmp_path, files, "text", LAYERS)) == ["text/tests/test_text.py:1"]


def test_projects_of_no_layer_may_import_and_be_imported(tmp_path: Path) -> None:
    files = LAYERED | {
        "text/text/__init__.py": "import free\n",
        "free/pyproject.toml": manifest("free", more=settings("tool")),
        "free/free/__init__.py": "import shop\n",
    }
    assert boundaries(tmp_path, files, "text", LAYERS) == []
    assert boundaries(tmp_path, files, "free", LAYERS) == []


def forbidden(*exceptions: str) -> RulesSettings:
    entry = ForbiddenSettings(
        importer="role:lib", imported="shop", reason="it goes away", exceptions=exceptions
    )
    return RulesSettings(forbidden=(entry,))


def test_a_forbidden_import_has_its_reason(tmp_path: Path) -> None:
    files = LAYERED | {"text/text/__init__.py": "import shop\n"}
    (found,) = boundaries(tmp_path, files, "text", forbidden())
    assert (found.rule, found.problem.message, found.problem.hint) == (
        "forbidden",
        "text imports `shop` of `shop`: `role:lib` may not import `shop`: it goes away",
        "take the import out, or name an exception in `forbidden[0].except`",
    )


@pytest.mark.parametrize("exception", ["text", "shop", "role:app"])
def test_an_exception_holds_on_either_side(tmp_path: Path, exception: str) -> None:
    files = LAYERED | {"text/text/__init__.py": "import shop\n"}
    assert boundaries(tmp_path, files, "text", forbidden(exception)) == []


INDEPENDENT = RulesSettings(independent=(("text", "tag:domain"),))


def test_projects_of_an_independent_set_may_not_import_each_other(tmp_path: Path) -> None:
    files = LAYERED | {"text/text/__init__.py": "import prices\n"}
    (found,) = boundaries(tmp_path, files, "text", INDEPENDENT)
    assert (found.rule, found.problem.message) == (
        "independent",
        (
            "text imports `prices` of `prices`: projects of `text`, `tag:domain` are independent "
            "of each other"
        ),
    )


def test_projects_of_an_independent_set_may_import_others(tmp_path: Path) -> None:
    files = LAYERED | {"text/text/__init__.py": "import shop, text\n"}
    assert boundaries(tmp_path, files, "text", INDEPENDENT) == []


def test_a_selector_that_names_nothing_is_a_problem_with_its_key(tmp_path: Path) -> None:
    rules = RulesSettings(
        layers=(("shop",), ("shpo", "tag:x")),
        forbidden=(ForbiddenSettings(importer="texts", imported="shop", reason="x"),),
        independent=(("nowhere/*",),),
    )
    graph = opened(tmp_path, LAYERED, "shop")[0].graph
    assert [(each.path, each.key, each.message) for each in Boundaries(graph, rules).problems] == [
        (
            "pyproject.toml",
            "tool.oneroof.rules.layers[1][0]",
            "no project is selected by `shpo`",
        ),
        (
            "pyproject.toml",
            "tool.oneroof.rules.layers[1][1]",
            "no project is selected by `tag:x`",
        ),
        (
            "pyproject.toml",
            "tool.oneroof.rules.forbidden[0].from",
            "no project is selected by `texts`",
        ),
        (
            "pyproject.toml",
            "tool.oneroof.rules.independent[0][0]",
            "no project is selected by `nowhere/*`",
        ),
    ]


def test_a_role_that_no_project_has_is_no_problem(tmp_path: Path) -> None:
    graph = opened(tmp_path, LAYERED, "shop")[0].graph
    assert Boundaries(graph, RulesSettings(layers=(("role:dags",),))).problems == ()
