import shlex
import sys
from pathlib import Path

import pytest

from oneroof.errors import ToolError
from oneroof.processes import check, run

PYTHON = sys.executable


def test_an_outcome_holds_all_that_the_process_said() -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    outcome = run([PYTHON, "-c", script])
    assert (outcome.arguments, outcome.exit_code, outcome.stdout, outcome.stderr) == (
        (PYTHON, "-c", script),
        3,
        b"out\n",
        b"err\n",
    )


def test_the_tail_is_the_last_lines_of_standard_error() -> None:
    script = "import sys; print('out'); [print(n, file=sys.stderr) for n in range(30)]"
    assert run([PYTHON, "-c", script]).tail() == "\n".join(map(str, range(10, 30)))


def test_the_tail_of_a_process_that_only_wrote_to_standard_output_is_that() -> None:
    assert run([PYTHON, "-c", r"print('a\nb')"]).tail() == "a\nb"


def test_variables_are_added_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "1")
    script = "import os; print(os.environ['KEPT'], os.environ['ADDED'])"
    assert check("print", [PYTHON, "-c", script], env={"ADDED": "2"}) == b"1 2\n"


def test_variables_are_left_out_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEFT", "1")
    script = "import os; print(os.environ.get('LEFT'))"
    assert run([PYTHON, "-c", script], without=("LEFT", "NOT_THERE")).stdout == b"None\n"


def test_standard_input_and_working_directory_are_handed_over(tmp_path: Path) -> None:
    script = "import os, sys; print(os.getcwd(), sys.stdin.read())"
    said = check("print", [PYTHON, "-c", script], cwd=tmp_path, stdin=b"hello")
    assert said == f"{tmp_path} hello\n".encode()


def test_a_missing_tool_is_named_with_what_to_do() -> None:
    with pytest.raises(ToolError) as caught:
        run(["no-such-tool", "--version"])
    assert (caught.value.message, caught.value.hint, caught.value.exit_code) == (
        "tried to run `no-such-tool` but it was not found",
        "install `no-such-tool` or put it on PATH",
        4,
    )


def test_a_missing_working_directory_is_not_taken_for_a_missing_tool(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(ToolError) as caught:
        run([PYTHON, "--version"], cwd=gone)
    assert caught.value.message == f"tried to run `{PYTHON}` but the folder `{gone}` does not exist"


def test_a_file_that_is_no_program_is_an_error_of_the_tool(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("")
    with pytest.raises(ToolError, match="could not be started: Permission denied"):
        run([str(program)])


def test_a_failing_tool_is_reported_with_code_last_lines_and_how_to_rerun_it() -> None:
    script = "import sys; sys.exit('it broke')"
    with pytest.raises(ToolError) as caught:
        check("mend it", [PYTHON, "-c", script])
    name = Path(PYTHON).name
    assert caught.value.message == f"tried to mend it but `{name}` exited with 1:\nit broke"
    assert caught.value.hint == f"run it again: {shlex.join([PYTHON, '-c', script])}"
