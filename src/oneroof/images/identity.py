"""What an image is made of, as far as that is known before anything is built or fetched.

The digest of these facts is written into the manifest. Where a registry has an image with the same
digest, it is the image that would be built: nothing has to be.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from oneroof.actions.action import Action, Command, Input
from oneroof.actions.digest import Digest
from oneroof.errors import RemoteError
from oneroof.images import compress, layer, oci
from oneroof.images.attestations import BUILD_TYPE, PROVENANCE
from oneroof.images.image import KEY, PYTHON
from oneroof.images.outline import ImagePlan
from oneroof.images.registry import Registry
from oneroof.locks.model import Pin
from oneroof.workspace.model import Project

FORMAT = 1
"""Part of every key: raise it when the same facts have to give another image."""
_MINOR = re.compile(r"3\.\d+(\.\d+)?")


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What one image, for one platform, is made of."""

    project: Project
    plan: ImagePlan
    base: str
    """The digest of the base, or of the index that it is in."""
    pins: Sequence[Pin]
    sources: Sequence[Input]
    """What the wheels of the project and of its internal libraries are built from."""
    time: int


def image_action(facts: Facts) -> Action | None:
    """All that an image depends on; None where some package may be another one tomorrow."""
    if not all(each.hashes or each.source.kind == "git" for each in facts.pins):
        return None
    settings = facts.project.settings.image
    plan = facts.plan
    inputs = [
        Input("format", f"{FORMAT} {layer.FORMAT} gzip {compress.LEVEL}"),
        Input("base", facts.base),
        Input("platform", " ".join(plan.platforms)),
        Input("python", f"{plan.python} {settings.python or ''}"),
        Input("time", str(facts.time)),
        *(
            Input(f"runtime:{name}", _text(getattr(plan.runtime, name)))
            for name in plan.runtime.__struct_fields__
        ),
        Input("setting:annotations", _text(settings.annotations or {})),
        Input("setting:layers", _text(settings.layers or {})),
        *(Input(f"pin:{each.name}", _pin(each)) for each in facts.pins),
        *facts.sources,
    ]
    return Action(Command(("image", facts.project.name)), tuple(inputs))


class Earlier(msgspec.Struct, frozen=True):
    """An image, or an index over several, that a registry has."""

    tag: str
    manifest: oci.Blob
    annotations: dict[str, str]


def find_earlier(registry: Registry, tags: Iterable[str]) -> Iterable[Earlier]:
    """What tags of a repository stand for, one request each, where that tells what it is of."""
    for tag in dict.fromkeys(tags):
        blob = registry.get_manifest(tag)
        if blob is None:
            continue
        try:
            document = json.loads(blob.content)
        except ValueError:
            continue
        found = document.get("annotations") if isinstance(document, dict) else None
        if isinstance(found, dict) and KEY in found and _MINOR.fullmatch(str(found.get(PYTHON))):
            yield Earlier(tag, blob, {str(key): str(value) for key, value in found.items()})


def _pin(pin: Pin) -> str:
    hashes = Digest.of(" ".join(pin.hashes).encode()).hash[:16] if pin.hashes else ""
    return f"{pin.requirement} {hashes}".strip()


def _text(value: object) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


def find_facts(registry: Registry, tag: str) -> tuple[dict[str, str], str] | None:
    """What an image that was pushed is made of by its provenance, and of which commit.

    None where it has none, or is none of ours; of several platforms the first one counts.

    Raises:
        RemoteError: there is no such image, or the registry cannot be reached.
    """
    top = registry.get_manifest(tag)
    if top is None:
        message = f"there is no image `{registry.reference}`"
        raise RemoteError(message)
    digest = top.descriptor.digest
    if top.descriptor.media_type in oci.INDEXES:
        digest = oci.parse_index(top.content, str(registry.reference)).manifests[0].digest
    for artifact in _artifacts(registry, digest):
        document = json.loads(registry.read_blob(artifact))
        definition = document["predicate"]["buildDefinition"]
        if definition["buildType"] != BUILD_TYPE:
            continue
        commits = [each["digest"].get("gitCommit") for each in definition["resolvedDependencies"]]
        commit = next((each for each in commits if each), "")
        return dict(definition.get("internalParameters", {})), commit
    return None


def _artifacts(registry: Registry, digest: str) -> Iterator[oci.Descriptor]:
    """The provenances that refer to an image."""
    for each in registry.get_referrers(digest, PROVENANCE):
        manifest = registry.get_manifest(each)
        if manifest is not None:
            yield from oci.parse_manifest(manifest.content, each).layers
