import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.environments.choice import Lacking, PythonDemand, PythonWish, choose, target_of
from oneroof.environments.interpreters import (
    abi,
    base_executable,
    chosen_count,
    find_interpreters,
    manylinux,
)
from oneroof.environments.model import Interpreter, InterpreterError
from oneroof.paths import RelPath

MANIFEST = RelPath("libs/ml/pyproject.toml")


def python(version: str, flags: str = "") -> Interpreter:
    major, minor = version.split(".")[:2]
    return Interpreter(
        path=f"/opt/{version}{flags}/bin/python",
        version=version,
        markers=(
            ("implementation_name", "cpython"),
            ("python_full_version", version),
            ("python_version", f"{major}.{minor}"),
            ("sys_platform", "linux"),
        ),
        abi=f"cp{major}{minor}{flags}",
        platforms=tuple(manylinux("2.36", "x86_64")),
        site_packages=f"lib/python{major}.{minor}/site-packages",
    )


P39, P311, P312, P313, P314 = map(python, ("3.9.18", "3.11.7", "3.12.1", "3.13.0", "3.14.0rc1"))
ALL = (P311, P39, P312, P313, P314)


def test_the_running_interpreter_is_found_with_its_markers(
    interpreters: tuple[Interpreter, ...],
) -> None:
    found = interpreters[0]
    markers = dict(found.markers)
    assert found.path == str(Path(sys.executable).resolve())
    assert found.version.startswith(".".join(map(str, sys.version_info[:3])))
    assert markers["implementation_name"] == "cpython"
    assert markers["sys_platform"] == sys.platform
    assert found.site_packages == f"lib/python{found.minor}/site-packages"


def test_its_wheel_tags_are_those_packaging_finds_for_the_running_interpreter(
    interpreters: tuple[Interpreter, ...],
) -> None:
    from packaging import tags

    assert target_of(interpreters[0]).tags == frozenset(map(str, tags.sys_tags()))


def test_no_interpreter_comes_twice(interpreters: tuple[Interpreter, ...]) -> None:
    paths = [each.path for each in interpreters]
    assert len(paths) == len(set(paths))


def test_answers_are_remembered_until_the_executable_changes(tmp_path: Path) -> None:
    fake = tmp_path / "bin" / "python3"
    fake.parent.mkdir()
    asked = tmp_path / "asked"
    script = f'#!/bin/sh\necho x >> "{asked}"\nexec "{sys.executable}" "$@"\n'
    fake.write_text(script)
    fake.chmod(0o755)
    environment = {"PATH": str(fake.parent), "HOME": str(tmp_path)}
    first = find_interpreters(tmp_path / "cache", environment)
    assert find_interpreters(tmp_path / "cache", environment) == first
    assert asked.read_text() == "x\n"
    fake.write_text(f"{script}# changed\n")
    find_interpreters(tmp_path / "cache", environment)
    assert asked.read_text() == "x\nx\n"


def test_what_does_not_answer_as_python_is_passed_over(tmp_path: Path) -> None:
    fake = tmp_path / "python3"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    found = find_interpreters(tmp_path / "cache", {"ONEROOF_PYTHON": str(fake), "HOME": "/none"})
    assert str(fake) not in {each.path for each in found}


