"""What manifests declare and nothing is: paths, entry points, licences, readmes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace

HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
LIBRARY = {
    "lib/pyproject.toml": f'[project]\nname = "lib"\nversion = "1"\n{HATCHLING}',
    "lib/lib/__init__.py": "",
}
CODE = {"app/app/__init__.py": "", "app/app/cli.py": "", "app/README.md": "", "app/LICENSE": ""}


def project(body: str, build: str = HATCHLING) -> str:
    return f'[project]\nname = "app"\nversion = "1"\n{body}\n{build}'


def found(oneroof: Oneroof, root: Path) -> list[tuple[Any, ...]]:
    document: Any = oneroof(root, "check", "--no-environments", "--json").json
    return [
        tuple(each[key] for key in ("rule", "path", "line", "key", "message", "hint"))
        for each in document["violations"]
        if each["rule"] not in {"missing-lock", "unused"}
    ]


PYPROJECT = "app/pyproject.toml"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            'dependencies = ["lib"]\n[tool.uv.sources]\nlib = { path = "../lub" }',
            (
                "missing-path",
                PYPROJECT,
                6,
                "tool.uv.sources.lib",
                "`../lub`, where `lib` is to be had, does not exist",
                "did you mean `../lib`?",
            ),
        ),
        (
            'dependencies = ["libb"]\n[tool.uv.sources]\nlibb = { workspace = true }',
            (
                "missing-path",
                PYPROJECT,
                6,
                "tool.uv.sources.libb",
                "no project of the workspace is called `libb`",
                "did you mean `lib`?",
            ),
        ),
        (
            'dependencies = ["lib @ file:../lub"]',
            (
                "missing-path",
                PYPROJECT,
                4,
                "project.dependencies[0]",
                "`../lub`, where `lib` is to be had, does not exist",
                "did you mean `../lib`?",
            ),
        ),
        (
            '[project.scripts]\nrun = "app.clii:main"',
            (
                "missing-module",
                PYPROJECT,
                5,
                "project.scripts.run",
                "leads to `app.clii`, which is no module of app",
                "did you mean `app.cli`?",
            ),
        ),
        (
            '[project.entry-points."a.b"]\nrun = "app.gone"',
            (
                "missing-module",
                PYPROJECT,
                5,
                'project.entry-points."a.b".run',
                "leads to `app.gone`, which is no module of app",
                "correct it, or take it out",
            ),
        ),
        (
            'readme = "REDME.md"',
            (
                "manifest",
                PYPROJECT,
                4,
                "project.readme",
                "`REDME.md` does not exist",
                "did you mean `README.md`?",
            ),
        ),
        (
            'license = { file = "LICENCE" }',
            (
                "manifest",
                PYPROJECT,
                4,
                "project.license.file",
                "`LICENCE` does not exist",
                "did you mean `LICENSE`?",
            ),
        ),
        (
            'license-files = ["LICENSE", "AUTHORS*"]',
            (
                "manifest",
                PYPROJECT,
                4,
                "project.license-files[1]",
                "`AUTHORS*` matches no file",
                "correct the glob, or take it out",
            ),
        ),
        (
            '[tool.hatch.build.targets.wheel]\npackages = ["ap"]',
            (
                "manifest",
                PYPROJECT,
                5,
                "tool.hatch.build.targets.wheel.packages[0]",
                "`ap` does not exist",
                "did you mean `app`?",
            ),
        ),
    ],
)
def test_what_a_manifest_declares_and_is_not_there(
    oneroof: Oneroof, workspace: MakeWorkspace, body: str, expected: tuple[Any, ...]
) -> None:
    root = workspace(LIBRARY | CODE | {PYPROJECT: project(body)})
    assert found(oneroof, root) == [expected]


def test_py_modules_and_licences_of_setup_cfg(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    config = (
        "[metadata]\nname = app\nversion = 1\nlong_description = file: REDME.md\n"
        "license_files =\n    LICENCE\n[options]\npy_modules =\n    aap\n"
        "[options.entry_points]\nconsole_scripts =\n    run = app:main\n"
    )
    files = {"app/app.py": "", "app/README.md": "", "app/LICENSE": "", "app/setup.cfg": config}
    assert found(oneroof, workspace(files)) == [
        (
            "manifest",
            "app/setup.cfg",
            4,
            "metadata.long_description",
            "`REDME.md` does not exist",
            "did you mean `README.md`?",
        ),
        (
            "manifest",
            "app/setup.cfg",
            6,
            "metadata.license_files[0]",
            "`LICENCE` matches no file",
            "did you mean `LICENSE`?",
        ),
        (
            "manifest",
            "app/setup.cfg",
            8,
            "options.py_modules",
            "`aap.py` does not exist",
            "did you mean `app.py`?",
        ),
    ]


@pytest.mark.parametrize(
    "body",
    [
        '[project.scripts]\nrun = "app.cli:main"',
        '[project.scripts]\nrun = "app:main"',
        '[project.scripts]\nrun = "gunicorn.app.wsgiapp:run"',
        '[project.scripts]\nrun = "lib:main"',
        '[project.scripts]\nrun = "app.generated:main"',
        'license = "MIT"\nlicense-files = ["LICEN[CS]E*"]',
        'dependencies = ["lib @ file:dist/lib-1-py3-none-any.whl"]',
    ],
)
def test_what_is_there_or_may_be(oneroof: Oneroof, workspace: MakeWorkspace, body: str) -> None:
    ignored = {".gitignore": "generated.py\ndist\n"}
    root = workspace(LIBRARY | CODE | ignored | {PYPROJECT: project(body)})
    (root / "app/app/generated.py").write_text("")
    (root / "app/dist").mkdir()
    (root / "app/dist/lib-1-py3-none-any.whl").write_text("")
    assert found(oneroof, root) == []


def test_missing_paths_and_modules_make_it_fail(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    root = workspace(CODE | {PYPROJECT: project('[project.scripts]\nrun = "app.gone:main"')})
    assert oneroof(root, "check", "--no-environments").exit_code == 1
