"""Projects made up of a name and lines that say what they require.

A line is `kind requirement`: `main b`, `extra:x b[y]`, `group:dev b`.
"""

from collections.abc import Iterable, Sequence

from packaging.requirements import Requirement as Parsed

from oneroof.paths import RelPath
from oneroof.workspace.discovery import Discovery
from oneroof.workspace.graph import Graph, link
from oneroof.workspace.model import (
    Group,
    Kind,
    Metadata,
    Project,
    ProjectName,
    Requirement,
    Source,
    Workspace,
)
from oneroof.workspace.settings import ProjectSettings, Role


def requirement(
    line: str, folder: str, place: int = 0, sources: Sequence[Source] = ()
) -> Requirement:
    kind, _, text = line.partition(" ")
    parsed = Parsed(text)
    return Requirement(
        name=parsed.name,
        kind=Kind(kind),
        declared_in=RelPath(f"{folder}/pyproject.toml"),
        key=f"key[{place}]",
        specifier=str(parsed.specifier),
        extras=tuple(sorted(parsed.extras)),
        sources=tuple(sources),
    )


def project(
    name: str,
    *lines: str | Requirement,
    path: str | None = None,
    role: Role = Role.LIB,
    settings: ProjectSettings | None = None,
) -> Project:
    folder = path or f"libs/{name.partition('@')[0]}"
    requirements = tuple(
        requirement(line, folder, place) if isinstance(line, str) else line
        for place, line in enumerate(lines)
    )
    kinds = [each.kind.partition(":") for each in requirements]
    return Project(
        name=ProjectName(name),
        path=RelPath(folder),
        role=role,
        role_evidence="said so",
        metadata=Metadata(
            manifests=(RelPath(f"{folder}/pyproject.toml"),),
            name=name.partition("@")[0],
            requirements=requirements,
            extras=tuple(dict.fromkeys(n for word, _, n in kinds if word == "extra")),
            groups=tuple(Group(n) for n in dict.fromkeys(n for w, _, n in kinds if w == "group")),
        ),
        settings=settings or ProjectSettings(),
        tags=settings.tags if settings else (),
    )


def graph(projects: Iterable[Project]) -> Graph:
    ordered = tuple(sorted(projects, key=lambda each: each.path))
    return Graph(Workspace(ordered, link(ordered)))


def named(name: str, more: str = "") -> str:
    return f'[project]\nname = "{name}"\nversion = "1"\n{more}'


def places(found: Discovery) -> list[tuple[str, str]]:
    return [(project.name, project.path) for project in found.projects]
