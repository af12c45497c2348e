from pathlib import Path

import pytest

from oneroof.environments.uv import Batch, explain, plan_batches, redact
from oneroof.locks.model import LockSource, Pin, registry
from oneroof.locks.redaction import as_user_has_it

ROOT = Path("/repository")
HASH = "sha256:aa"


def test_pins_are_sorted_into_calls_by_index_and_hashes() -> None:
    cpu = registry("https://download.example/cpu", "cpu")
    pins = (
        Pin("numpy", "2.0", hashes=(HASH, "sha256:bb")),
        Pin("torch", "2.0.1+cpu", cpu, (HASH,)),
        Pin("unhashed", "1.0"),
        Pin("tool", None, LockSource("git", "https://example/tool.git", "abc", "sub"), (HASH,)),
        Pin("local", "1.0", LockSource("path", "vendor/local-1.0-py3-none-any.whl"), (HASH,)),
        Pin("folder", None, LockSource("directory", "vendor/my folder")),
    )
    assert plan_batches(pins, ROOT) == (
        Batch(
            "",
            False,
            (
                "unhashed==1.0",
                "tool @ git+https://example/tool.git@abc#subdirectory=sub",
                "folder @ file:///repository/vendor/my%20folder",
            ),
        ),
        Batch(
            "",
            True,
            (
                "numpy==2.0 --hash=sha256:aa --hash=sha256:bb",
                "local @ file:///repository/vendor/local-1.0-py3-none-any.whl --hash=sha256:aa",
            ),
        ),
        Batch(
            "cpu=https://download.example/cpu",
            True,
            ("torch==2.0.1+cpu --hash=sha256:aa",),
        ),
    )


def test_a_local_index_is_named_by_its_absolute_path() -> None:
    pins = (Pin("a", "1.0", registry("../wheels")), Pin("b", "1.0", registry("/wheels", "own")))
    batches = plan_batches(pins, ROOT)
    assert [each.index for each in batches] == ["/wheels", "own=/wheels"]


NO_WHEEL = """error: No solution found when resolving dependencies
  cause: Because torch==2.0.1 has no wheels with a matching Python ABI tag.

hint: You require CPython 3.13
  but we only found others
"""
NO_NETWORK = """error: Request failed after 3 retries
  cause: Failed to fetch: http://me:secret@localhost/simple/a/
  cause: Connection refused (os error 111)
"""


@pytest.mark.parametrize(
    ("stderr", "reason", "hint"),
    [
        (
            NO_WHEEL,
            """No solution found when resolving dependencies: Because torch==2.0.1 has no wheels \
with a matching Python ABI tag""",
            "You require CPython 3.13 but we only found others",
        ),
        (
            NO_NETWORK,
            """Request failed after 3 retries: Failed to fetch: http://***@localhost/simple/a/: \
Connection refused (os error 111)""",
            "check the network and the index, or give another one in `UV_DEFAULT_INDEX`",
        ),
        ("", "it said nothing", ""),
    ],
)
def test_failures_are_explained_in_one_sentence(stderr: str, reason: str, hint: str) -> None:
    assert explain(stderr) == (reason, hint)


def test_credentials_are_left_out() -> None:
    assert redact("at https://user:pa%20ss@host/x and https://token@host") == (
        "at https://***@host/x and https://***@host"
    )


def test_an_index_is_asked_with_the_credentials_that_the_user_has_for_it() -> None:
    environ = {
        "UV_DEFAULT_INDEX": "https://me:secret@here/simple/",
        "UV_INDEX": "more=https://you:other@there/simple https://open/simple",
    }
    asked = ("https://here/simple", "https://there/simple", "https://open/simple", "https://x/y")
    assert [as_user_has_it(each, environ) for each in asked] == [
        "https://me:secret@here/simple/",
        "https://you:other@there/simple",
        "https://open/simple",
        "https://x/y",
    ]
