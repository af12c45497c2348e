from __future__ import annotations

from typing import TYPE_CHECKING

from oneroof.distributions.logins import reading_authorizations
from oneroof.transport import basic_authorization

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://me:a%20b@index.example/simple"


def test_the_closest_comes_first(tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine index.example login you password c\n")
    environ = {
        "UV_INDEX_MY_CORP_USERNAME": "bot",
        "UV_INDEX_MY_CORP_PASSWORD": "d",
        "NETRC": str(netrc),
        "UV_PUBLISH_TOKEN": "t",
    }
    found = reading_authorizations("my-corp", URL, "https://index.example/up", environ)
    assert list(found) == [
        basic_authorization(*each)
        for each in (("bot", "d"), ("me", "a b"), ("you", "c"), ("__token__", "t"))
    ]


def test_what_is_for_uploading_is_said_to_no_other_host(tmp_path: Path) -> None:
    environ = {
        "UV_PUBLISH_TOKEN": "t",
        "UV_PUBLISH_USERNAME": "u",
        "UV_PUBLISH_PASSWORD": "p",
        "NETRC": str(tmp_path / "none"),
    }
    there = "https://upload.example/"
    assert list(reading_authorizations("", "https://index.example/simple", there, environ)) == []


def test_a_netrc_file_that_is_none_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("what is this")
    environ = {"NETRC": str(tmp_path / "netrc")}
    assert list(reading_authorizations("", "https://i.example/simple", "", environ)) == []
