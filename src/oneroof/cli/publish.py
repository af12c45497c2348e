"""`oneroof publish`: wheels of projects and of what they need, uploaded to an index in order."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oneroof.cli.context import Session, warn
from oneroof.cli.output import columns, plural, style, write, write_json
from oneroof.errors import FAILED, INTERRUPTED, OK, RemoteError, SelectionError, ToolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from oneroof.distributions.destination import Destination
    from oneroof.distributions.publication import Candidate, Listed, Release
    from oneroof.workspace.model import Index, Project, ProjectName

_NOT_PRIVATE = "take the classifier `Private ::` out of what is to be published"


@click.command("publish")
@click.argument("select", nargs=-1)
@click.option(
    "--index",
    default="",
    metavar="INDEX",
    help="The name of a `[[tool.uv.index]]`, `pypi`, or the URL of a simple API.",
)
@click.option(
    "--publish-url",
    default="",
    metavar="URL",
    help="Where the index takes uploads, if nothing else says it.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be published, and upload nothing.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="How many are built at a time.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def publish_command(
    session: Session,
    select: tuple[str, ...],
    *,
    index: str,
    publish_url: str,
    dry_run: bool,
    jobs: int | None,
    as_json: bool,
) -> int:
    """Publish the selected projects, and what they need of the workspace, on an index.

    The index is asked first: what it has already is left as it is, and where it has another
    content under the same version, nothing at all is uploaded. Dependencies go first. After a
    failure the same command goes on. Projects with a classifier `Private ::` are left out.
    """
    import tempfile

    from oneroof.distributions.destination import find_destination
    from oneroof.distributions.plan import is_built
    from oneroof.distributions.publication import to_publish

    chosen = [each for each in session.select(select) if is_built(each)]
    if not chosen:
        message = "no selected project is built as a wheel"
        raise SelectionError(message, hint="`oneroof ls --json` shows the build backends")
    destination = find_destination(
        index, publish_url, _declared(session, chosen), is_only_read=dry_run
    )
    with tempfile.TemporaryDirectory(prefix="oneroof-publish-") as folder:
        built = _build(session, to_publish(session.opened.graph, chosen), Path(folder), jobs)
        private = [each.name for each in chosen if built[each.name].is_private]
        for name in private:
            warn(f"{name}: its classifiers say that it is private: it is not published")
        wanted = [each for each in chosen if each.name not in private]
        if not wanted:
            message = "no selected project may be published"
            raise SelectionError(message, hint=_NOT_PRIVATE)
        releases = _plan(session, wanted, built, destination, Path(folder))
        run = _Publication(session, destination, releases, private)
        refused = run.tell_refusals()
        ended = refused if dry_run or refused else run.upload(Path(folder), as_json=as_json)
        if as_json:
            write_json(run.document(ok=ended == OK, dry_run=dry_run))
        elif dry_run or refused:
            run.show()
        return ended


def _declared(session: Session, chosen: "Sequence[Project]") -> "Iterator[Index]":
    """The indexes of the selected projects; those of the root's manifest hold for all."""
    from oneroof.paths import RelPath
    from oneroof.workspace.dialects.toml import Table
    from oneroof.workspace.dialects.uv import read_uv
    from oneroof.workspace.metadata import read_document

    for each in chosen:
        yield from each.metadata.indexes
    manifest = RelPath("pyproject.toml")
    document, _ = read_document(session.opened.tree, manifest)
    yield from read_uv(Table(manifest, document or {}, [], "")).indexes


def _build(
    session: Session, projects: "Sequence[Project]", folder: Path, jobs: int | None
) -> "Mapping[ProjectName, Candidate]":
    """The wheels of projects, put into a folder."""
    from oneroof import disk
    from oneroof.cache.disk import DiskCache
    from oneroof.cli.shipping import run_wheels
    from oneroof.distributions.archive import read_wheel
    from oneroof.distributions.deliver import deliver
    from oneroof.distributions.plan import is_read_from_git
    from oneroof.distributions.publication import read_candidate

    cache = DiskCache(disk.cache_root(), warn)
    built, interrupted = run_wheels(session, projects, cache, jobs=jobs)
    if interrupted:
        raise KeyboardInterrupt
    failed = [f"{each.project}: {each.error}" for each in built if not each.ok]
    if failed:
        raise ToolError("\nerror: ".join(failed))
    for first, second, path in deliver(built, folder, cache.storage).overlaps:
        warn(f"{first} and {second} both hold `{path}`")
    found = {}
    for each in built:
        for text in each.warnings:
            warn(f"{each.project}: the wheel {text}")
        project = session.opened.graph.projects[each.project]
        metadata = read_wheel(folder / each.filename).metadata
        is_from_git = is_read_from_git(project, session.opened)
        found[each.project] = read_candidate(each, project.path, metadata, is_from_git=is_from_git)
    return found


