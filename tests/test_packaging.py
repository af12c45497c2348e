"""What stands around the package: its entry point, completion, and the version it says it has."""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

import oneroof

REPOSITORY = Path(__file__).parent.parent


def run_oneroof(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "oneroof", *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_is_declared() -> None:
    (command,) = entry_points(group="console_scripts", name="oneroof")

    assert command.value == "oneroof.__main__:main"


def test_the_version_is_that_of_the_distribution() -> None:
    done = run_oneroof("--version")

    assert (done.returncode, done.stdout) == (0, f"oneroof {oneroof.__version__}\n")
    assert version("oneroof") == oneroof.__version__


def test_the_version_is_said_without_importing_click() -> None:
    code = "import sys; sys.argv[1:] = ['--version']; from oneroof.__main__ import main; main(); "
    done = subprocess.run(
        [sys.executable, "-c", code + "print('click' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[1] == "False"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion_script(shell: str) -> None:
    done = run_oneroof(_ONEROOF_COMPLETE=f"{shell}_source")

    assert done.returncode == 0
    assert f"_ONEROOF_COMPLETE={shell}_complete" in done.stdout


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        ("oneroof te", ["plain,test"]),
        ("oneroof ca", ["plain,cache"]),
        ("oneroof affected --form", ["plain,--format"]),
        ("oneroof affected --format gi", ["plain,github", "plain,gitlab"]),
        ("oneroof cache pr", ["plain,prune"]),
    ],
)
def test_commands_options_and_choices_are_completed(words: str, completions: list[str]) -> None:
    count = str(len(words.split()) - 1)
    done = run_oneroof(_ONEROOF_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)

    assert sorted(done.stdout.split()) == completions


def test_every_target_of_the_menu_is_explained() -> None:
    lines = (REPOSITORY / "Makefile").read_text(encoding="utf-8").splitlines()
    phony = next(line for line in lines if line.startswith(".PHONY:")).split()[1:]
    explained = [
        line.split(":")[0] for line in lines if " ## " in line and not line.startswith("\t")
    ]

    assert sorted(phony) == sorted(explained)


def test_the_licence_and_the_readme_go_with_the_source() -> None:
    manifest = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    included = manifest["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]

    assert all((REPOSITORY / path.removeprefix("/")).exists() for path in included)
