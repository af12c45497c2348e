import pytest

from oneroof.errors import (
    ConfigError,
    OneroofError,
    Problem,
    RemoteError,
    SelectionError,
    ToolError,
)


@pytest.mark.parametrize(
    ("family", "code"),
    [
        (ConfigError, 2),
        (SelectionError, 3),
        (ToolError, 4),
        (RemoteError, 5),
        (OneroofError, 70),
    ],
)
def test_each_family_of_errors_has_its_exit_code(family: type[OneroofError], code: int) -> None:
    error = family("it cannot be", hint="change it")
    assert (error.exit_code, error.message, error.hint, str(error)) == (
        code,
        "it cannot be",
        "change it",
        "it cannot be",
    )


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (
            Problem("a/pyproject.toml", "is wrong", "project.name"),
            "a/pyproject.toml: project.name: is wrong",
        ),
        (Problem("a/pyproject.toml", "is wrong"), "a/pyproject.toml: is wrong"),
        (Problem("", "is wrong"), "is wrong"),
    ],
)
def test_a_problem_reads_place_first(problem: Problem, text: str) -> None:
    assert str(problem) == text
