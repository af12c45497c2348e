"""Judging a changed `pyproject.toml` by key: what changed, and whom it concerns."""

from collections.abc import Mapping

from oneroof.changes.configuration import TOOLS
from oneroof.changes.inputs import Reach

INERT_KEYS = frozenset(
    {
        "project.authors",
        "project.classifiers",
        "project.description",
        "project.keywords",
        "project.license",
        "project.license-files",
        "project.maintainers",
        "project.readme",
        "project.urls",
        # How a run is divided and judged, not what a test does.
        "tool.oneroof.durations",
        "tool.oneroof.flaky",
        "tool.oneroof.retries",
        "tool.poetry.authors",
        "tool.poetry.classifiers",
        "tool.poetry.description",
        "tool.poetry.documentation",
        "tool.poetry.homepage",
        "tool.poetry.keywords",
        "tool.poetry.license",
        "tool.poetry.maintainers",
        "tool.poetry.readme",
        "tool.poetry.repository",
        "tool.poetry.urls",
    }
)
INERT_TOOLS = frozenset(
    {
        "bandit",
        "bumpversion",
        "check-manifest",
        "codespell",
        "commitizen",
        "deptry",
        "docformatter",
        "interrogate",
        "pydocstyle",
        "pyproject-fmt",
        "semantic_release",
        "towncrier",
        "vulture",
    }
)
DEVELOPMENT_KEYS = (
    "dependency-groups",
    "tool.pdm.dev-dependencies",
    "tool.poetry.dev-dependencies",
    "tool.poetry.group",
    "tool.uv.dev-dependencies",
    "tool.uv.default-groups",
    "tool.hatch.envs",
    "tool.pdm.scripts",
    "tool.poe",
    "tool.oneroof",
)
DEEP_TABLES = frozenset({"poetry", "uv", "pdm", "hatch", "flit", "setuptools", "oneroof"})
"""Tool tables that are told apart by their own keys."""


def changed_keys(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """The dotted keys whose values differ, sorted, two or three levels deep."""
    return list(changed_values(old, new))


def changed_values(
    old: Mapping[str, object], new: Mapping[str, object]
) -> dict[str, tuple[object, object]]:
    """The dotted keys whose values differ, sorted, with both values."""
    before, after = _flatten(old), _flatten(new)
    return {
        key: (before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    }


def judge_key(key: str) -> Reach:
    """How far a changed key of a project's own manifest is felt.

    Tables of known tools are left to the configuration of tasks.
    """
    if key in INERT_KEYS or tool_of(key) is not None or _tool_name(key) in INERT_TOOLS:
        return Reach.NOBODY
    if any(key == each or key.startswith(each + ".") for each in DEVELOPMENT_KEYS):
        return Reach.OWNER
    return Reach.DEPENDENTS


def effective_keys(document: Mapping[str, object], least: Reach) -> dict[str, object]:
    """The keys of a manifest whose change is felt at least that far, with their values."""
    return {
        key: value
        for key, value in _flatten(document).items()
        if judge_key(key).value >= least.value
    }


def tool_of(key: str) -> str | None:
    """The known tool that a key configures."""
    return next(
        (
            tool.name
            for tool in TOOLS
            if any(key == table or key.startswith(table + ".") for table in tool.tables)
        ),
        None,
    )


def _tool_name(key: str) -> str:
    return key.split(".")[1] if key.startswith("tool.") else ""


def _flatten(document: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, table in document.items():
        if not isinstance(table, Mapping):
            found[name] = table
            continue
        for key, value in table.items():
            if name == "tool" and key in DEEP_TABLES and isinstance(value, Mapping):
                found.update({f"tool.{key}.{inner}": each for inner, each in value.items()})
            else:
                found[f"{name}.{key}"] = value
    return found
