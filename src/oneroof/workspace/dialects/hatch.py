"""Hatch: environments as groups, dynamic versions, and metadata hooks; from either of its files."""

import re

import msgspec

from oneroof import paths
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.dialects.project import read_requirements
from oneroof.workspace.dialects.static_version import find_by_pattern, find_in_module
from oneroof.workspace.dialects.toml import Table, read_document
from oneroof.workspace.model import MAIN, Group, Kind, Requirement, extra, group
from oneroof.workspace.tree import Tree

DEFAULT = "default"


class _Environment(msgspec.Struct, frozen=True):
    name: str
    table: Table
    template: str
    """The environment it inherits from; itself where it inherits nothing."""


def read_hatch(document: Table, tree: Tree) -> Table:
    """`[tool.hatch]` with the tables of `hatch.toml` in place of its own."""
    table = document.table("tool", "hatch")
    path = paths.join(paths.parent(table.path), "hatch.toml")
    own, problems = read_document(tree, path)
    table.problems.extend(problems)
    if own is None:
        return table
    return Table(path, {**table.values, **own}, table.problems, "")


def read_environments(
    hatch: Table, name: str | None
) -> tuple[tuple[Group, ...], tuple[Requirement, ...]]:
    """Each environment as a group of what it adds to the project: its dependencies and features.

    An environment takes from its template the lists that it does not give itself.
    """
    environments = _environments(hatch)
    requirements: list[Requirement] = []
    for environment in environments.values():
        kind = group(normalise_name(environment.name))
        chain = _chain(environments, environment)
        for key in ("dependencies", "extra-dependencies"):
            owner = next((each.table for each in chain if key in each.table), None)
            requirements += read_requirements(owner, key, kind) if owner else ()
        requirements += _features(chain, name, kind)
    groups = tuple(Group(normalise_name(each), default=each == DEFAULT) for each in environments)
    return groups, tuple(requirements)


def find_hatch_version(hatch: Table, tree: Tree) -> str | None:
    """The version that `tool.hatch.version` leads to, where it stands in a file."""
    table = hatch.table("version")
    source = table.text("source") or "regex"
    text = table.text("path")
    if text is None or source not in {"regex", "code"}:
        return None
    path = paths.normalise(paths.parent(table.path), text)
    if path is None or path not in tree:
        table.note("path", f"`{text}` does not exist", hint="name the file that holds the version")
        return None
    if source == "code":
        expression = table.text("expression") or "__version__"
        return find_in_module(tree, path, expression)
    pattern = table.text("pattern") if isinstance(table.values.get("pattern"), str) else None
    try:
        return find_by_pattern(tree, path, pattern) if pattern else find_by_pattern(tree, path)
    except re.error as error:
        table.note("pattern", f"is no usable regular expression: {error}", hint="mend it")
        return None


def read_hooks(hatch: Table) -> tuple[list[Requirement], list[str]]:
    """Dependencies and extras that the hook `uv-dynamic-versioning` fills the version into."""
    hook = hatch.table("metadata", "hooks", "uv-dynamic-versioning")
    requirements = read_requirements(hook, "dependencies", MAIN)
    optional = hook.table("optional-dependencies")
    for name in optional.values:
        requirements += read_requirements(optional, name, extra(normalise_name(name)))
    return requirements, [normalise_name(name) for name in optional.values]


def requirements_files(hatch: Table) -> dict[str | None, list[tuple[str, str]]]:
    """Files that the hook `requirements_txt` reads, by extra, None for the main ones."""
    hook = hatch.table("metadata", "hooks", "requirements_txt")
    files: dict[str | None, list[tuple[str, str]]] = {None: hook.texts("files")}
    filename = hook.text("filename")
    if filename is not None:
        files[None] = [(hook.at("filename"), filename)]
    optional = hook.table("optional-dependencies")
    for name in optional.values:
        files[normalise_name(name)] = optional.texts(name)
    return files


def _environments(hatch: Table) -> dict[str, _Environment]:
    declared = hatch.table("envs")
    found = {}
    for name, _, value in declared.items():
        if not isinstance(value, dict):
            continue
        table = declared.table(name)
        # Hatch's own environments (hatch-test, ...) and detached ones inherit nothing.
        alone = name == DEFAULT or name.startswith("hatch-") or table.flag("detached")
        template = table.text("template") or (name if alone else DEFAULT)
        found[name] = _Environment(name, table, template)
    return found


def _chain(environments: dict[str, _Environment], environment: _Environment) -> list[_Environment]:
    chain = [environment]
    names = {environment.name}
    while chain[-1].template not in names and chain[-1].template in environments:
        chain.append(environments[chain[-1].template])
        names.add(chain[-1].name)
    return chain


def _features(chain: list[_Environment], name: str | None, kind: Kind) -> list[Requirement]:
    owner = next((each.table for each in chain if "features" in each.table), None)
    if owner is None or name is None:
        return []
    return [
        Requirement(
            normalise_name(name),
            kind,
            owner.path,
            key,
            extras=(normalise_name(text),),
        )
        for key, text in owner.texts("features")
    ]
