"""Putting the pieces of an image together: its base, its wheels, what git says."""

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import click
import msgspec

from oneroof.actions.action import Action
from oneroof.cli.context import warn
from oneroof.cli.shipping import build_wheels, fetch_third_party, find_pins, python_of
from oneroof.cli.work import Work, processors
from oneroof.distributions.history import describe as read_history
from oneroof.distributions.plan import is_built, source_inputs, to_build
from oneroof.distributions.platforms import Platform, parse_platform
from oneroof.distributions.sources import find_sources
from oneroof.errors import ConfigError
from oneroof.images import oci
from oneroof.images.base import Base, find_python, open_base
from oneroof.images.build import BuiltImage, Contents, build_image
from oneroof.images.identity import Facts, image_action
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
from oneroof.workspace.nesting import find_nested

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

    def plan(self, *, only: bool, python: str = "") -> ImagePlan:
        """What would be built; nothing is built for it, nor pulled where that is `only` wanted.

        `python` is the version that the base is known to have.
        """
        project, opened = self._project, self._session.opened
        if python:
            machine = parse_platform(self._platform, python)
        else:
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

    def identity(self, python: str = "") -> Action | None:
        """All that the image is made of; see `plan` for `python`."""
        project, opened = self._project, self._session.opened
        plan = self.plan(only=False, python=python)
        machine = parse_platform(self._platform, plan.python)
        nested = find_nested(each.path for each in opened.workspace.projects)
        describe = lru_cache(lambda: read_history(opened.root))
        return image_action(
            Facts(
                project=project,
                plan=plan,
                base=self._base_identity,
                pins=find_pins(self.work, project, (MAIN,), machine),
                sources=[
                    found
                    for each in to_build(opened.graph, (project,))
                    for found in source_inputs(
                        each,
                        opened,
                        find_sources(each, opened.tree, nested.get(each.path, frozenset())),
                        describe,
                    )
                ],
                time=epoch(),
            )
        )

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
            action=self.identity(),
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
        pinned = self._pinned
        if not pinned:
            warn(f"the base `{name}` is not pinned; `--update-base` writes it to {LOCK}")
        source = RegistrySource(registry, pinned or reference.identifier, self._cache)
        return open_base(source, str(reference), platform)

    @property
    def _pinned(self) -> str:
        """The digest that the base is pinned to; empty where it is not."""
        reference = parse_reference(self._base_name)
        return reference.digest or read_pins(self._session.opened.root).get(str(reference), "")

    @property
    def _base_identity(self) -> str:
        """A digest of the base, without asking its registry where that can be."""
        if self._base_name.startswith(LAYOUT) or self._wish.update_base:
            return self._base.digest
        return self._pinned or self._base.digest

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
