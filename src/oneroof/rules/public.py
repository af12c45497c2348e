"""Which modules of a project others may import: what it calls public, nothing private."""

from collections.abc import Iterator

from oneroof.errors import Problem
from oneroof.imports.modules import Modules
from oneroof.paths import join
from oneroof.rules.crossings import Crossing, broken
from oneroof.rules.violation import Violation
from oneroof.workspace.model import Project

PRIVATE = "private"
PUBLIC = "public"
_BELOW = ".*"


def judge_private(crossing: Crossing) -> Iterator[Violation]:
    """A module of another project with a private name; what is public by name is not."""
    parts = crossing.module.split(".")[1:]
    private = next((part for part in parts if _is_private(part)), None)
    if private is None or _is_listed(crossing.module, crossing.imported.settings.public or ()):
        return
    reason = f"`{private}` is private to {crossing.imported.name}"
    hint = f"import it from a module of {crossing.imported.name} whose name has no `_` in front"
    yield broken(PRIVATE, crossing, reason, hint)


def judge_public(crossing: Crossing) -> Iterator[Violation]:
    """A module that is not among those another project calls public."""
    public = crossing.imported.settings.public
    if public is None or _is_listed(crossing.module, public):
        return
    listed = ", ".join(f"`{each}`" for each in public)
    reason = f"only {listed} may be imported from outside" if listed else "nothing of it is public"
    hint = f"import what is public, or add to `public` of {crossing.imported.name}"
    yield broken(PUBLIC, crossing, reason, hint)


def find_unknown_public(modules: Modules, project: Project) -> Iterator[Violation]:
    """Entries of a project's `public` that are no modules of it."""
    for index, entry in enumerate(project.settings.public or ()):
        name = entry.removesuffix(_BELOW)
        packages = project.metadata.import_packages
        is_own = any(project.name in modules.owners(path) for path in modules.find(name))
        if is_own or any(each.name.startswith(f"{name}.") for each in packages):
            continue
        manifest = join(project.path, "pyproject.toml")
        message = f"`{name}` is no module of {project.name}"
        hint = "correct the name, or take it out"
        problem = Problem(manifest, message, f"tool.oneroof.public[{index}]", hint, fatal=True)
        yield Violation("manifest", project.name, problem, fails=True)


def _is_private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def _is_listed(module: str, public: tuple[str, ...]) -> bool:
    for entry in public:
        name = entry.removesuffix(_BELOW)
        if module == name or (entry != name and module.startswith(f"{name}.")):
            return True
    return False
