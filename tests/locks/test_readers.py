from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oneroof.locks.model import (
    LockedDependency,
    LockedFile,
    LockedPackage,
    LockSource,
    registry,
)
from oneroof.workspace.model import MAIN, extra, group

if TYPE_CHECKING:
    from pathlib import Path

    from tests.locks.conftest import Parsed

INDEX = LockSource("registry", "", "")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("uv/uv.lock", ("uv", "1.5", ">=3.9", 17)),
        ("poetry-1.1/app/poetry.lock", ("poetry", "1.1", ">=3.8", 11)),
        ("poetry-1.8/app/poetry.lock", ("poetry", "2.0", ">=3.8", 11)),
        ("poetry-2/app/poetry.lock", ("poetry", "2.1", ">=3.8", 11)),
        ("pdm/app/pdm.lock", ("pdm", "4.5.1", ">=3.9", 9)),
        ("pylock/pylock.toml", ("pylock", "1.0", ">=3.9", 8)),
        ("requirements/requirements.txt", ("requirements", "", "", 4)),
    ],
)
def test_real_locks_are_read_whole(
    data: Path, parsed: Parsed, path: str, expected: tuple[object, ...]
) -> None:
    lock = parsed(path, (data / path).read_text())
    assert (lock.format, lock.format_version, lock.requires_python, len(lock.packages)) == expected
    assert all(
        each.files and all(file.hash.startswith("sha256:") for file in each.files)
        for each in lock.packages
        if not each.source.is_local_folder
    )


@pytest.mark.parametrize("path", ["poetry-1.1", "poetry-1.8", "poetry-2"])
def test_poetry_packages_have_the_files_of_their_own_version(
    data: Path, parsed: Parsed, path: str
) -> None:
    lock = parsed("app/poetry.lock", (data / path / "app/poetry.lock").read_text())
    found = {
        package.version: [file.filename for file in package.files]
        for package in lock.by_name["typing-extensions"]
    }
    assert found == {
        "4.12.2": ["typing_extensions-4.12.2-py3-none-any.whl", "typing_extensions-4.12.2.tar.gz"],
        "4.7.1": ["typing_extensions-4.7.1-py3-none-any.whl", "typing_extensions-4.7.1.tar.gz"],
    }


def test_poetry_optional_dependencies_belong_to_the_extras_that_list_them(
    data: Path, parsed: Parsed
) -> None:
    lock = parsed("app/poetry.lock", (data / "poetry-2/app/poetry.lock").read_text())
    [urllib3] = lock.by_name["urllib3"]
    [library] = lock.by_name["lib-a"]
    assert [(each.name, each.kind) for each in urllib3.dependencies] == [
        ("pysocks", extra("socks"))
    ]
    assert library.source == LockSource("directory", "lib", editable=True)
    assert library.dependencies == (
        LockedDependency("iniconfig", "==2.0.0", kind=extra("ini")),
        LockedDependency("six", "<2.0,>=1.16"),
    )


def test_poetry_sources_of_every_type(parsed: Parsed) -> None:
    sources = {
        "a": 'type = "git"\nurl = "https://h/a.git"\nreference = "main"\n'
        'resolved_reference = "abc"\nsubdirectory = "sub"',
        "b": 'type = "url"\nurl = "https://h/b-1.tar.gz"',
        "c": 'type = "file"\nurl = "../wheels/c-1-py3-none-any.whl"',
        "d": 'type = "legacy"\nurl = "https://h/simple"\nreference = "private"',
    }
    packages = "\n".join(
        f'[[package]]\nname = "{name}"\nversion = "1"\n[package.source]\n{source}'
        for name, source in sources.items()
    )
    text = f'{packages}\n[metadata]\nlock-version = "2.0"\n'
    lock = parsed("app/poetry.lock", text)
    assert [package.source for package in lock.packages] == [
        LockSource("git", "https://h/a.git", "abc", "sub"),
        LockSource("url", "https://h/b-1.tar.gz"),
        LockSource("path", "wheels/c-1-py3-none-any.whl"),
        LockSource("registry", "https://h/simple", "private"),
    ]


def test_poetry_1_0_has_hashes_without_file_names(parsed: Parsed) -> None:
    lock = parsed(
        "poetry.lock",
        '[[package]]\nname = "six"\nversion = "1.0"\n'
        '[metadata]\ncontent-hash = "0"\npython-versions = "*"\n'
        '[metadata.hashes]\nsix = ["aa"]\n',
    )
    assert lock.packages[0].files == (LockedFile("", "", "sha256:aa"),)


def test_uv_members_keep_their_kinds_and_what_was_declared(data: Path, parsed: Parsed) -> None:
    lock = parsed("uv.lock", (data / "uv/uv.lock").read_text())
    [core] = lock.by_name["core"]
    assert core.source == LockSource("workspace", "libs/core", editable=True)
    assert [(each.name, each.kind, each.marker, each.extras) for each in core.dependencies] == [
        ("six", MAIN, "", ()),
        ("tomli", MAIN, "python_full_version < '3.11'", ()),
        ("toml", extra("all"), "", ()),
        ("urllib3", extra("all"), "", ("socks",)),
        ("urllib3", extra("http"), "", ("socks",)),
        ("toml", extra("old"), "", ()),
    ]
    assert lock.overrides == {"six"}


