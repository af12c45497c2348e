"""A changed lock affects the projects whose closure changed, naming package and versions."""

import pytest
from tests.changes.conftest import ask, manifest, names, reasons
from tests.conftest import MakeWorkspace

from oneroof.changes.affected import for_task

WORKSPACE = '[tool.uv.workspace]\nmembers = ["libs/*"]\n'


def registry(name: str, version: str, *needs: str) -> str:
    listed = "".join(f'    {{ name = "{each}" }},\n' for each in needs)
    return (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\n'
        f'source = {{ registry = "https://pypi.org/simple" }}\n'
        f"dependencies = [\n{listed}]\n"
        f'sdist = {{ url = "https://x/{name}-{version}.tar.gz", hash = "sha256:{version}" }}\n\n'
    )


def member(name: str, *needs: str, dev: tuple[str, ...] = ()) -> str:
    listed = "".join(f'    {{ name = "{each}" }},\n' for each in needs)
    text = (
        f'[[package]]\nname = "{name}"\nversion = "1"\n'
        f'source = {{ editable = "libs/{name}" }}\ndependencies = [\n{listed}]\n\n'
    )
    if dev:
        listed = "".join(f'    {{ name = "{each}" }},\n' for each in dev)
        text += f"[package.dev-dependencies]\ndev = [\n{listed}]\n\n"
    return text


HEAD = 'version = 1\nrequires-python = ">=3.11"\n\n'
LOCK = (
    HEAD
    + member("a", "requests", dev=("pytest",))
    + member("b", "a")
    + member("c", "six")
    + registry("requests", "2.31.0", "urllib3")
    + registry("urllib3", "2.0.0")
    + registry("six", "1.16.0")
    + registry("pytest", "8.0.0")
)
FILES = {
    "pyproject.toml": WORKSPACE,
    "uv.lock": LOCK,
    "libs/a/pyproject.toml": manifest(
        "a", "requests", more='[dependency-groups]\ndev = ["pytest"]\n'
    ),
    "libs/b/pyproject.toml": manifest("b", "a"),
    "libs/c/pyproject.toml": manifest("c", "six"),
}


@pytest.mark.parametrize(
    ("old", "new", "expected", "detail"),
    [
        ("2.0.0", "2.1.0", ["a", "b"], "urllib3 2.0.0 -> 2.1.0"),
        ("1.16.0", "1.17.0", ["c"], "six 1.16.0 -> 1.17.0"),
        ("8.0.0", "8.1.0", ["a"], "pytest 8.0.0 -> 8.1.0"),
    ],
)
def test_a_uv_lock_affects_the_closures_that_changed(
    workspace: MakeWorkspace, old: str, new: str, expected: list[str], detail: str
) -> None:
    root = workspace(FILES)
    (root / "uv.lock").write_text(LOCK.replace(old, new))
    found = ask(root)
    assert names(found) == expected
    assert {tuple(reasons(found, name)) for name in expected} == {(("lock", detail),)}


def test_a_package_that_came_with_another_is_named_too(workspace: MakeWorkspace) -> None:
    root = workspace(FILES)
    changed = LOCK.replace(registry("six", "1.16.0"), registry("six", "1.16.0", "extra-six"))
    (root / "uv.lock").write_text(changed + registry("extra-six", "1.0"))
    found = ask(root)
    assert names(found) == ["c"]
    assert reasons(found, "c") == [("lock", "extra-six 1.0 added"), ("lock", "six 1.16.0 changed")]


def test_a_package_that_went_is_named_too(workspace: MakeWorkspace) -> None:
    root = workspace(FILES)
    changed = LOCK.replace(registry("six", "1.16.0"), "").replace('    { name = "six" },\n', "")
    (root / "uv.lock").write_text(changed)
    assert ("lock", "six 1.16.0 removed") in reasons(ask(root), "c")


def test_a_lock_that_only_looks_different_affects_nobody(workspace: MakeWorkspace) -> None:
    root = workspace(FILES)
    (root / "uv.lock").write_text("# generated again\n" + LOCK.replace("\n", "\r\n"))
    assert names(ask(root)) == []


