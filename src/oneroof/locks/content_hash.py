"""The digests Poetry and PDM keep in a lock of the manifest it was made from.

Both hash JSON of the parts of `pyproject.toml` that matter; which parts, changed over time, so
that one manifest has several digests that are as good.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping

from oneroof.workspace.dialects.pep508 import normalise_name

_Table = Mapping[str, object]

_POETRY_ALWAYS = ("dependencies", "source", "extras", "dev-dependencies")
_POETRY_PROJECT = ("requires-python", "dependencies", "optional-dependencies")


def poetry_hashes(document: _Table) -> frozenset[str]:
    """What Poetry 1.0 to 2.x would write as `metadata.content-hash`."""
    poetry = _table(_table(document, "tool"), "poetry")
    project = {
        key: value
        for key, value in _table(document, "project").items()
        if key in _POETRY_PROJECT and value is not None
    }
    groups = _table(document, "dependency-groups")
    return frozenset(
        {
            _sha256(_poetry_1(poetry)),
            _sha256(_poetry_2(poetry, project, {})),
            _sha256(_poetry_2(poetry, project, groups)),
        }
    )


def _poetry_1(poetry: _Table) -> _Table:
    content = {key: poetry.get(key) for key in _POETRY_ALWAYS}
    if "group" in poetry:
        content["group"] = poetry["group"]
    return content


def _poetry_2(poetry: _Table, project: _Table, groups: _Table) -> _Table:
    if not project and not groups:
        return _poetry_1(poetry)
    own = {key: poetry[key] for key in (*_POETRY_ALWAYS, "group") if poetry.get(key) is not None}
    content: dict[str, object] = {"tool": {"poetry": own}}
    if project:
        content["project"] = project
    if groups:
        content["dependency-groups"] = groups
    return content


def pdm_hashes(document: _Table) -> frozenset[str]:
    """What PDM 2 would write as `metadata.content_hash`; empty for the root of a PDM workspace.

    A workspace's digest holds those of its members, which this does not follow.
    """
    pdm = _table(_table(document, "tool"), "pdm")
    if "workspace" in pdm:
        return frozenset()
    project = _table(document, "project")
    resolution = _table(pdm, "resolution")
    return frozenset(
        f"sha256:{_sha256({**_pdm(pdm, project, groups), **last})}"
        for groups in _pdm_groups(document, pdm)
        for last in ({"resolution": resolution}, {"overrides": resolution.get("overrides", {})})
    )


def _pdm(pdm: _Table, project: _Table, groups: _Table) -> _Table:
    return {
        "sources": pdm.get("source", []),
        "dependencies": project.get("dependencies", []),
        "dev-dependencies": groups,
        "optional-dependencies": project.get("optional-dependencies", {}),
        "requires-python": project.get("requires-python", ""),
    }


def _pdm_groups(document: _Table, pdm: _Table) -> Iterator[_Table]:
    """The development groups as newer versions join them, and as older ones took them."""
    yield _table(pdm, "dev-dependencies")
    joined: dict[str, list[object]] = {}
    for table in (_table(document, "dependency-groups"), _table(pdm, "dev-dependencies")):
        for name, listed in table.items():
            if isinstance(listed, list):
                joined.setdefault(normalise_name(name), []).extend(listed)
    yield joined


def _table(document: _Table, name: str) -> _Table:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _sha256(content: object) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