def test_uv_sources_of_every_kind(parsed: Parsed) -> None:
    text = """
version = 1
revision = 9
[[package]]
name = "a"
version = "1"
source = { git = "https://h/a?subdirectory=x%2Fy&branch=main#abc" }
[[package]]
name = "b"
version = "1"
source = { url = "https://h/b-1.tar.gz" }
sdist = { hash = "sha256:bb" }
[[package]]
name = "c"
version = "1"
source = { path = "../c-1-py3-none-any.whl" }
wheels = [{ filename = "c-1-py3-none-any.whl", hash = "sha256:cc" }]
[[package]]
name = "d"
version = "1"
source = { directory = "d" }
[[package]]
name = "e"
version = "1"
source = { registry = "wheels" }
wheels = [{ path = "e-1-py3-none-any.whl" }]
"""
    lock = parsed("app/uv.lock", text)
    assert [package.source for package in lock.packages] == [
        LockSource("git", "https://h/a", "abc", "x/y"),
        LockSource("url", "https://h/b-1.tar.gz"),
        LockSource("path", "c-1-py3-none-any.whl"),
        LockSource("directory", "app/d"),
        LockSource("registry", "app/wheels"),
    ]
    assert [package.files for package in lock.packages] == [
        (),
        (LockedFile("b-1.tar.gz", "", "sha256:bb"),),
        (LockedFile("c-1-py3-none-any.whl", "", "sha256:cc"),),
        (),
        (LockedFile("e-1-py3-none-any.whl", "app/wheels/e-1-py3-none-any.whl"),),
    ]


def test_a_uv_root_without_name_is_a_package_without_name(parsed: Parsed) -> None:
    lock = parsed(
        "uv.lock",
        "version = 1\n[manifest]\nmembers = []\n[manifest.dependency-groups]\n"
        'dev = [{ name = "six", specifier = ">=1" }]\n',
    )
    [root] = lock.packages
    assert (root.name, root.source) == ("", LockSource("workspace", "."))
    assert root.dependencies == (LockedDependency("six", kind=group("dev")),)
    assert root.declared == (LockedDependency("six", ">=1", kind=group("dev")),)


def test_pdm_entries_for_extras_become_edges_of_the_package(data: Path, parsed: Parsed) -> None:
    lock = parsed("app/pdm.lock", (data / "pdm/app/pdm.lock").read_text())
    [urllib3] = lock.by_name["urllib3"]
    [library] = lock.by_name["lib-a"]
    assert urllib3.dependencies == (
        LockedDependency("pysocks", "!=1.5.7,<2.0,>=1.5.6", kind=extra("socks")),
    )
    assert library.source == LockSource("directory", "lib", editable=True)


def test_pdm_static_urls_git_and_older_file_tables(parsed: Parsed) -> None:
    text = """
[metadata]
lock_version = "4.4"
[metadata.files]
"six 1.16.0" = [{url = "https://h/six-1.16.0.tar.gz", hash = "sha256:aa"}]
[[package]]
name = "six"
version = "1.16.0"
[[package]]
name = "a"
version = "1"
git = "https://h/a.git"
ref = "main"
revision = "abc"
[[package]]
name = "b"
version = "1"
path = "./b-1.tar.gz"
"""
    lock = parsed("app/pdm.lock", text)
    assert [(package.name, package.source) for package in lock.packages] == [
        ("six", INDEX),
        ("a", LockSource("git", "https://h/a.git", "abc")),
        ("b", LockSource("path", "app/b-1.tar.gz")),
    ]
    assert lock.packages[0].files == (
        LockedFile("six-1.16.0.tar.gz", "https://h/six-1.16.0.tar.gz", "sha256:aa"),
    )


def test_a_hashed_requirements_file_with_markers_urls_and_indexes(parsed: Parsed) -> None:
    text = """\
--index-url https://h/simple
# a comment
six==1.16.0 ; python_version < "3.12" \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via app
    # from https://h/simple
-e ./libs/core
dummy @ https://h/dummy-1.whl --hash=sha256:cc
"""
    lock = parsed("requirements.txt", text)
    assert lock.packages == (
        LockedPackage(
            "six",
            "1.16.0",
            registry("https://h/simple"),
            files=(LockedFile("", "", "sha256:aa"), LockedFile("", "", "sha256:bb")),
            marker='python_version < "3.12"',
        ),
        LockedPackage(
            "dummy",
            None,
            LockSource("url", "https://h/dummy-1.whl"),
            files=(LockedFile("", "", "sha256:cc"),),
        ),
    )


@pytest.mark.parametrize("url", ["", "https://pypi.org/simple", "https://pypi.org/simple/"])
def test_pypi_is_the_default_index(url: str) -> None:
    assert registry(url, "pypi").is_default_index
