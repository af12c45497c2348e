from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from oneroof.distributions.simple_index import IndexedFile, SimpleIndex, read_listing
from oneroof.transport import Answer, Body, Http

if TYPE_CHECKING:
    from collections.abc import Mapping

URL = "https://index.example/simple/a/"


class Told(Http):
    """Answers that are there already, by URL; what was asked is kept."""

    def __init__(self, answers: Mapping[str, Answer], wants: str = "") -> None:
        super().__init__()
        self.answers = answers
        self.wants = wants
        self.asked: list[tuple[str, str]] = []

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: Body | None = None
    ) -> Answer:
        del method, body
        said = headers.get("Authorization", "")
        self.asked.append((url, said))
        if self.wants not in {"", said}:
            return Answer(401, {}, b"", url)
        return self.answers.get(url, Answer(404, {}, b"", url))


def html(text: str, url: str = URL) -> Answer:
    return Answer(200, {"content-type": "text/html; charset=UTF-8"}, text.encode(), url)


def test_files_of_a_page() -> None:
    page = html(
        '<a href="../">up</a><a href="../../f/A-1.0-py3-none-any.whl#sha256=ab">A</a>'
        '<a href="https://files.example/a%2B1-2.0%2Bx.tar.gz">a</a><a href="/about">?</a>'
    )
    assert read_listing(page) == (
        IndexedFile(
            "A-1.0-py3-none-any.whl",
            "https://index.example/f/A-1.0-py3-none-any.whl",
            {"sha256": "ab"},
        ),
        IndexedFile("a+1-2.0+x.tar.gz", "https://files.example/a%2B1-2.0%2Bx.tar.gz"),
    )


def test_a_page_without_files_is_an_index_s() -> None:
    assert read_listing(html("<h1>Links for a</h1><a href='../'>up</a>")) == ()


@pytest.mark.parametrize(
    ("filename", "version"),
    [
        ("a_b-1.0.0-py3-none-any.whl", "1.0.0"),
        ("a-b-1.0.rc1.tar.gz", "1.0rc1"),
        ("a.tar.gz", ""),
        ("a-1.0.exe", ""),
    ],
)
def test_a_version_is_that_of_the_name(filename: str, version: str) -> None:
    assert IndexedFile(filename, "").version == version


def test_what_another_host_answers_is_not_the_index_s() -> None:
    page = html('<a href="a-1.0.tar.gz">a</a>', "https://pypi.example/simple/a/")
    assert SimpleIndex("https://index.example/simple", (), Told({URL: page})).files("A") == ()


def test_credentials_are_said_when_they_are_asked_for() -> None:
    page = html('<a href="a-1.0.tar.gz">a</a>')
    http = Told({URL: page}, wants="right")
    index = SimpleIndex("https://u:pw@index.example/simple", ("wrong", "right", "more"), http)
    assert [each.filename for each in index.files("a")] == ["a-1.0.tar.gz"]
    index.files("b")
    assert http.asked == [
        (URL, ""),
        (URL, "wrong"),
        (URL, "right"),
        ("https://index.example/simple/b/", "right"),
    ]


def test_credentials_never_go_over_plain_http() -> None:
    http = Told({}, wants="right")
    with pytest.raises(Exception, match="does not let itself be read"):
        SimpleIndex("http://index.example/simple", ("right",), http).files("a")
    assert http.asked == [("http://index.example/simple/a/", "")]


def test_credentials_never_go_to_the_host_of_files() -> None:
    url = "https://files.example/a-1.0.tar.gz"
    http = Told({URL: html("")}, wants="right")
    index = SimpleIndex("https://index.example/simple", ("right",), http)
    index.files("a")
    with pytest.raises(Exception, match="does not let itself be read"):
        index.holds(IndexedFile("a-1.0.tar.gz", url), b"x")
    assert http.asked[-1] == (url, "")


@pytest.mark.parametrize("algorithm", ["sha256", "md5", "blake2b"])
def test_a_hash_tells_the_content(algorithm: str) -> None:
    index = SimpleIndex("https://index.example/simple", (), Told({}))
    digest = hashlib.new(algorithm, b"x").hexdigest()
    file = IndexedFile("a-1.0.tar.gz", URL, {"unheard-of": "0", algorithm: digest})
    assert index.holds(file, b"x")
    assert not index.holds(file, b"y")


def test_a_file_without_a_hash_is_looked_at() -> None:
    url = "https://index.example/f/a-1.0.tar.gz"
    index = SimpleIndex("https://index.example/simple", (), Told({url: Answer(200, {}, b"x", url)}))
    assert index.holds(IndexedFile("a-1.0.tar.gz", url), b"x")
    assert not index.holds(IndexedFile("a-1.0.tar.gz", url), b"y")
