from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import Git, MakeWorkspace

HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
POETRY = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
LIB = (
    "# the library\n"
    "[project]\n"
    "name    = 'lib'\n"
    "version = '1.4.2'  # raised by hand so far\n"
    "dependencies = []\n" + HATCH
)


def app(*dependencies: str, version: str = "3.0") -> str:
    listed = "".join(f'  "{each}",\n' for each in dependencies)
    head = f'[project]\nname = "app"\nversion = "{version}"\n'
    return f"{head}dependencies = [\n{listed}]\n{HATCH}"


def read(root: Path, path: str) -> str:
    return (root / path).read_bytes().decode()


def test_a_version_is_raised_where_it_stands(workspace: MakeWorkspace, oneroof: Oneroof) -> None:
    root = workspace({"lib/pyproject.toml": LIB})
    said = oneroof(root, "versions", "lib", "--bump", "minor")
    assert (said.exit_code, said.stdout, said.stderr) == (
        0,
        "lib  1.4.2 -> 1.5.0  lib/pyproject.toml\n",
        "changed 1 file\n",
    )
    assert read(root, "lib/pyproject.toml") == LIB.replace("1.4.2", "1.5.0")


DIALECTS = {
    "project": ("pyproject.toml", '[project]\r\nname = "lib"\r\nversion = "1.4.2"\r\n' + HATCH, {}),
    "poetry": (
        "pyproject.toml",
        (
            '[tool.poetry]\nname = "lib"\nversion = "1.4.2"\n[tool.poetry.dependencies]\n'
            f'python = "^3.9"\nx = "1.4.2"\n{POETRY}'
        ),
        {},
    ),
    "setup.cfg": (
        "setup.cfg",
        "[metadata]\nname = lib\nversion = 1.4.2\ndescription = 1.4.2\n",
        {},
    ),
    "setup.py": (
        "setup.py",
        "from setuptools import setup\n\nsetup(name='lib',\n      version='1.4.2')\n",
        {},
    ),
    "a module, for hatch": (
        "lib/__init__.py",
        '"""1.4.2"""\n__version__: str = "1.4.2"  # 1.4.2\nOTHER = "1.4.3"\n',
        {
            "pyproject.toml": '[project]\nname = "lib"\ndynamic = ["version"]\n'
            f'[tool.hatch.version]\npath = "lib/__init__.py"\n{HATCH}'
        },
    ),
    "a module, for setuptools": (
        "src/lib/about.py",
        "version = '1.4.2'\n",
        {
            "pyproject.toml": '[project]\nname = "lib"\ndynamic = ["version"]\n'
            '[tool.setuptools.dynamic]\nversion = { attr = "lib.about.version" }\n' + SETUPTOOLS,
            "src/lib/__init__.py": "",
        },
    ),
    "a file, for setuptools": (
        "VERSION",
        "1.4.2\n",
        {
            "pyproject.toml": '[project]\nname = "lib"\ndynamic = ["version"]\n'
            '[tool.setuptools.dynamic]\nversion = { file = "VERSION" }\n' + SETUPTOOLS
        },
    ),
    "a module, for flit": (
        "lib.py",
        '"""A module."""\n__version__ = "1.4.2"\n',
        {
            "pyproject.toml": '[project]\nname = "lib"\ndynamic = ["version", "description"]\n'
            '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
        },
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_keeps_its_place_and_style(
    workspace: MakeWorkspace, oneroof: Oneroof, dialect: str
) -> None:
    path, text, others = DIALECTS[dialect]
    root = workspace({f"lib/{name}": content for name, content in {path: text, **others}.items()})
    said = oneroof(root, "versions", "lib", "--bump", "2.0")
    assert (said.exit_code, said.stderr) == (0, "changed 1 file\n")
    assert said.stdout == f"lib  1.4.2 -> 2.0  lib/{path}\n"
    said = oneroof(root, "ls", "--json")
    assert isinstance(said.json, dict)
    assert said.json["projects"][0]["version"] == "2.0"
    changed = [
        (old, new)
        for old, new in zip(text.splitlines(), read(root, f"lib/{path}").splitlines(), strict=True)
        if old != new
    ]
    assert len(changed) == 1
    assert changed[0][1] == changed[0][0].replace("1.4.2", "2.0", 1)


RANGES = {
    "two bounds": (app("lib >= 1.4, < 2", "six>=1"), "lib >= 2.0, < 3"),
    "compatible": (app("Lib[x]~=1.4.1 ; python_version >= '3.9'"), "Lib[x]~=2.0.0 ; python"),
    "exact": (app("lib==1.4.2"), "lib==2.0.0"),
    "caret": (
        (
            '[tool.poetry]\nname = "app"\nversion = "3.0"\n[tool.poetry.dependencies]\n'
            f'lib = "^1.4"\n{POETRY}'
        ),
        'lib = "^2.0"',
    ),
    "a table of Poetry": (
        (
            '[tool.poetry]\nname = "app"\nversion = "3.0"\n[tool.poetry.dependencies.lib]\n'
            f"version = '~1.4'\nextras = []\n{POETRY}"
        ),
        "version = '~2.0'",
    ),
    "an inline table of Poetry": (
        (
            '[tool.poetry]\nname = "app"\nversion = "3.0"\n[tool.poetry.group.dev.dependencies]\n'
            f'lib = {{ version = "1.*", optional = false }}\n{POETRY}'
        ),
        'lib = { version = "2.*", optional = false }',
    ),
    "a group": (
        f'{app()}[dependency-groups]\ntest = ["a", "lib<2"]\n',
        'test = ["a", "lib<3"]',
    ),
    "an extra": (
        app().replace("[build", '[project.optional-dependencies]\nx = ["lib<=1.4.2"]\n[build'),
        'x = ["lib<=2.0.0"]',
    ),
}


@pytest.mark.parametrize("style", RANGES)
def test_ranges_that_would_not_allow_it_are_raised_in_their_style(
    workspace: MakeWorkspace, oneroof: Oneroof, style: str
) -> None:
    text, expected = RANGES[style]
    root = workspace({"lib/pyproject.toml": LIB, "app/pyproject.toml": text})
    said = oneroof(root, "versions", "lib", "--bump", "major")
    assert (said.exit_code, said.stderr) == (0, "changed 2 files\n")
    changed = [
        new
        for old, new in zip(
            text.splitlines(), read(root, "app/pyproject.toml").splitlines(), strict=True
        )
        if old != new
    ]
    assert len(changed) == 1
    assert expected in changed[0]


def test_ranges_in_setup_cfg_and_in_lists_of_requirements_are_raised(
    workspace: MakeWorkspace, oneroof: Oneroof
) -> None:
    cfg = (
        "[metadata]\nname = app\nversion = 3.0\n[options]\ninstall_requires =\n    six\n"
        "    lib>=1,<2  # ours\n"
    )
    root = workspace(
        {
            "lib/pyproject.toml": LIB,
            "app/setup.cfg": cfg,
            "service/requirements.txt": "# ours\nlib==1.4.2\nsix\n",
            "service/main.py": "",
        }
    )
    said = oneroof(root, "versions", "lib", "--bump", "major")
    assert (said.exit_code, said.stderr) == (0, "changed 3 files\n")
    assert read(root, "app/setup.cfg") == cfg.replace("lib>=1,<2", "lib>=2,<3")
    assert read(root, "service/requirements.txt") == "# ours\nlib==2.0.0\nsix\n"


def test_ranges_that_allow_it_stay(workspace: MakeWorkspace, oneroof: Oneroof) -> None:
    root = workspace({"lib/pyproject.toml": LIB, "app/pyproject.toml": app("lib>=1.4,<2")})
    assert oneroof(root, "versions", "lib", "--bump", "patch").stdout == (
        "lib  1.4.2 -> 1.4.3  lib/pyproject.toml\n"
    )
    assert read(root, "app/pyproject.toml") == app("lib>=1.4,<2")


def test_ranges_that_never_allowed_it_stay(workspace: MakeWorkspace, oneroof: Oneroof) -> None:
    root = workspace({"lib/pyproject.toml": LIB, "app/pyproject.toml": app("lib<1.4")})
    said = oneroof(root, "versions", "lib", "--bump", "major", "--dependents", "patch")
    assert (said.exit_code, said.stdout) == (0, "lib  1.4.2 -> 2.0.0  lib/pyproject.toml\n")


def test_a_list_of_constraints_is_raised_where_it_has_to_be(
    workspace: MakeWorkspace, oneroof: Oneroof
) -> None:
    text = (
        '[tool.poetry]\nname = "app"\nversion = "3.0"\n[tool.poetry.dependencies]\nlib = [\n'
        '    { version = "<1.2", python = "<3.8" },\n'
        '    { version = "^1.4", python = ">=3.8" },\n'
        f"]\n{POETRY}"
    )
    root = workspace({"lib/pyproject.toml": LIB, "app/pyproject.toml": text})
    assert oneroof(root, "versions", "lib", "--bump", "major").exit_code == 0
    assert read(root, "app/pyproject.toml") == text.replace("^1.4", "^2.0")


def test_nothing_is_written_through_a_link(workspace: MakeWorkspace, oneroof: Oneroof) -> None:
    root = workspace({"shared.toml": LIB, "x.py": ""})
    (root / "lib").mkdir()
    (root / "lib/pyproject.toml").symlink_to("../shared.toml")
    said = oneroof(root, "versions", "lib", "--bump", "major")
    assert (said.exit_code, said.stderr.splitlines()[0]) == (
        2,
        "error: lib: its version 1.4.2 is not written where it can be changed",
    )
    assert (root / "lib/pyproject.toml").is_symlink()


def test_dependents_are_raised_where_their_wheels_would_say_something_else(
    workspace: MakeWorkspace, oneroof: Oneroof
) -> None:
    wide = app("lib>=1").replace('"app"', '"wide"')
    top = app("app==3.0", version="0.1").replace('"app"', '"top"')
    root = workspace(
        {
            "lib/pyproject.toml": LIB,
            "app/pyproject.toml": app("lib"),
            "top/pyproject.toml": top,
            "wide/pyproject.toml": wide,
        }
    )
    said = oneroof(root, "versions", "lib", "--bump", "minor", "--dependents", "patch")
    assert (said.exit_code, said.stdout) == (
        0,
        (
            "lib  1.4.2 -> 1.5.0  lib/pyproject.toml\n"
            "app  3.0 -> 3.0.1  app/pyproject.toml\n"
            "top  0.1 -> 0.1.1  top/pyproject.toml\n"
            "top  asks for ==3.0.1 instead of ==3.0  top/pyproject.toml\n"
        ),
    )
    assert read(root, "top/pyproject.toml") == top.replace("0.1", "0.1.1").replace("3.0", "3.0.1")
    assert read(root, "wide/pyproject.toml") == wide


def test_a_dry_run_shows_the_difference_and_writes_nothing(
    workspace: MakeWorkspace, oneroof: Oneroof, git: Git
) -> None:
    root = workspace(
        {
            "lib/pyproject.toml": LIB,
            "app/pyproject.toml": app("lib<2"),
            "lib/changelog.d/12.feature.md": "more\n",
            "lib/changelog.d/README.md": "how to\n",
        }
    )
    said = oneroof(root, "versions", "lib", "--bump", "major", "--dry-run")
    assert (said.exit_code, said.stderr) == (
        0,
        "lib: 1 changelog fragment in lib/changelog.d: 12.feature.md\nwould change 2 files\n",
    )
    lines = said.stdout.splitlines()
    assert lines[:2] == [
        "lib  1.4.2 -> 2.0.0  lib/pyproject.toml",
        "app  asks for <3 instead of <2  app/pyproject.toml",
    ]
    assert [each for each in lines if each[:1] in {"+", "-"}] == [
        "--- a/app/pyproject.toml",
        "+++ b/app/pyproject.toml",
        '-  "lib<2",',
        '+  "lib<3",',
        "--- a/lib/pyproject.toml",
        "+++ b/lib/pyproject.toml",
        "-version = '1.4.2'  # raised by hand so far",
        "+version = '2.0.0'  # raised by hand so far",
    ]
    assert git("status", "--porcelain", cwd=root) == ""


def test_of_a_version_from_git_the_tag_is_told(
    workspace: MakeWorkspace, oneroof: Oneroof, git: Git
) -> None:
    text = LIB.replace("version = '1.4.2'  # raised by hand so far", 'dynamic = ["version"]')
    root = workspace({"lib/pyproject.toml": text, "app/pyproject.toml": app("lib<2")})
    said = oneroof(root, "versions", "lib", "--bump", "major")
    assert (said.exit_code, said.stderr) == (
        2,
        (
            "error: lib: its version is read from git, and no tag of one was found\n"
            "hint: nothing was written\n"
        ),
    )
    for tag in ("v7.0", "lib-v1.4.2", "lib-v1.10.0", "app-v8.0"):
        git("tag", tag, cwd=root)
    said = oneroof(root, "versions", "lib", "--bump", "major")
    assert (said.exit_code, said.stdout) == (
        0,
        (
            "lib  1.10.0 -> 2.0.0  set the tag `lib-v2.0.0`\n"
            "app  asks for <3 instead of <2  app/pyproject.toml\n"
        ),
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("lib", "--bump", "huge"),
            "`huge` is neither `major`, `minor`, `patch` nor a version",
        ),
        (("lib", "--bump", "1.4.2"), "lib: 1.4.2 is not higher than its version 1.4.2"),
        (("--bump", "minor"), "`--bump` raises the versions of those projects only that are named"),
        (("lib", "--dry-run"), "`--dependents` and `--dry-run` belong to `--bump`"),
    ],
)
def test_what_cannot_be_is_told(
    workspace: MakeWorkspace, oneroof: Oneroof, arguments: tuple[str, ...], message: str
) -> None:
    root = workspace({"lib/pyproject.toml": LIB})
    said = oneroof(root, "versions", *arguments)
    assert (said.exit_code, said.stderr.splitlines()[0]) == (2, f"error: {message}")


