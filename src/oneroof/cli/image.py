"""`oneroof image`: the image of one project, built here without an engine."""

import sys
from typing import TYPE_CHECKING

import click

from oneroof import disk
from oneroof.cli.context import Session, warn
from oneroof.cli.output import columns, write, write_json
from oneroof.cli.shipping import select_one
from oneroof.errors import OK, ConfigError

if TYPE_CHECKING:
    from oneroof.images.build import BuiltImage
    from oneroof.images.outline import ImagePlan


@click.command("image")
@click.argument("project")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="oci:DIR[:TAG]|tar:FILE",
    help="Write an OCI layout, or one tar file that engines load.",
)
@click.option("--plan", "only_plan", is_flag=True, help="Only say what would be built.")
@click.option("--base", default="", metavar="REF|oci:DIR[:TAG]", help="The image to build on.")
@click.option(
    "--platform",
    default="",
    help="The machine it is for: linux/amd64, the default, or linux/arm64.",
)
@click.option("--python", default="", metavar="VERSION", help="Its Python, such as 3.12.")
@click.option("--tag", "tags", multiple=True, help="A tag; else the branch and the commit.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def image_command(
    session: Session,
    project: str,
    *,
    outputs: tuple[str, ...],
    only_plan: bool,
    base: str,
    platform: str,
    python: str,
    tags: tuple[str, ...],
    as_json: bool,
) -> int:
    """Build the image of PROJECT from wheels, without an engine and without running anything.

    What changes rarely lies in layers below what changes often. Each layer is the same to the
    byte wherever it is built, so that images share them. Nothing is installed: wheels are laid
    out as the files of a virtual environment in `/app`.
    """
    from oneroof.cache.disk import DiskCache
    from oneroof.cli.imaging import Imaging, Wish
    from oneroof.images.sinks import parse_sink, put

    if not outputs and not only_plan:
        message = "where the image goes is not said"
        raise ConfigError(message, hint="give `-o oci:DIR`, or look first with `--plan`")
    sinks = [parse_sink(each) for each in outputs]
    chosen = select_one(session, project)
    wish = Wish(base=base, platform=platform, python=python, tags=tags)
    imaging = Imaging(session, chosen, wish, DiskCache(disk.cache_root(), warn))
    with imaging.work.showing(quiet=as_json):
        plan = imaging.plan()
        built = None if only_plan else imaging.build(plan)
    if built is None:
        _show_plan(plan, as_json=as_json)
        return OK
    for sink in sinks:
        put(sink, built.image, plan)
    _show(plan, built, outputs, as_json=as_json)
    return OK


def _show_plan(plan: "ImagePlan", *, as_json: bool) -> None:
    if as_json:
        write_json(_planned(plan))
        return
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


def _show(
    plan: "ImagePlan", built: "BuiltImage", outputs: tuple[str, ...], *, as_json: bool
) -> None:
    image = built.image
    own = list(zip(image.layers[-len(built.layers) :], built.layers, strict=True))
    if as_json:
        write_json(
            {
                "project": plan.project,
                "name": plan.name,
                "tags": list(plan.tags),
                "digest": image.manifest.descriptor.digest,
                "size_bytes": image.size_bytes,
                "outputs": list(outputs),
                "layers": [
                    *(
                        {"name": "base", "digest": each.descriptor.digest,
                         "size_bytes": each.descriptor.size, "reason": "the base",
                         "source": None, "diff_id": None, "wheels": []}
                        for each in image.layers if each.is_base
                    ),
                    *(
                        {"name": layer.spec.name, "digest": part.descriptor.digest,
                         "size_bytes": part.descriptor.size, "reason": layer.spec.reason,
                         "source": "local-cache" if layer.was_known else "ran",
                         "diff_id": f"sha256:{layer.diff_id.hash}",
                         "wheels": [each.filename for each in layer.spec.wheels]}
                        for part, layer in own
                    ),
                ],
            }
        )  # fmt: skip
        return
    write(f"{image.manifest.descriptor.digest}\n")
    rows = [
        (
            layer.spec.name,
            f"{part.descriptor.size:,}",
            "unchanged" if layer.was_known else "made",
            layer.spec.reason,
        )
        for part, layer in own
    ]
    sys.stderr.write(columns(rows) + "\n")
    where = ", ".join(outputs)
    sys.stderr.write(
        f"{plan.name}: {image.size_bytes:,} bytes in {len(image.layers)} layers, to {where}\n"
    )
