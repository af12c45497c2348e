"""What an image is made of, as far as that is known before anything is built or fetched.

The digest of these facts is written into the manifest. Where a registry has an image with the same
digest, it is the image that would be built: nothing has to be.
"""

import json
import re
from collections.abc import Iterable, Sequence

import msgspec

from oneroof.actions.action import Action, Command, Input
from oneroof.actions.digest import Digest
from oneroof.images import compress, layer, oci
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
        Input("runtime", _digest(plan.runtime)),
        Input("annotations", _digest(settings.annotations or {})),
        Input("layers", _digest(settings.layers or {})),
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


def _digest(value: object) -> str:
    return Digest.of(msgspec.json.encode(value, order="deterministic")).hash
