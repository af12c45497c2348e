"""What the rules about imports say of a folder of files, and distributions made up for it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from tests.conftest import write_files

from oneroof.changes.snapshot import Opened, open_root
from oneroof.rules.boundaries import Boundaries
from oneroof.rules.distributions import Distribution, Distributions, Need
from oneroof.rules.parsable import find_suspects
from oneroof.rules.sources import Sources
from oneroof.rules.undeclared import Installed, find_undeclared
from oneroof.rules.unparsable import find_unparsable
from oneroof.rules.unused import find_unused
from oneroof.rules.violation import Violation
from oneroof.workspace.model import Project
from oneroof.workspace.settings import RulesSettings

BUILD = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


def settings(role: str = "lib", **further: object) -> str:
    """The `[tool.oneroof]` of a project, to stand in its manifest."""
    lines = "".join(f"{key} = {value!r}\n" for key, value in further.items())
    return f'[tool.oneroof]\nrole = "{role}"\n{lines}'


def manifest(name: str, *needs: str, more: str = "") -> str:
    """A `pyproject.toml` whose distribution holds the package of the same name."""
    listed = ", ".join(f'"{each}"' for each in needs)
    return f'[project]\nname = "{name}"\nversion = "1"\ndependencies = [{listed}]\n{more}{BUILD}'


def distribution(
    name: str,
    *modules: str,
    requires: Sequence[str] = (),
    optional: Mapping[str, Sequence[str]] | None = None,
    scripts: Sequence[str] = (),
    is_plugin: bool = False,
) -> Distribution:
    """An installed distribution of version 2.0."""
    return Distribution(
        name,
        "2.0",
        frozenset(modules),
        needs=tuple(map(_need, requires)),
        optional={extra: tuple(map(_need, names)) for extra, names in (optional or {}).items()},
        scripts=frozenset(scripts),
        is_plugin=is_plugin,
    )


def _need(text: str) -> Need:
    parsed = Requirement(text)
    return Need(parsed.name, str(parsed.specifier), tuple(sorted(parsed.extras)))


def opened(root: Path, files: Mapping[str, str | bytes], name: str) -> tuple[Opened, Project]:
    """The workspace of some files and its project of that name."""
    folder = root / "folder"
    write_files(folder, files)
    found = open_root(folder)
    return found, next(each for each in found.workspace.projects if each.name == name)


def sources_of(found: Opened) -> Sources:
    return Sources(found.graph, found.imports, found.tree)


def undeclared(
    root: Path,
    files: Mapping[str, str | bytes],
    name: str,
    installed: Sequence[Distribution] | None = None,
    *,
    elsewhere: Sequence[Distribution] = (),
) -> list[Violation]:
    """What is undeclared in one project."""
    found, project = opened(root, files, name)
    known = None
    if installed is not None:
        known = Installed(Distributions(installed), Distributions((*elsewhere, *installed)))
    return list(find_undeclared(sources_of(found), project, known))


def unused(
    root: Path,
    files: Mapping[str, str | bytes],
    name: str,
    installed: Sequence[Distribution] | None = None,
) -> list[str]:
    """The keys of the requirements of one project that are not used."""
    found, project = opened(root, files, name)
    known = None if installed is None else Distributions(installed)
    return [each.problem.key for each in find_unused(sources_of(found), project, known)]


def unparsable(
    root: Path, files: Mapping[str, str | bytes], name: str, version: str = "3.12.1"
) -> list[Violation]:
    """The files of one project that are no Python."""
    found, project = opened(root, files, name)
    suspects = find_suspects(found.root, found.work_tree.blobs, root / "parsed")
    return list(find_unparsable(sources_of(found), project, version, suspects))


def boundaries(
    root: Path, files: Mapping[str, str | bytes], name: str, rules: RulesSettings
) -> list[Violation]:
    """What the imports of one project break."""
    found, project = opened(root, files, name)
    return list(Boundaries(found.graph, rules).find(sources_of(found), project))


def places(found: Sequence[Violation]) -> list[str]:
    """`path:line` of each."""
    return [f"{each.problem.path}:{each.line}" for each in found]
