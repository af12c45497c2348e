"""How an image starts: what the settings say, else what is found in the project."""

import ast
from collections.abc import Collection, Iterator, Mapping

import msgspec

from oneroof import paths
from oneroof.errors import ConfigError
from oneroof.images.entries import PREFIX
from oneroof.paths import RelPath
from oneroof.workspace.model import ImportPackage, Project
from oneroof.workspace.tree import Tree

PYTHON = f"/{PREFIX}/bin/python"
PORT = 8000
_ASGI = frozenset({"FastAPI", "Starlette", "Litestar", "Quart"})
_WSGI = frozenset({"Flask"})


class Start(msgspec.Struct, frozen=True):
    """What is started and why."""

    words: tuple[str, ...]
    reason: str
    port: int | None = None
    """Where a server was found: the port it listens on."""


def find_start(project: Project, tree: Tree, installed: Collection[str]) -> Start:
    """How a project is started.

    `installed` are the third-party packages in the image.

    Raises:
        ConfigError: nothing tells, or there are several ways.
    """
    told = project.settings.image.entrypoint
    if told is not None:
        return Start(told or (PYTHON,), "tool.oneroof.image.entrypoint")
    scripts = sorted(
        each.name for each in project.metadata.entry_points if each.group == "console_scripts"
    )
    own = project.name.partition("@")[0]
    chosen = own if own in scripts else scripts[0] if len(scripts) == 1 else ""
    if chosen:
        return Start((f"/{PREFIX}/bin/{chosen}",), f"console script `{chosen}`")
    if (web := _web_application(project, tree, installed)) is not None:
        return web
    mains = sorted(
        each.name
        for each in project.metadata.import_packages
        if paths.join(each.path, "__main__.py") in tree
    )
    if len(mains) == 1:
        return Start((PYTHON, "-m", mains[0]), f"`{mains[0]}/__main__.py`")
    found = [*(f"console script `{each}`" for each in scripts), *(f"`-m {m}`" for m in mains)]
    what = f"in several ways: {', '.join(found)}" if found else "is not found"
    message = (
        f"{project.path}: how `{project.name}` starts {what}"
        if not found
        else (f"{project.path}: `{project.name}` starts {what}")
    )
    hint = f'say which: `[tool.oneroof.image]` `entrypoint = ["{PYTHON}", "-m", "MODULE"]`'
    raise ConfigError(message, hint=hint)


def _web_application(project: Project, tree: Tree, installed: Collection[str]) -> Start | None:
    found = [
        (f"{module}:{name}", kind)
        for package in project.metadata.import_packages
        for path, module in _modules(package, tree)
        for name, kind in _applications(tree.read_bytes(path))
    ]
    if len(found) != 1:
        return None
    (target, kind), where = found[0], ("0.0.0.0", str(PORT))  # noqa: S104  a container's own
    words: tuple[str, ...] = ()
    if kind in _ASGI and "uvicorn" in installed:
        words = (PYTHON, "-m", "uvicorn", target, "--host", where[0], "--port", where[1])
    elif kind in _WSGI and "gunicorn" in installed:
        words = (PYTHON, "-m", "gunicorn", "--bind", ":".join(where), target)
    elif kind in _WSGI:
        words = (
            PYTHON,
            "-m",
            "flask",
            "--app",
            target,
            "run",
            "--host",
            where[0],
            "--port",
            where[1],
        )
    return Start(words, f"`{target}` is a {kind} application", PORT) if words else None


def _modules(package: ImportPackage, tree: Tree) -> Iterator[tuple[RelPath, str]]:
    """The files of an import package with the names of their modules."""
    if package.path.endswith(".py"):
        yield package.path, package.name
        return
    for path in tree.below(package.path):
        if path.endswith(".py"):
            inside = paths.relative_to(path, package.path).removesuffix(".py")
            dotted = f"{package.name}.{inside.replace('/', '.')}"
            yield path, dotted.removesuffix(".__init__")


def _applications(source: bytes) -> Iterator[tuple[str, str]]:
    """Names at the top of a module that hold a web application, with its class."""
    if not any(f"{name}(".encode() in source for name in _ASGI | _WSGI):
        return
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return
    for statement in body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=function))
            ):
                kind = _last_name(function)
                if kind in _ASGI | _WSGI:
                    yield name, kind
            case _:
                pass


def _last_name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def environment(base: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """The variables of an image: those of its base, ours, then those of the settings."""
    path = base.get("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    return {
        **base,
        "PATH": f"/{PREFIX}/bin:{path}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        **dict(sorted(own.items())),
    }
