from __future__ import annotations

import pytest
from packaging.tags import parse_tag

from oneroof.distributions.archive import Member, Wheel
from oneroof.distributions.bundle import Part, bundle
from oneroof.distributions.tags import compress, unite_tags
from oneroof.errors import ConfigError


def part(
    name: str,
    *requires: str,
    files: dict[str, str] | None = None,
    metadata: str = "",
    version: str = "2.1",
    tag: str = "py3-none-any",
) -> Part:
    info = f"{name}-1.0.dist-info"
    head = [f"Metadata-Version: {version}", f"Name: {name}", "Version: 1.0"]
    head += [metadata] if metadata else []
    head += [f"Requires-Dist: {each}" for each in requires]
    pure = str(tag.endswith("-any")).lower()
    wheel_file = f"Wheel-Version: 1.0\nGenerator: g 1\nRoot-Is-Purelib: {pure}\nTag: {tag}\n"
    content = {
        **(files or {f"{name}/__init__.py": f"# {name}\n"}),
        f"{info}/METADATA": "\n".join(head) + "\n\nIt is for you.\n",
        f"{info}/WHEEL": wheel_file,
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
        f"{info}/top_level.txt": f"{name}\n",
    }
    members = {path: Member(text.encode()) for path, text in content.items()}
    return Part(name, Wheel(f"{name}-1.0-{tag}.whl", members))


def text(wheel: Wheel, name: str) -> str:
    return wheel.members[name].content.decode()


def requirements(wheel: Wheel) -> list[str]:
    lines = wheel.metadata.splitlines()
    return [each.removeprefix("Requires-Dist: ") for each in lines if "Requires-Dist" in each]


def test_the_files_of_all_are_in_one_wheel() -> None:
    made = bundle(part("app", "lib"), [part("lib")])
    assert made.filename == "app-1.0-py3-none-any.whl"
    assert sorted(made.members) == [
        "app-1.0.dist-info/METADATA",
        "app-1.0.dist-info/WHEEL",
        "app-1.0.dist-info/entry_points.txt",
        "app/__init__.py",
        "lib/__init__.py",
    ]
    assert text(made, "app-1.0.dist-info/entry_points.txt") == "[console_scripts]\napp = app:main\n"
    assert text(made, "app-1.0.dist-info/METADATA") == (
        "Metadata-Version: 2.1\nName: app\nVersion: 1.0\n\nIt is for you.\n"
    )


def test_namespaces_are_merged_and_equal_files_may_be_in_both() -> None:
    shared = {"shop/py.typed": "", "shop/__init__.py": "__path__ = 1\n"}
    own = part("app", files={**shared, "shop/app.py": ""})
    made = bundle(own, [part("lib", files={**shared, "shop/lib.py": ""})])
    assert made.payload == ("shop/__init__.py", "shop/app.py", "shop/lib.py", "shop/py.typed")


def test_one_file_of_two_owners_is_refused() -> None:
    with pytest.raises(ConfigError) as error:
        bundle(
            part("app"),
            [part("lib", files={"x.py": "1"}), part("low", files={"x.py": "2"})],
        )
    assert error.value.message == "lib and low both hold `x.py`, and differ in it"


def test_files_of_other_schemes_go_where_an_installer_puts_them() -> None:
    own = part("app", files={"app-1.0.data/scripts/run": "#!python", "app.py": ""})
    lib = part(
        "lib",
        files={
            "lib-1.0.data/purelib/lib.py": "",
            "lib-1.0.data/scripts/tool": "",
            "lib-1.0.data/data/etc/lib.ini": "",
        },
    )
    assert bundle(own, [lib]).payload == (
        "app-1.0.data/data/etc/lib.ini",
        "app-1.0.data/scripts/run",
        "app.py",
        "lib.py",
    )


def test_licences_of_the_libraries_are_kept() -> None:
    lib = part("lib", files={"lib.py": "", "lib-1.0.dist-info/LICENSE.txt": "MIT"})
    low = part("low", files={"low.py": "", "low-1.0.dist-info/licenses/a/COPYING": "BSD"})
    made = bundle(part("app", version="2.4"), [lib, low])
    info = "app-1.0.dist-info"
    assert text(made, f"{info}/licenses/lib/LICENSE.txt") == "MIT"
    assert text(made, f"{info}/licenses/low/a/COPYING") == "BSD"
    assert [line for line in made.metadata.splitlines() if line.startswith("License-File")] == [
        "License-File: lib/LICENSE.txt",
        "License-File: low/a/COPYING",
    ]
    assert "License-File" not in bundle(part("app"), [lib]).metadata


