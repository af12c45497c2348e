"""Bringing stale locks up to date, each with the tool that owns its format.

Tools are asked to keep every version they can.
"""

import re
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from oneroof import disk, paths, processes
from oneroof.errors import Problem, ToolError
from oneroof.locks.read import format_of
from oneroof.locks.redaction import redact
from oneroof.locks.staleness import LockFinding
from oneroof.paths import RelPath
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import Project, ProjectName

Tool = Literal["uv", "poetry", "pdm"]

_NAMES: Mapping[Tool, str] = {"uv": "uv.lock", "poetry": "poetry.lock", "pdm": "pdm.lock"}
_LEFT_BEHIND = (".pdm-python",)
"""What a tool writes beside the lock though nobody asked for it."""
_NEW_POETRY = 2


class LockUpdate(msgspec.Struct, frozen=True):
    """One run of one tool."""

    lock: RelPath
    """The lock it writes; it need not be there yet."""
    tool: Tool
    projects: tuple[ProjectName, ...]
    """The projects this lock governs, sorted."""
    reasons: tuple[str, ...]
    """Why it is to be written."""

    @property
    def folder(self) -> RelPath:
        """Where the tool runs."""
        return paths.parent(self.lock)


class UpdatePlan(msgspec.Struct, frozen=True):
    """All runs, those of dependencies first, and what no tool can do."""

    updates: tuple[LockUpdate, ...]
    problems: tuple[Problem, ...] = ()


def plan_updates(
    graph: Graph,
    findings: Iterable[LockFinding],
    selected: Collection[ProjectName] | None = None,
    *,
    everything: bool = False,
) -> UpdatePlan:
    """Which locks are to be written, by which tool, in which order.

    Only what `findings` names is touched, unless `everything` is asked for; `selected` limits
    both to the locks of some projects.
    """
    wanted: dict[ProjectName, list[str]] = {}
    for finding in findings:
        wanted.setdefault(finding.project, []).append(str(finding.problem))
    updates: dict[RelPath, LockUpdate] = {}
    problems: list[Problem] = []
    for name in _dependencies_first(graph):
        reasons = wanted.get(name, ["asked for"] if everything else [])
        if not reasons or (selected is not None and name not in selected):
            continue
        project = graph.projects[name]
        lock, tool = _owner(project)
        if tool is None:
            problems.append(_unowned(project, lock))
            continue
        known = updates.get(lock)
        earlier = known.reasons if known else ()
        updates[lock] = LockUpdate(
            lock, tool, _governed(graph, lock, name), tuple(dict.fromkeys((*earlier, *reasons)))
        )
    return UpdatePlan(tuple(updates.values()), tuple(problems))


def command(update: LockUpdate, version: str = "") -> tuple[str, ...]:
    """What is run; `version` is what `poetry --version` says."""
    match update.tool:
        case "uv":
            return (processes.find_uv(), "lock")
        case "poetry":
            match = re.search(r"(\d+)\.", version)
            is_new = match is None or int(match[1]) >= _NEW_POETRY
            return ("poetry", "lock") if is_new else ("poetry", "lock", "--no-update")
        case "pdm":
            return ("pdm", "lock", "--update-reuse")


def run_updates(
    plan: UpdatePlan, root: Path, started: Callable[[LockUpdate], None] = lambda _: None
) -> tuple[RelPath, ...]:
    """Run a plan and name the locks that changed; `started` hears of each run.

    A run that fails or is interrupted leaves its lock as it was; those before it stay done.

    Raises:
        ToolError: a tool is missing (nothing is run then) or failed.
    """
    versions = {tool: _version(tool) for tool in sorted({each.tool for each in plan.updates})}
    changed = []
    for update in plan.updates:
        started(update)
        if _run(update, command(update, versions[update.tool]), root):
            changed.append(update.lock)
    return tuple(changed)


