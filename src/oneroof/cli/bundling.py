"""The wheels of projects with their internal libraries inside, from the wheels of all."""

from collections.abc import Iterable, Sequence

from oneroof.cache.disk import DiskStorage
from oneroof.distributions.archive import pack_wheel, parse_wheel
from oneroof.distributions.bundle import Part, bundle
from oneroof.distributions.plan import is_built
from oneroof.distributions.third_party import ThirdWheel
from oneroof.distributions.wheels import Built
from oneroof.errors import ConfigError, ToolError
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import MAIN, Project, ProjectName, extra


def to_bundle(graph: Graph, selected: Iterable[Project]) -> tuple[Project, ...]:
    """The selected projects and all internal ones that they, or extras of theirs, need.

    Raises:
        ConfigError: one of them is never built.
    """
    names: set[ProjectName] = set()
    for project in selected:
        names |= {project.name, *_libraries(graph, project)}
    return tuple(graph.projects[name] for name in sorted(names))


def _libraries(graph: Graph, project: Project) -> Sequence[ProjectName]:
    kinds = (MAIN, *map(extra, project.metadata.extras))
    found = graph.closure(project.name, kinds).internal
    for name in found:
        if not is_built(graph.projects[name]):
            message = f"{graph.projects[name].path}: is never built, but `{project.name}` needs it"
            raise ConfigError(message, hint="give it a `[build-system]`")
    return found


def bundle_wheels(
    graph: Graph, selected: Iterable[Project], built: Iterable[Built], storage: DiskStorage
) -> list[Built]:
    """One wheel for each selected project, made of those that were built.

    Raises:
        ConfigError: wheels hold one file with different content, or run nowhere together.
        ToolError: a wheel was lost from the cache meanwhile.
    """
    by_name = {each.project: each for each in built}
    found = []
    for project in selected:
        own = by_name[project.name]
        libraries = [by_name[name] for name in _libraries(graph, project)]
        wheel = bundle(read_part(own, storage), [read_part(each, storage) for each in libraries])
        found.append(
            Built(
                own.project,
                wheel.filename,
                own.version,
                storage.write(pack_wheel(wheel)),
                was_known=all(each.was_known for each in (own, *libraries)),
                seconds=sum(each.seconds for each in (own, *libraries)),
                warnings=tuple(
                    dict.fromkeys(text for each in (own, *libraries) for text in each.warnings)
                ),
            )
        )
    return found


def read_part(built: Built | ThirdWheel, storage: DiskStorage) -> Part:
    """A wheel that is in the cache.

    Raises:
        ToolError: it was lost meanwhile.
    """
    content = None if built.digest is None else storage.read(built.digest)
    if content is None:
        message = f"the wheel `{built.filename}` is not in the cache any more"
        raise ToolError(message, hint="run the same command again")
    name = built.project if isinstance(built, Built) else built.name
    return Part(name, parse_wheel(built.filename, content))