@pytest.mark.parametrize(
    ("own", "libraries", "said"),
    [
        (["lib>=1,<2", "six"], {"lib": ["Six", "attrs>=2"]}, ["attrs>=2", "six"]),
        (["lib"], {"lib": ["low"], "low": ["uvicorn[standard]<1"]}, ["uvicorn[standard]<1"]),
        (
            ["lib ; sys_platform == 'linux'"],
            {"lib": ["a ; python_version < '3.12'"]},
            ['a ; python_version < "3.12" and sys_platform == "linux"'],
        ),
        (
            ["lib[fast]"],
            {"lib": ["a ; extra == 'fast'", "b ; extra == 'slow'", "c"]},
            ["a", "c"],
        ),
        (
            ["lib[fast]"],
            {"lib": ["a ; (os_name == 'nt' or python_version < '4') and extra == 'fast'"]},
            ['a ; os_name == "nt" or python_version < "4"'],
        ),
        (
            ["lib ; extra == 'more'", "app[more] ; extra == 'all'"],
            {"lib": ["a"]},
            ['a ; extra == "more"', 'app[more] ; extra == "all"'],
        ),
        (["lib ; extra == 'x'", "low"], {"lib": ["a"], "low": ["a"]}, ["a"]),
        (["lib"], {"lib": ["low"], "low": ["lib", "a"]}, ["a"]),
    ],
)
def test_requirements_from_elsewhere_are_united(
    own: list[str], libraries: dict[str, list[str]], said: list[str]
) -> None:
    made = bundle(part("app", *own), [part(name, *each) for name, each in libraries.items()])
    assert requirements(made) == said


def test_the_python_is_one_that_all_of_them_want() -> None:
    made = bundle(
        part("app", metadata="Requires-Python: >=3.9"),
        [part("lib", metadata="Requires-Python: >=3.11"), part("low")],
    )
    assert "Requires-Python: >=3.11,>=3.9\n" in made.metadata


def test_it_is_pure_only_where_all_are() -> None:
    compiled = part("lib", tag="cp312-cp312-manylinux_2_17_x86_64")
    made = bundle(part("app"), [compiled])
    assert made.filename == "app-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"
    assert text(made, "app-1.0.dist-info/WHEEL") == (
        "Wheel-Version: 1.0\nGenerator: g 1\nRoot-Is-Purelib: false\n"
        "Tag: cp312-cp312-manylinux_2_17_x86_64\n"
    )


def test_wheels_that_run_nowhere_together_are_refused() -> None:
    with pytest.raises(ConfigError) as error:
        bundle(part("app", tag="cp311-cp311-win32"), [part("lib", tag="cp312-cp312-win32")])
    assert error.value.message == (
        "app: there is no machine on which all of `app-1.0-cp311-cp311-win32.whl`, "
        "`lib-1.0-cp312-cp312-win32.whl` run"
    )


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        (["py3-none-any", "py2.py3-none-any"], "py3-none-any"),
        (["py2.py3-none-any", "py2.py3-none-any"], "py2.py3-none-any"),
        (["py38-none-any", "py3-none-any"], "py38-none-any"),
        (["cp38-abi3-linux_x86_64", "cp312-cp312-linux_x86_64"], "cp312-cp312-linux_x86_64"),
        (["cp39-abi3-win32", "cp38-abi3-win32"], "cp39-abi3-win32"),
        (["cp312-none-any", "cp312-cp312-win32"], "cp312-cp312-win32"),
        (
            ["py3-none-manylinux_2_17_x86_64", "py3-none-manylinux_2_28_x86_64"],
            "py3-none-manylinux_2_28_x86_64",
        ),
        (
            ["py3-none-manylinux2014_x86_64", "py3-none-linux_x86_64"],
            "py3-none-linux_x86_64",
        ),
        (
            ["py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64", "py3-none-any"],
            "py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64",
        ),
        (["cp311-cp311-win32", "cp312-cp312-win32"], ""),
        (["py3-none-manylinux_2_17_x86_64", "py3-none-manylinux_2_17_aarch64"], ""),
        (["pp310-pypy310_pp73-win32", "py3-none-any"], "pp310-pypy310_pp73-win32"),
    ],
)
def test_tags_are_those_on_which_all_run(tags: list[str], said: str) -> None:
    for given in (tags, tags[::-1]):
        united = unite_tags([parse_tag(each) for each in given])
        assert (compress(united) if united else "") == said