def test_a_virtual_environment_leads_to_its_base(tmp_path: Path) -> None:
    base = Path(sys.executable).resolve()
    folder = tmp_path / "venv" / "bin"
    folder.mkdir(parents=True)
    (folder / "python").write_bytes(b"a copy")
    (tmp_path / "venv" / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
    assert base_executable(folder / "python") == (base.parent / "python").resolve()


def test_shims_and_dangling_links_are_no_interpreters(tmp_path: Path) -> None:
    (tmp_path / "python").symlink_to("nowhere")
    assert base_executable(tmp_path / "python") is None
    assert base_executable(tmp_path / "shims" / "python") is None


def test_chosen_interpreters_come_first(tmp_path: Path) -> None:
    environment = {"ONEROOF_PYTHON": f"/none/python:{sys.executable}", "HOME": str(tmp_path)}
    assert chosen_count(environment) == 1


@pytest.mark.parametrize(
    ("version", "free_threaded", "debug", "expected"),
    [
        ("3.11", False, False, "cp311"),
        ("3.13", True, False, "cp313t"),
        ("3.12", False, True, "cp312d"),
        ("3.7", False, False, "cp37m"),
    ],
)
def test_abi_tags(version: str, free_threaded: bool, debug: bool, expected: str) -> None:  # noqa: FBT001
    assert abi(version, free_threaded=free_threaded, debug=debug) == expected


def test_manylinux_tags_reach_down_to_the_oldest_with_their_older_names() -> None:
    assert list(manylinux("2.18", "aarch64")) == [
        "manylinux_2_18_aarch64",
        "manylinux_2_17_aarch64",
        "manylinux2014_aarch64",
    ]
    assert list(manylinux("2.36", "x86_64"))[-2:] == ["manylinux_2_5_x86_64", "manylinux1_x86_64"]


@pytest.mark.parametrize(
    ("specifier", "wish", "expected"),
    [
        (">=3.9", "", P311),
        (">=3.12", "", P313),
        (">=3.9,<3.11", "", P39),
        (">=3.14.0rc1", "", P314),
        (">=3.9", "3.12", P312),
        (">=3.9", "3.12.8", P312),
        (">=3.9", "cpython-3.9.18", P39),
        (">=3.12", "3.9", P313),
        (">=3.9", "pypy3.10", P311),
    ],
)
def test_choice_by_version(specifier: str, wish: str, expected: Interpreter) -> None:
    wished = PythonWish(wish, RelPath(".python-version")) if wish else None
    assert choose(ALL, (PythonDemand(specifier, MANIFEST),), wished) == expected


def test_chosen_interpreters_win_over_the_running_one() -> None:
    assert choose((P312, P39, P311, P313), preferred=2) == P312
    assert choose((P39, P311, P313), preferred=1) == P39


def test_an_interpreter_without_wheels_for_the_pins_is_passed_over() -> None:
    def judge(each: Interpreter) -> Lacking:
        return Lacking() if each is P39 else Lacking(("`torch` 2.0.1 has no wheel",))

    assert choose(ALL, judge=judge) == P39


def test_an_interpreter_that_must_compile_what_others_need_not_is_passed_over() -> None:
    def judge(each: Interpreter) -> Lacking:
        return Lacking() if each is P39 else Lacking((), ("grpcio",))

    assert choose(ALL, judge=judge) == P39
    assert choose(ALL, wish=PythonWish("3.12", MANIFEST), judge=judge) == P312


def test_what_must_be_compiled_everywhere_decides_nothing() -> None:
    assert choose(ALL, judge=lambda _: Lacking((), ("grpcio",))) == P311


def test_free_threaded_interpreters_come_last() -> None:
    assert choose((P39, python("3.13.0", "t")), (PythonDemand(">=3.9", MANIFEST),)) == P39


def test_an_unsatisfied_demand_names_file_and_interpreters() -> None:
    demand = PythonDemand(">=3.15", MANIFEST)
    with pytest.raises(InterpreterError) as caught:
        choose((P311, P39), (demand,))
    assert caught.value.message == (
        "no Python here satisfies `>=3.15` (libs/ml/pyproject.toml): found `3.11.7`, `3.9.18`"
    )
    assert caught.value.exit_code == 4


def test_pins_that_block_every_interpreter_are_named_for_each() -> None:
    with pytest.raises(InterpreterError) as caught:
        choose((P311, P39), judge=lambda each: Lacking((f"`torch` has no wheel for {each.abi}",)))
    assert caught.value.message == (
        "no Python here can install every pin: "
        "Python 3.11 will not do, as `torch` has no wheel for cp311; "
        "Python 3.9 will not do, as `torch` has no wheel for cp39"
    )


@given(st.permutations([P39, P312, P313, P314]))
def test_beyond_the_running_one_the_order_of_candidates_does_not_matter(
    others: list[Interpreter],
) -> None:
    demand = PythonDemand("!=3.11.*", MANIFEST)
    assert choose((P311, *others), (demand,)) == P313
