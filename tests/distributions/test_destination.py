from __future__ import annotations

import pytest

from oneroof.distributions.destination import PYPI, TEST_PYPI, Destination, find_destination
from oneroof.errors import ConfigError
from oneroof.workspace.model import Index

CORP = Index("corp", "https://c.example/simple", publish_url="https://c.example/up")
FOUND = Destination("corp", "https://c.example/simple", "https://c.example/up")


@pytest.mark.parametrize(
    ("wanted", "publish_url", "found"),
    [
        ("pypi", "", PYPI),
        ("testpypi", "", TEST_PYPI),
        ("https://pypi.org/simple", "", PYPI),
        ("corp", "", FOUND),
        ("https://c.example/simple/", "", FOUND),
        ("https://c.example/up", "", FOUND),
        ("", "https://c.example/up/", FOUND),
        ("corp", "https://o.example/", Destination("corp", FOUND.url, "https://o.example/")),
        (
            "https://n.example/r/simple/",
            "",
            Destination("", "https://n.example/r/simple/", "https://n.example/r/"),
        ),
        (
            "https://n.example/x",
            "https://n.example/y",
            Destination("", "https://n.example/x", "https://n.example/y"),
        ),
    ],
)
def test_an_index_by_what_is_said_of_it(wanted: str, publish_url: str, found: Destination) -> None:
    assert find_destination(wanted, publish_url, [CORP], {}) == found


def test_variables_of_uv_count_where_nothing_else_is_said() -> None:
    environ = {"UV_PUBLISH_INDEX": "corp"}
    assert find_destination("", "", [CORP], environ) == FOUND
    assert find_destination("pypi", "", [CORP], environ) == PYPI
    assert find_destination("", "", [CORP], {"UV_PUBLISH_URL": FOUND.publish_url}) == FOUND


def test_an_index_that_is_declared_twice_is_no_index() -> None:
    other = Index("corp", "https://d.example/simple", publish_url="https://d.example/up")
    with pytest.raises(ConfigError, match="declared differently in several manifests"):
        find_destination("corp", "", [CORP, other], {})


def test_credentials_in_a_publish_url_are_refused_without_repeating_them() -> None:
    index = Index("corp", "https://c.example/simple", publish_url="https://u:pw@c.example/up")
    with pytest.raises(ConfigError) as raised:
        find_destination("corp", "", [index], {})
    assert raised.value.message == (
        "`https://***@c.example/up` holds credentials, which a command line would show to others"
    )


def test_pypi_is_only_read_without_being_named() -> None:
    assert find_destination("", "", [CORP], {}, is_only_read=True) == PYPI
    with pytest.raises(ConfigError, match="where to publish is not said"):
        find_destination("", "", [CORP], {})