def test_a_version_that_is_made_up_of_numbers_is_left(
    workspace: MakeWorkspace, oneroof: Oneroof
) -> None:
    root = workspace(
        {
            "lib/pyproject.toml": '[project]\nname = "lib"\ndynamic = ["version"]\n'
            '[tool.setuptools.dynamic]\nversion = { attr = "lib.VERSION" }\n' + SETUPTOOLS,
            "lib/lib/__init__.py": "VERSION = (1, 4, 2)\n",
        }
    )
    said = oneroof(root, "versions", "lib", "--bump", "minor")
    assert (said.exit_code, said.stderr.splitlines()[0]) == (
        2,
        "error: lib: its version 1.4.2 is not written where it can be changed",
    )


def test_nothing_is_written_where_one_range_cannot_be_raised(
    workspace: MakeWorkspace, oneroof: Oneroof, git: Git
) -> None:
    code = (
        "from setuptools import setup\nOURS = ['lib<2']\n"
        "setup(name='old', version='1', install_requires=OURS)\n"
    )
    root = workspace(
        {
            "lib/pyproject.toml": LIB,
            "old/setup.py": code,
            "app/pyproject.toml": app("lib!=2.0.0"),
        }
    )
    said = oneroof(root, "versions", "lib", "--bump", "major")
    assert (said.exit_code, said.stderr.splitlines()) == (
        2,
        [
            (
                "error: app/pyproject.toml: project.dependencies[0]: `lib!=2.0.0` does not allow "
                "2.0.0 and is not written so that it can be raised"
            ),
            (
                "error: old/setup.py: install_requires[0]: `lib<2` does not allow 2.0.0 and is not "
                "written so that it can be raised"
            ),
            "hint: nothing was written",
        ],
    )
    assert git("status", "--porcelain", cwd=root) == ""


def test_json_tells_all(workspace: MakeWorkspace, oneroof: Oneroof) -> None:
    root = workspace({"lib/pyproject.toml": LIB, "app/pyproject.toml": app("lib<2")})
    told = oneroof(root, "versions", "lib", "--bump", "major", "--dry-run", "--json").json
    assert isinstance(told, dict)
    assert [each["path"] for each in told.pop("changes")] == [
        "app/pyproject.toml",
        "lib/pyproject.toml",
    ]
    assert told == {
        "ok": True,
        "dry_run": True,
        "versions": [
            {
                "project": "lib",
                "old": "1.4.2",
                "new": "2.0.0",
                "path": "lib/pyproject.toml",
                "tag": None,
            }
        ],
        "ranges": [
            {
                "project": "app",
                "path": "app/pyproject.toml",
                "key": "project.dependencies[0]",
                "old": "<2",
                "new": "<3",
            }
        ],
        "fragments": [],
    }