def _dependencies_first(graph: Graph) -> Sequence[ProjectName]:
    """All projects, each after those it depends on; cycles are cut where they are met."""
    order: dict[ProjectName, None] = {}
    for start in sorted(graph.projects):
        entered: set[ProjectName] = set()
        stack = [start]
        while stack:
            name = stack[-1]
            waiting = [
                edge.dependency
                for edge in graph.dependencies(name)
                if edge.dependency not in order and edge.dependency not in entered
            ]
            entered.add(name)
            if waiting:
                stack.append(waiting[0])
                continue
            order.setdefault(stack.pop())
    return tuple(order)


def _owner(project: Project) -> tuple[RelPath, Tool | None]:
    """The lock to write for a project and the tool that writes it."""
    dialects = project.metadata.dialects
    if project.lock is not None:
        kind = format_of(project.lock)
        return project.lock, next((each for each in _NAMES if each == kind), None)
    tool: Tool | None = None
    if "poetry" in dialects:
        tool = "poetry"
    elif "pdm" in dialects:
        tool = "pdm"
    elif "project" in dialects:
        tool = "uv"
    folder = project.workspace_root or project.path
    return paths.join(folder, _NAMES[tool or "uv"]), tool


def _unowned(project: Project, lock: RelPath) -> Problem:
    if project.lock is not None:
        message = "cannot be written by oneroof, as its format does not tell how it was made"
        return Problem(lock, message, hint="run the command that made it")
    message = f"`{project.name}` has no manifest that a lock could be made from"
    hint = "leave it: its requirements are resolved by uv and kept in the cache"
    return Problem(project.path, message, hint=hint)


def _governed(graph: Graph, lock: RelPath, asking: ProjectName) -> tuple[ProjectName, ...]:
    governed = {each.name for each in graph.workspace.projects if each.lock == lock}
    return tuple(sorted(governed | {asking}))


def _version(tool: Tool) -> str:
    if tool == "uv":
        return ""
    if shutil.which(tool) is None:
        message = f"tried to lock with `{tool}` but it was not found"
        raise ToolError(message, hint=f"run `uv tool install {tool}`")
    return processes.check(f"ask for {tool}'s version", [tool, "--version"]).decode()


def _run(update: LockUpdate, arguments: Sequence[str], root: Path) -> bool:
    """Run one tool; its lock stays, or becomes again, what it was unless it succeeds."""
    lock = root / update.lock
    folder = root / update.folder
    before = lock.read_bytes() if lock.is_file() else None
    mode = lock.stat().st_mode if before is not None else 0
    absent = [folder / name for name in _LEFT_BEHIND if not (folder / name).exists()]
    done = False
    try:
        outcome = processes.run(arguments, cwd=folder, env=_environment(update.tool))
        if outcome.exit_code != 0:
            raise _failure(update, outcome)
        done = lock.is_file()
        if not done:
            message = f"`{update.tool}` succeeded but wrote no `{update.lock}`"
            raise ToolError(message, hint=f"run `{update.tool} lock` in `{update.folder}`")
        return lock.read_bytes() != before
    finally:
        if not done:
            _restore(lock, before, mode)
        for path in absent:
            path.unlink(missing_ok=True)


def _environment(tool: Tool) -> Mapping[str, str]:
    """Settings that keep a tool from making environments in the project's folder."""
    if tool == "pdm":
        return {
            "PDM_CHECK_UPDATE": "false",
            "PDM_IGNORE_SAVED_PYTHON": "1",
            "PDM_NON_INTERACTIVE": "1",
            "PDM_USE_VENV": "false",
        }
    if tool == "poetry":
        return {"POETRY_NO_INTERACTION": "1", "POETRY_VIRTUALENVS_CREATE": "false"}
    return {}


def _restore(lock: Path, before: bytes | None, mode: int) -> None:
    if before is None:
        lock.unlink(missing_ok=True)
    elif not lock.is_file() or lock.read_bytes() != before:
        disk.write_atomically(lock, before)
        lock.chmod(mode)


def _failure(update: LockUpdate, outcome: processes.Outcome) -> ToolError:
    line = " ".join([update.tool, *outcome.arguments[1:]])
    message = f"tried to write `{update.lock}` but `{line}` exited with {outcome.exit_code}"
    if tail := redact(outcome.tail()):
        message += f":\n{tail}"
    return ToolError(message, hint=f"run `{line}` in `{update.folder}`")
