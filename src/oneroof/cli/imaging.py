"""Putting the pieces of an image together: its base, its wheels, what git says."""

from functools import cached_property
from typing import TYPE_CHECKING

import click
import msgspec

from oneroof.cli.context import warn
from oneroof.cli.shipping import build_wheels, fetch_third_party, find_pins, python_of
from oneroof.cli.work import Work, processors
from oneroof.distributions.plan import is_built, to_build
from oneroof.distributions.platforms import Platform, parse_platform
from oneroof.errors import ConfigError
from oneroof.images import oci
from oneroof.images.base import Base, find_python, open_base
from oneroof.images.build import BuiltImage, Contents, build_image
from oneroof.images.layout import LayoutSource, parse_layout
from oneroof.images.outline import ImagePlan, Wanted, plan_image, require_python, require_tags
from oneroof.images.pins import NAME as LOCK
from oneroof.images.pins import pin_base, read_pins
from oneroof.images.pull import RegistrySource
from oneroof.images.reference import Reference, parse_reference
from oneroof.images.registry import Registry
from oneroof.images.revision import Revision, read_revision
from oneroof.images.start import find_start
from oneroof.images.tar import epoch
from oneroof.images.venv import BasePython
from oneroof.workspace.model import MAIN

if TYPE_CHECKING:
    from oneroof.cache.disk import DiskCache
    from oneroof.cli.context import Session
    from oneroof.workspace.model import Project

LAYOUT = "oci:"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says; empty: not said."""

    base: str = ""
    python: str = ""
    update_base: bool = False
    tags: tuple[str, ...] = ()


class Imaging:
    """The image of one project, planned and built."""

    def __init__(  # noqa: PLR0917  what is wanted, for whom, for which machine
        self,
        session: "Session",
        work: Work,
        project: "Project",
        wish: Wish,
        platform: str,
        cache: "DiskCache",
    ) -> None:
        if not is_built(project):
            message = f"{project.path}: `{project.name}` is not built as a wheel"
            hint = "an image holds wheels: give it `[project]` and `[build-system]`"
            raise ConfigError(message, hint=hint)
        self.work = work
        self._platform = platform
        self._session = session
        self._project = project
        self._wish = wish
        self._cache = cache

    def plan(self, *, only: bool) -> ImagePlan:
        """What would be built; nothing is built for it, nor pulled where that is `only` wanted."""
        project, opened = self._project, self._session.opened
        machine = self._planned_machine if only else self._machine
        pins = find_pins(self.work, project, (MAIN,), machine)
        start = find_start(project, opened.tree, {each.name for each in pins})
        internal = [each.name for each in to_build(opened.graph, (project,))]
        wanted = Wanted(
            base=self._base_name,
            platforms=(machine.oci,),
            python=machine.python,
            tags=self._wish.tags,
        )
        packages = [f"{each.name}=={each.version}" for each in pins]
        libraries = [each for each in internal if each != project.name]
        return plan_image(project, wanted, self._revision, start, (packages, libraries))

    def build(self, plan: ImagePlan) -> BuiltImage:
        """The image."""
        project, session = self._project, self._session
        contents = Contents(
            project=project,
            base=self._base,
            python=self._python,
            start=plan.start,
            third=fetch_third_party(
                session, self.work, project, (MAIN,), self._machine, self._cache
            ),
            built=require_tags(build_wheels(session, project, self._cache), self._machine),
            revision=self._revision,
            time=epoch(),
        )
        return build_image(contents, self._cache, processors())

    @cached_property
    def _revision(self) -> Revision:
        graph = self._session.opened.graph
        folders = sorted({each.path for each in to_build(graph, (self._project,))})
        return read_revision(self._session.opened.root, folders)

    @cached_property
    def _base_name(self) -> str:
        told = self._wish.base
        if not told:
            told = self._project.settings.image.base or ""
            folder, tag = parse_layout(told.removeprefix(LAYOUT))
            if told.startswith(LAYOUT) and not folder.is_absolute():
                there = self._session.opened.root / folder
                told = f"{LAYOUT}{there}" + (f":{tag}" if tag else "")
        return told or f"python:{self._wish.python or python_of(self.work, self._project)}-slim"

    @cached_property
    def _base(self) -> Base:
        name = self._base_name
        architecture = parse_platform(self._platform, "3.12").architecture
        platform = oci.Platform(architecture, "linux")
        if name.startswith(LAYOUT):
            folder, tag = parse_layout(name.removeprefix(LAYOUT))
            return open_base(LayoutSource(folder, tag), "", platform)
        reference = parse_reference(name)
        root = self._session.opened.root
        registry = Registry(reference)
        click.get_current_context().call_on_close(registry.close)
        if self._wish.update_base:
            pin_base(root, registry)
        pinned = reference.digest or read_pins(root).get(str(reference), "")
        if not pinned:
            warn(f"the base `{name}` is not pinned; `--update-base` writes it to {LOCK}")
        source = RegistrySource(registry, pinned or reference.identifier, self._cache)
        return open_base(source, str(reference), platform)

    @property
    def base_reference(self) -> Reference | None:
        """Where the base is; None where that is a folder."""
        return None if self._base_name.startswith(LAYOUT) else parse_reference(self._base_name)

    @cached_property
    def _python(self) -> BasePython:
        told = self._project.settings.image.python
        found = find_python(self._base, self._cache, told, self._wish.python)
        require_python(self._project, found.version)
        return found

    @cached_property
    def _machine(self) -> Platform:
        return parse_platform(self._platform, self._python.minor)

    @cached_property
    def _planned_machine(self) -> Platform:
        """As far as it is known without pulling anything."""
        if self._base_name.startswith(LAYOUT):
            return self._machine
        python = self._wish.python or python_of(self.work, self._project)
        return parse_platform(self._platform, python)
