import pytest

from oneroof.changes.inputs import Reach
from oneroof.changes.manifests import changed_keys, effective_keys, judge_key, tool_of


@pytest.mark.parametrize(
    ("key", "reach"),
    [
        ("project.dependencies", Reach.DEPENDENTS),
        ("project.name", Reach.DEPENDENTS),
        ("project.version", Reach.DEPENDENTS),
        ("build-system.requires", Reach.DEPENDENTS),
        ("tool.setuptools.packages", Reach.DEPENDENTS),
        ("tool.poetry.dependencies", Reach.DEPENDENTS),
        ("tool.nobody-knows", Reach.DEPENDENTS),
        ("dependency-groups.dev", Reach.OWNER),
        ("tool.poetry.group", Reach.OWNER),
        ("tool.oneroof.tags", Reach.OWNER),
        ("project.description", Reach.NOBODY),
        ("project.urls", Reach.NOBODY),
        ("tool.poetry.authors", Reach.NOBODY),
        ("tool.ruff", Reach.NOBODY),
        ("tool.pytest", Reach.NOBODY),
        ("tool.towncrier", Reach.NOBODY),
    ],
)
def test_how_far_a_key_is_felt(key: str, reach: Reach) -> None:
    assert judge_key(key) is reach


def test_keys_are_told_apart_down_to_the_tables_that_matter() -> None:
    old = {
        "project": {"name": "a", "urls": {"x": 1}},
        "tool": {"uv": {"sources": 1, "index": 1}, "ruff": {"lint": {"select": []}}},
    }
    new = {
        "project": {"name": "b", "urls": {"x": 2}},
        "tool": {"uv": {"sources": 2, "index": 1}, "ruff": {"lint": {"select": ["E"]}}},
        "top": 1,
    }
    assert changed_keys(old, new) == [
        "project.name",
        "project.urls",
        "tool.ruff",
        "tool.uv.sources",
        "top",
    ]
    assert changed_keys(old, old) == []


def test_the_effective_keys_are_those_felt_at_least_that_far() -> None:
    document = {"project": {"name": "a", "description": "b"}, "dependency-groups": {"dev": []}}
    assert effective_keys(document, Reach.DEPENDENTS) == {"project.name": "a"}
    assert effective_keys(document, Reach.OWNER) == {
        "project.name": "a",
        "dependency-groups.dev": [],
    }


@pytest.mark.parametrize(
    ("key", "tool"),
    [("tool.ruff", "ruff"), ("tool.ruff.lint", "ruff"), ("tool.ruffle", None), ("project", None)],
)
def test_keys_of_known_tools_are_known(key: str, tool: str | None) -> None:
    assert tool_of(key) == tool
