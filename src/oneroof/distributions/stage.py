"""A stage: the smallest build context that can make an image of one project.

`third/`, `libs/` and `app/` hold wheels, `requirements.txt` and `pylock.toml` pin them, and a
Dockerfile installs them in this order, so that an edit of first-party code leaves the layer of
third-party packages as it is. Nothing is looked up on an index when it is built.
"""

from collections.abc import Iterable, Sequence

import msgspec

from oneroof.actions.digest import Digest
from oneroof.distributions.platforms import Platform
from oneroof.distributions.pylock import PylockPackage, render_pylock
from oneroof.distributions.third_party import ThirdWheel
from oneroof.distributions.wheels import Built
from oneroof.locks.model import LockedFile
from oneroof.paths import RelPath
from oneroof.workspace.model import Project, ProjectName

THIRD, LIBS, APP, TEST = "third", "libs", "app", "test"
REQUIREMENTS, TEST_REQUIREMENTS = "requirements.txt", "requirements-test.txt"
PYLOCK, DOCKERFILE = "pylock.toml", "Dockerfile"


class StagedFile(msgspec.Struct, frozen=True):
    """One file of a stage: its own content, or a blob of the cache."""

    path: RelPath
    content: bytes | None = None
    digest: Digest | None = None

    @property
    def size_bytes(self) -> int:
        """How large it is."""
        if self.digest is not None:
            return self.digest.size_bytes
        return len(self.content or b"")


class Stage(msgspec.Struct, frozen=True):
    """All files of a stage, sorted by path."""

    project: ProjectName
    platform: Platform
    files: tuple[StagedFile, ...]

    @property
    def size_bytes(self) -> int:
        """Of all files together."""
        return sum(each.size_bytes for each in self.files)


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What a stage is made of."""

    project: Project
    platform: Platform
    base: str
    """The image to build on."""
    third: Sequence[ThirdWheel]
    test: Sequence[ThirdWheel] = ()
    """What the tests need beside it."""
    built: Sequence[Built]
    """The project's own wheel and those of its internal dependencies."""
    dockerfile: bytes | None = None
    """One to take as it is, in place of one that is written."""
    with_test: bool = False


def plan_stage(contents: Contents) -> Stage:
    """Lay out a stage. Pure."""
    own = contents.project.name
    libs = [each for each in contents.built if each.project != own]
    app = [each for each in contents.built if each.project == own]
    files = [StagedFile(_at(THIRD, each.filename), digest=each.digest) for each in contents.third]
    files += [StagedFile(_at(LIBS, each.filename), digest=each.digest) for each in libs]
    files += [StagedFile(_at(APP, each.filename), digest=each.digest) for each in app]
    files.append(_text(REQUIREMENTS, render_requirements(contents.third)))
    files.append(_text(PYLOCK, lock_stage(contents, libs, app)))
    if contents.with_test:
        files += [
            StagedFile(_at(TEST, each.filename), digest=each.digest) for each in contents.test
        ]
        files.append(_text(TEST_REQUIREMENTS, render_requirements(contents.test)))
    dockerfile = contents.dockerfile
    if dockerfile is None:
        dockerfile = render_dockerfile(contents, has_libs=bool(libs), has_app=bool(app)).encode()
    files.append(StagedFile(RelPath(DOCKERFILE), content=dockerfile))
    return Stage(own, contents.platform, tuple(sorted(files, key=lambda each: each.path)))


def render_requirements(wheels: Iterable[ThirdWheel]) -> str:
    """Pins with the hash of the one wheel each is installed from."""
    return "".join(
        f"{each.name}=={each.version} --hash=sha256:{each.digest.hash}\n" for each in wheels
    )


def lock_stage(contents: Contents, libs: Sequence[Built], app: Sequence[Built]) -> str:
    """All wheels of the stage as a lock file (PEP 751)."""
    rows = [(each.name, each.version, THIRD, each.filename, each.digest) for each in contents.third]
    rows += [
        (each.project, each.version, folder, each.filename, each.digest)
        for folder, found in ((LIBS, libs), (APP, app))
        for each in found
        if each.digest is not None
    ]
    packages = [
        PylockPackage(
            name=name,
            version=version,
            wheels=[
                LockedFile(
                    filename, f"{folder}/{filename}", f"sha256:{digest.hash}", digest.size_bytes
                )
            ],
        )
        for name, version, folder, filename, digest in sorted(rows)
    ]
    return render_pylock(f"=={contents.platform.minor}.*", packages)


_PIP = (
    "python3 -m pip --python /app/bin/python install"
    " --no-index --no-deps --no-cache-dir --disable-pip-version-check"
)
_VENV = "RUN python3 -m venv --without-pip /app"


def render_dockerfile(contents: Contents, *, has_libs: bool, has_app: bool) -> str:
    """A Dockerfile that needs no network and works in every engine.

    First-party code is installed apart from third-party packages, so that the final image takes
    two layers of which an edit changes the second only.
    """
    lines = [
        f"FROM {contents.base} AS third",
        _VENV,
        *_install(REQUIREMENTS, THIRD, contents.third),
    ]
    lines += [f"FROM {contents.base} AS code", _VENV]
    lines += [f"COPY {LIBS}/ /stage/"] if has_libs else []
    lines += [f"COPY {APP}/ /stage/"] if has_app else []
    lines += [f"RUN {_PIP} /stage/*.whl"] if has_libs or has_app else []
    if contents.with_test:
        lines += ["FROM third AS test", "COPY --from=code /app /app"]
        lines += _install(TEST_REQUIREMENTS, TEST, contents.test)
    lines += [
        f"FROM {contents.base}",
        "COPY --from=third /app /app",
        "COPY --from=code /app /app",
        'ENV PATH="/app/bin:$PATH" PYTHONUNBUFFERED=1',
        "WORKDIR /app",
        "USER 65532:65532",
    ]
    if words := entrypoint(contents.project):
        told = ", ".join(f'"{word}"' for word in words)
        lines.append(f"ENTRYPOINT [{told}]")
    return "\n".join(lines) + "\n"


def _install(requirements: str, folder: str, wheels: Sequence[ThirdWheel]) -> list[str]:
    if not wheels:
        return []
    return [
        f"COPY {requirements} /stage/",
        f"COPY {folder}/ /stage/{folder}/",
        f"RUN {_PIP} --find-links /stage/{folder} --require-hashes -r /stage/{requirements}",
    ]


def entrypoint(project: Project) -> tuple[str, ...]:
    """How a project is started: by its console script, else as a module; empty: not known."""
    scripts = [
        each.name for each in project.metadata.entry_points if each.group == "console_scripts"
    ]
    name = project.name.partition("@")[0]
    if scripts:
        return (f"/app/bin/{name if name in scripts else min(scripts)}",)
    return ()


def _at(folder: str, filename: str) -> RelPath:
    return RelPath(f"{folder}/{filename}")


def _text(path: str, content: str) -> StagedFile:
    return StagedFile(RelPath(path), content=content.encode())