@pytest.mark.parametrize("how", ["added", "deleted"])
def test_a_lock_that_comes_or_goes_affects_all_it_governs(
    workspace: MakeWorkspace, how: str
) -> None:
    files = {path: text for path, text in FILES.items() if how == "deleted" or path != "uv.lock"}
    root = workspace({**files, "apart/pyproject.toml": manifest("apart")})
    if how == "deleted":
        (root / "uv.lock").unlink()
    else:
        (root / "uv.lock").write_text(LOCK)
    found = ask(root)
    assert names(found) == ["a", "b", "c"]
    assert reasons(found, "c") == [("lock", f"the lock was {how}")]


def test_a_lock_that_cannot_be_read_any_more_affects_all_it_governs(
    workspace: MakeWorkspace,
) -> None:
    root = workspace(FILES)
    (root / "uv.lock").write_text("<<<<<<< HEAD\n" + LOCK)
    assert names(ask(root)) == ["a", "b", "c"]


def test_pins_of_a_tool_that_the_root_provides_concern_its_tasks(workspace: MakeWorkspace) -> None:
    root_groups = WORKSPACE + '[dependency-groups]\ndev = ["ruff", "pytest"]\n'
    lock = (
        LOCK
        + registry("ruff", "0.1")
        + '[manifest]\nmembers = ["a", "b", "c"]\n\n[manifest.dependency-groups]\n'
        + 'dev = [{ name = "pytest" }, { name = "ruff" }]\n'
    )
    root = workspace({**FILES, "pyproject.toml": root_groups, "uv.lock": lock})
    (root / "uv.lock").write_text(lock.replace('"0.1"', '"0.2"'))
    found = ask(root)
    assert names(for_task(found, "lint")) == ["a", "b", "c"]
    assert names(for_task(found, "types")) == []
    assert ("lock", "ruff 0.1 -> 0.2") in reasons(found, "a")


def poetry_package(name: str, version: str, *needs: str) -> str:
    text = (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\ndescription = ""\n'
        f'optional = false\npython-versions = "*"\ngroups = ["main"]\nfiles = [\n'
        f'    {{file = "{name}-{version}.tar.gz", hash = "sha256:{version}"}},\n]\n\n'
    )
    if needs:
        text += "[package.dependencies]\n" + "".join(f'{each} = "*"\n' for each in needs) + "\n"
    return text


POETRY = '[tool.poetry]\nname = "{}"\nversion = "1"\n[tool.poetry.dependencies]\npython = "^3.11"\n'
METADATA = '[metadata]\nlock-version = "2.1"\npython-versions = "^3.11"\ncontent-hash = "x"\n'


def test_a_poetry_lock_affects_its_own_project_alone(workspace: MakeWorkspace) -> None:
    def lock(version: str) -> str:
        packages = poetry_package("requests", "2.31.0", "urllib3")
        return packages + poetry_package("urllib3", version) + METADATA

    root = workspace(
        {
            "a/pyproject.toml": POETRY.format("a") + 'requests = "*"\n',
            "a/poetry.lock": lock("2.0.0"),
            "b/pyproject.toml": POETRY.format("b") + 'a = { path = "../a" }\n',
            "b/poetry.lock": lock("2.0.0"),
        }
    )
    (root / "a/poetry.lock").write_text(lock("2.1.0"))
    found = ask(root)
    assert names(found) == ["a"]
    assert reasons(found, "a") == [("lock", "urllib3 2.0.0 -> 2.1.0")]


def test_what_the_lock_takes_from_an_index_is_not_affected_by_the_project_of_that_name(
    workspace: MakeWorkspace,
) -> None:
    lock = HEAD + member("user", "tool") + registry("tool", "1.0")
    root = workspace(
        {
            "tool/pyproject.toml": manifest("tool"),
            "libs/user/pyproject.toml": manifest("user", "tool"),
            "libs/user/uv.lock": lock.replace("libs/user", "."),
        }
    )
    (root / "tool/pyproject.toml").write_text(manifest("tool", "six"))
    assert names(ask(root)) == ["tool"]