def _plan(
    session: Session,
    wanted: "Iterable[Project]",
    built: "Mapping[ProjectName, Candidate]",
    destination: "Destination",
    folder: Path,
) -> "list[Release]":
    """What is to be done with each wheel, now that the index was asked."""
    from contextlib import closing

    from oneroof.distributions.logins import reading_authorizations
    from oneroof.distributions.publication import (
        find_unbuilt,
        in_order,
        plan_releases,
        read_listed,
        to_publish,
    )
    from oneroof.distributions.simple_index import SimpleIndex
    from oneroof.transport import Http

    graph = session.opened.graph
    ordered = in_order(graph, (built[each.name] for each in to_publish(graph, wanted)))
    authorizations = reading_authorizations(
        destination.name, destination.url, destination.publish_url
    )
    listed: dict[str, Listed] = {}
    with closing(Http()) as http:
        index = SimpleIndex(destination.url, authorizations, http)
        for each in ordered:
            content = (folder / each.filename).read_bytes()
            listed[each.name] = read_listed(index.files(each.name), each, content, index.holds)
        for name in find_unbuilt(graph, ordered):
            listed[name] = read_listed(index.files(name))
    releases = plan_releases(graph, ordered, listed, destination)
    return [each for each in releases if not each.candidate.is_private]


class _Publication:
    """What is planned, how far it got, and all that is said of it."""

    def __init__(
        self,
        session: Session,
        destination: "Destination",
        releases: "Sequence[Release]",
        private: "Sequence[ProjectName]",
    ) -> None:
        self._session = session
        self._destination = destination
        self._releases = releases
        self._private = private
        self._results: dict[str, str] = {}
        """What was done with each file."""
        self._error = ""

    def tell_refusals(self) -> int:
        """Say all that forbids the publication; the exit code that follows."""
        for release in self._releases:
            for reason in release.refusals:
                sys.stderr.write(f"error: {_named(release)}: {reason}\n")
        return FAILED if any(each.refusals for each in self._releases) else OK

    def upload(self, folder: Path, *, as_json: bool) -> int:
        """Upload what is new, one after the other; the exit code."""
        from oneroof.distributions.publication import State
        from oneroof.distributions.upload import upload

        ended = OK
        for release in self._releases:
            filename = release.candidate.filename
            if release.state is State.THERE:
                self._results[filename] = release.state.value
            else:
                try:
                    upload(folder / filename, self._destination)
                except (RemoteError, ToolError) as error:
                    self._error = error.message
                    sys.stderr.write(f"error: {_named(release)}: {error.message}\n")
                    if error.hint:
                        sys.stderr.write(f"hint: {error.hint}\n")
                    ended = FAILED
                    break
                except KeyboardInterrupt:
                    ended = INTERRUPTED
                    break
                self._results[filename] = "published"
            if not as_json:
                write(f"{self._results[filename]}  {_named(release)}")
                sys.stdout.flush()
        self._conclude(ended)
        return ended

    def _conclude(self, ended: int) -> None:
        counts = {
            word: sum(each == word for each in self._results.values())
            for word in ("published", "already there")
        }
        waiting = [each for each in self._releases if each.candidate.filename not in self._results]
        told = [f"{count} {word}" for word, count in counts.items() if count]
        if waiting:
            told.append(f"{len(waiting)} not published")
        sys.stderr.write(f"{plural(len(self._releases), 'wheel')}: {', '.join(told)}\n")
        if ended != OK:
            names = ", ".join(map(_named, waiting))
            sys.stderr.write(f"not published: {names}\nhint: the same command goes on from there\n")

    def show(self) -> None:
        """The plan."""
        from oneroof.locks.redaction import redact

        rows = []
        for number, each in enumerate(self._releases, start=1):
            found = each.candidate
            metadata = f"Metadata-Version {found.metadata_version}"
            state = style(each.state.value, fg="red") if each.refusals else each.state.value
            rows.append((str(number), _named(each), state, found.filename, metadata))
        place = self._destination
        write(f"index    {redact(place.url)}\nuploads  {redact(place.publish_url)}")
        for line, each in zip(columns(rows).splitlines(), self._releases, strict=True):
            write(line)
            for text in each.internal:
                write(f"   Requires-Dist: {text}")
        told = ", ".join(
            f"{count} {state}"
            for state in dict.fromkeys(each.state.value for each in self._releases)
            if (count := sum(each.state.value == state for each in self._releases))
        )
        sys.stderr.write(f"{plural(len(self._releases), 'wheel')}: {told}; nothing was uploaded\n")

    def document(self, *, ok: bool, dry_run: bool) -> dict[str, object]:
        """All of it as JSON has it."""
        from oneroof.locks.redaction import without_credentials

        place = self._destination
        return {
            "ok": ok,
            "dry_run": dry_run,
            "index": {
                "name": place.name or None,
                "url": without_credentials(place.url),
                "publish_url": place.publish_url,
            },
            "distributions": [self._described(each) for each in self._releases],
            "private": list(self._private),
            "error": self._error or None,
        }

    def _described(self, release: "Release") -> dict[str, object]:
        found = release.candidate
        return {
            "project": found.project,
            "path": found.path,
            "name": found.name,
            "version": found.version,
            "filename": found.filename,
            "sha256": found.digest.hash,
            "size_bytes": found.digest.size_bytes,
            "metadata_version": found.metadata_version,
            "internal_requirements": list(release.internal),
            "state": release.state.value,
            "refusals": list(release.refusals),
            "result": self._results.get(found.filename),
        }


def _named(release: "Release") -> str:
    return f"{release.candidate.project} {release.candidate.version}"
