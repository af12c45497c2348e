from __future__ import annotations

import pytest

from oneroof.errors import ConfigError
from oneroof.images.reference import Reference, name_of, parse_reference, tag_of

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("python", Reference("docker.io", "library/python")),
        ("python:3.12-slim", Reference("docker.io", "library/python", "3.12-slim")),
        ("acme/shop", Reference("docker.io", "acme/shop")),
        ("ghcr.io/acme/shop:1", Reference("ghcr.io", "acme/shop", "1")),
        ("localhost/shop", Reference("localhost", "shop")),
        ("127.0.0.1:5000/a/b/c:t", Reference("127.0.0.1:5000", "a/b/c", "t")),
        (f"shop@{DIGEST}", Reference("docker.io", "library/shop", "", DIGEST)),
        (f"r.io/shop:1@{DIGEST}", Reference("r.io", "shop", "1", DIGEST)),
    ],
)
def test_names_are_read_as_engines_read_them(text: str, expected: Reference) -> None:
    assert parse_reference(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "Shop", "a b", "shop:", "shop:a b", "shop@sha256:1", "r.io/", "a//b", "../x", "shop@"],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is no name of an image"):
        parse_reference(text)


@pytest.mark.parametrize(
    ("branch", "tag"),
    [
        ("main", "main"),
        ("feature/x#1", "feature-x-1"),
        ("--", ""),
        ("\u00e9t\u00e9", "t"),
        ("a" * 200, "a" * 128),
    ],
)
def test_branches_become_tags(branch: str, tag: str) -> None:
    assert tag_of(branch) == tag


@pytest.mark.parametrize(
    ("project", "name"),
    [("Shop_API", "shop-api"), ("a@services/x", "a-services-x"), ("---", "image")],
)
def test_projects_become_names(project: str, name: str) -> None:
    assert name_of(project) == name
