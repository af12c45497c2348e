"""`affected`: from the state of the work tree and a ref to all that a change touches."""

from oneroof import paths
from oneroof.changes.affected import Affected, conclude, everything, find_file_causes
from oneroof.changes.edges import find_edge_causes
from oneroof.changes.git import Comparison, changes_since, compare_index, read_old
from oneroof.changes.judged import Edited, find_causes, judged_of
from oneroof.changes.left_behind import find_left_behind
from oneroof.changes.mentioned import find_mentioned
from oneroof.changes.snapshot import Opened
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.git import Blob
from oneroof.workspace.model import PACKAGING_FILES


def affected_since(
    opened: Opened, since: str | None, comparison: Comparison | None = None
) -> Affected:
    """What differs from the merge base with `since` touches.

    Without a ref: see `changes.git.find_base`. Where there is nothing to compare with (no git,
    no commit yet), everything is affected. `comparison` may have been made already, while the
    work tree was still being read.

    Raises:
        ConfigError: the ref is unknown, or named where there is no git.
        ToolError: the clone is too shallow.
    """
    graph = opened.graph
    if not opened.has_git:
        if since is not None:
            message = f"`--since {since}` needs a git repository, and `{opened.root}` is in none"
            raise ConfigError(message, hint="leave out `--since`: then everything counts")
        return everything(graph, "no git", "this folder is in no git repository")
    comparison = comparison or compare_index(opened.root, since)
    base = comparison.base
    if base.commit is None:
        return everything(graph, base.description, base.description)
    changes = changes_since(opened.work_tree, comparison.staged)
    judged = judged_of(graph, changes)
    manifests = frozenset(path for path in changes if paths.name(path) in PACKAGING_FILES)
    old = read_old(
        opened.root,
        {path: blob for path in judged | manifests if (blob := changes[path][0]) is not None},
    )
    findings = find_file_causes(graph, changes, judged)
    findings.causes += find_mentioned(opened, changes)
    findings.causes += find_edge_causes(opened.edges_by_project, changes)
    told = {cause.reason.path for cause in findings.causes}
    told.update(path for path, _ in opened.work_tree.nested)
    findings.unowned = [path for path in findings.unowned if path not in told]
    for path in sorted(manifests):
        edited = Edited(path, _text(old.get(path)), _new_text(opened, path, changes[path][1]))
        findings.causes += find_left_behind(graph, edited)
    for path in sorted(judged):
        edited = Edited(path, _text(old.get(path)), _new_text(opened, path, changes[path][1]))
        findings.causes += find_causes(graph, opened.tree, edited)
    return conclude(graph, base.description, findings)


def _text(content: bytes | None) -> str | None:
    if content is None:
        return None
    return content.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def _new_text(opened: Opened, path: RelPath, blob: Blob | None) -> str | None:
    if blob is None:
        return None
    try:
        return _text(opened.tree.read_bytes(path))
    except ConfigError:  # discovery names it; whatever it said is gone
        return None
