"""What `oneroof image` says: the plan, or what was built and where it went."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from oneroof.cli.output import columns, plural, write
from oneroof.disk import write_atomically
from oneroof.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from oneroof.cli.image_making import Made
    from oneroof.images.build import BuiltImage
    from oneroof.images.oci import Blob
    from oneroof.images.outline import ImagePlan
    from oneroof.images.push import Pushed


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What was built and where it went."""

    top: "Blob"
    built: "Sequence[BuiltImage]"
    outputs: tuple[str, ...]
    engine: str = ""
    pushed: "Pushed | None" = None


def show(made: "Made") -> None:
    """Say what would be built, or what was: on standard output where to pull it by digest."""
    if made.done is None:
        _show_plan(made.plan)
    else:
        _show_done(made.plan, made.done)


def document(made: "Made") -> dict[str, object]:
    """The same for programs."""
    return _planned(made.plan) if made.done is None else _done(made.plan, made.done)


def write_digests(path: Path, made: "Iterable[Made]") -> None:
    """Write where each image is to be pulled by digest, by project, and whether it is another one.

    Raises:
        ToolError: the file cannot be written.
    """
    told = {
        each.plan.project: {
            "image": _by_digest(each.done.pushed),
            "changed": not each.done.pushed.was_there,
        }
        for each in made
        if each.done is not None and each.done.pushed is not None
    }
    try:
        write_atomically(path, f"{json.dumps(told, indent=2, sort_keys=True)}\n".encode())
        path.chmod(0o644)
    except OSError as error:
        message = f"tried to write {path} but: {error.strerror}"
        raise ToolError(message, hint="give another `--digests`") from error


def _show_plan(plan: "ImagePlan") -> None:
    runtime = plan.runtime
    rows = [
        *(("image", f"{plan.name}:{tag}") for tag in plan.tags),
        ("base", plan.base),
        ("platform", ", ".join(plan.platforms)),
        ("python", plan.python),
        ("starts", f"{' '.join(runtime.entrypoint)}  ({plan.start.reason})"),
        *([("command", " ".join(runtime.command))] if runtime.command else []),
        ("user", runtime.user),
        ("folder", runtime.working_directory),
        *(("port", str(each)) for each in runtime.ports),
        *(("label", f"{key}={value}") for key, value in sorted(runtime.labels.items())),
        *(("layers of", each) for each in plan.earlier),
        *(("library", each) for each in plan.internal),
        *(("package", each) for each in plan.packages),
    ]
    write(columns(rows))


def _planned(plan: "ImagePlan") -> dict[str, object]:
    runtime = plan.runtime
    return {
        "project": plan.project,
        "name": plan.name,
        "tags": list(plan.tags),
        "cache_from": list(plan.earlier),
        "base": plan.base,
        "platforms": list(plan.platforms),
        "python": plan.python,
        "entrypoint": list(runtime.entrypoint),
        "entrypoint_reason": plan.start.reason,
        "command": list(runtime.command),
        "user": runtime.user,
        "working_directory": runtime.working_directory,
        "env": dict(runtime.env),
        "ports": list(runtime.ports),
        "labels": dict(sorted(runtime.labels.items())),
        "internal": list(plan.internal),
        "packages": list(plan.packages),
    }


def _done(plan: "ImagePlan", done: Done) -> dict[str, object]:
    return {
        "project": plan.project,
        "name": plan.name,
        "tags": list(plan.tags),
        "digest": done.top.descriptor.digest,
        "outputs": list(done.outputs),
        "loaded": done.engine or None,
        "pushed": _pushed(done.pushed) if done.pushed else None,
        "images": [_image(each) for each in done.built],
    }


def _show_done(plan: "ImagePlan", done: Done) -> None:
    pushed = done.pushed
    write(_by_digest(pushed) if pushed else done.top.descriptor.digest)
    for built in done.built:
        parts = built.image.layers[-len(built.layers) :]
        rows = [
            (
                layer.spec.name,
                f"{part.descriptor.size:,}",
                "unchanged" if layer.was_known else "made",
                layer.spec.reason,
            )
            for part, layer in zip(parts, built.layers, strict=True)
        ]
        told = f"{built.image.size_bytes:,} bytes in {len(built.image.layers)} layers"
        sys.stderr.write(f"{columns(rows)}\n{plan.name} for {built.image.platform}: {told}\n")
    for each in done.outputs:
        sys.stderr.write(f"written to {each}\n")
    if done.engine:
        sys.stderr.write(f"loaded into {done.engine}\n")
    if pushed and pushed.was_there:
        sys.stderr.write(f"{pushed.reference.repository}: unchanged, nothing was pushed\n")
    elif pushed:
        sys.stderr.write(
            f"{pushed.reference.repository}: {plural(pushed.uploaded, 'blob')} pushed "
            f"({pushed.uploaded_bytes:,} bytes), {pushed.mounted} mounted, "
            f"{pushed.found} found, {plural(pushed.requests, 'request')}\n"
        )


def _by_digest(pushed: "Pushed") -> str:
    reference = pushed.reference
    return f"{reference.registry}/{reference.repository}@{pushed.digest}"


def _pushed(pushed: "Pushed") -> dict[str, object]:
    return {
        "reference": _by_digest(pushed),
        "changed": not pushed.was_there,
        "uploaded": pushed.uploaded,
        "uploaded_bytes": pushed.uploaded_bytes,
        "mounted": pushed.mounted,
        "found": pushed.found,
        "requests": pushed.requests,
    }


def _image(built: "BuiltImage") -> dict[str, object]:
    image = built.image
    own = image.layers[-len(built.layers) :]
    base: list[dict[str, object]] = [
        {
            "name": "base",
            "digest": each.descriptor.digest,
            "diff_id": None,
            "size_bytes": each.descriptor.size,
            "reason": "the base",
            "source": None,
            "wheels": [],
        }
        for each in image.layers
        if each.is_base
    ]
    made = [
        {
            "name": layer.spec.name,
            "digest": part.descriptor.digest,
            "diff_id": f"sha256:{layer.diff_id.hash}",
            "size_bytes": part.descriptor.size,
            "reason": layer.spec.reason,
            "source": "local-cache" if layer.was_known else "ran",
            "wheels": [each.filename for each in layer.spec.wheels],
        }
        for part, layer in zip(own, built.layers, strict=True)
    ]
    return {
        "platform": str(image.platform),
        "digest": image.manifest.descriptor.digest,
        "size_bytes": image.size_bytes,
        "layers": [*base, *made],
    }
