from typing import TYPE_CHECKING

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.dialects.project import (
    ProjectTable,
    read_build_backend,
    read_build_requirements,
    read_project,
)
from oneroof.workspace.dialects.toml import Table, read_document
from oneroof.workspace.model import BUILD, MAIN, EntryPoint, Metadata, Requirement, extra

if TYPE_CHECKING:
    from tests.workspace.conftest import MakeTree

PATH = RelPath("pyproject.toml")


def read(tree: "MakeTree", text: str) -> tuple[ProjectTable, list[Problem]]:
    made = tree({PATH: text, "README.md": ""})
    values, _ = read_document(made, PATH)
    table = Table(PATH, values or {}, [], "")
    return read_project(table, made), table.problems


def test_everything_standard_is_read(tree: "MakeTree") -> None:
    project, problems = read(
        tree,
        """
        [project]
        name = "My.App"
        version = "1.0.0-rc.1"
        requires-python = ">=3.11, <4"
        readme = { file = "README.md", content-type = "text/markdown" }
        dependencies = ["Requests[socks]>=2"]
        optional-dependencies.Fast_Path = ["uvloop; sys_platform != 'win32'"]
        optional-dependencies.none = []
        scripts.app = "my_app.cli:main"
        gui-scripts.win = "my_app.gui:main"
        entry-points.pytest11.app = "my_app.plugin"
        """,
    )
    assert problems == []
    assert project.metadata == Metadata(
        manifests=(PATH,),
        dialects=("project",),
        name="My.App",
        version="1.0.0rc1",
        requires_python="<4,>=3.11",
        requirements=(
            Requirement("requests", MAIN, PATH, "project.dependencies[0]", ">=2", ("socks",)),
            Requirement(
                "uvloop",
                extra("fast-path"),
                PATH,
                "project.optional-dependencies.Fast_Path[0]",
                marker='sys_platform != "win32"',
            ),
        ),
        extras=("fast-path", "none"),
        entry_points=(
            EntryPoint("console_scripts", "app", "my_app.cli:main"),
            EntryPoint("gui_scripts", "win", "my_app.gui:main"),
            EntryPoint("pytest11", "app", "my_app.plugin"),
        ),
    )


def test_a_bad_requirement_leaves_the_others(tree: "MakeTree") -> None:
    text = '[project]\nname = "a"\nversion = "1"\ndependencies = ["b", "c ^1", 3, "d"]'
    project, problems = read(tree, text)
    assert [each.name for each in project.metadata.requirements] == ["b", "d"]
    assert [(each.key, each.fatal) for each in problems] == [
        ("project.dependencies[2]", False),
        ("project.dependencies[1]", False),
    ]


def test_a_missing_readme_is_told_and_not_fatal(tree: "MakeTree") -> None:
    _, problems = read(tree, '[project]\nname = "a"\nversion = "1"\nreadme = "README.rst"')
    hint = "did you mean `README.md`?"
    assert problems == [
        Problem(PATH, "`README.rst` does not exist", key="project.readme", hint=hint)
    ]


def test_a_missing_name_is_fatal(tree: "MakeTree") -> None:
    _, [problem] = read(tree, '[project]\nversion = "1"')
    assert (str(problem), problem.fatal) == ("pyproject.toml: project.name: is missing", True)


def test_a_malformed_name_is_kept_for_the_message(tree: "MakeTree") -> None:
    project, [problem] = read(tree, '[project]\nname = "{{ name }}"\nversion = "1"')
    assert project.metadata.name == "{{ name }}"
    assert problem.fatal


def test_malformed_versions_are_told(tree: "MakeTree") -> None:
    text = '[project]\nname = "a"\nversion = "latest"\nrequires-python = "3.11+"'
    project, problems = read(tree, text)
    assert (project.metadata.version, project.metadata.requires_python) == ("latest", "")
    assert sorted(each.key for each in problems) == ["project.requires-python", "project.version"]


def test_a_version_must_be_given_or_dynamic(tree: "MakeTree") -> None:
    _, problems = read(tree, '[project]\nname = "a"')
    assert [each.key for each in problems] == ["project.version"]
    assert read(tree, '[project]\nname = "a"\ndynamic = ["version"]')[1] == []


def test_build_system() -> None:
    table = Table(PATH, {"build-system": {"requires": ["hatchling>=1"]}}, [], "")
    assert read_build_backend(table) == "setuptools.build_meta"
    assert read_build_requirements(table) == [
        Requirement("hatchling", BUILD, PATH, "build-system.requires[0]", ">=1")
    ]
    assert read_build_backend(Table(PATH, {}, [], "")) is None
