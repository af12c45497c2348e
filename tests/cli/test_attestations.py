"""What is told of an image beside itself: what is in it, and how it came to be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from tests.cli.test_image import push, registry, repository

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.cli.conftest import Oneroof
    from tests.conftest import Git
    from tests.images.registry import FakeRegistry

__all__ = ["registry", "repository"]

SBOM = "application/vnd.cyclonedx+json"
PROVENANCE = "application/vnd.in-toto+json"


def attached(registry: FakeRegistry, digest: str) -> dict[str, bytes]:
    """What refers to an image, by kind, as clients find it in registries that list nothing."""
    index = registry.manifest("app", digest.replace(":", "-"))
    assert index["mediaType"] == "application/vnd.oci.image.index.v1+json"
    found = {}
    for each in index["manifests"]:
        manifest = registry.manifest("app", each["digest"])
        assert manifest["subject"]["digest"] == digest
        assert manifest["artifactType"] == each["artifactType"]
        (layer,) = manifest["layers"]
        found[each["artifactType"]] = registry.blobs["app"][layer["digest"]]
    return found


def test_the_bill_of_materials_is_valid_and_names_all_wheels(
    repository: Path, oneroof: Oneroof, registry: FakeRegistry
) -> None:
    told = push(repository, oneroof, registry, "--tag", "t")
    sbom = attached(registry, told["digest"])[SBOM]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom.decode()) is None
    document = json.loads(sbom)
    assert [
        (each["type"], each["name"], each["version"]) for each in document["components"][1:]
    ] == [
        ("application", "app", "1.0"),
        ("library", "lib", "1.0"),
        ("library", "attrs", "23.1"),
        ("library", "six", "1.16"),
    ]
    assert document["components"][0]["type"] == "container"
    purls = [each.get("purl") for each in document["components"]]
    assert purls == [None, None, None, "pkg:pypi/attrs@23.1", "pkg:pypi/six@1.16"]
    assert document["metadata"]["component"]["hashes"][0]["content"] == told["digest"][7:]


def test_the_provenance_names_the_image_the_base_and_the_commit(
    repository: Path, oneroof: Oneroof, registry: FakeRegistry, git: Git
) -> None:
    told = push(repository, oneroof, registry, "--tag", "t")
    statement = json.loads(attached(registry, told["digest"])[PROVENANCE])
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert statement["subject"] == [{"digest": {"sha256": told["digest"][7:]}, "name": "app"}]
    used = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert used[-1] == {
        "digest": {"gitCommit": git("rev-parse", "HEAD").strip()},
        "name": used[-1]["name"],
    }
    assert [each.get("name", "").split("-")[0] for each in used[1:-1]] == ["app", "lib"]


def test_two_machines_tell_the_same_of_an_image(
    repository: Path,
    oneroof: Oneroof,
    registry: FakeRegistry,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    first = attached(registry, push(repository, oneroof, registry, "--tag", "t")["digest"])
    registry.manifests.clear()
    registry.blobs.clear()
    monkeypatch.setenv("ONEROOF_CACHE_DIR", str(tmp_path / "other-cache"))
    again = attached(registry, push(repository, oneroof, registry, "--tag", "t")["digest"])
    assert first == again


def test_what_others_have_attached_stays(
    repository: Path, oneroof: Oneroof, registry: FakeRegistry
) -> None:
    told = push(repository, oneroof, registry, "--tag", "t")
    tag = told["digest"].replace(":", "-")
    kind, content = registry.manifests["app"][tag]
    index = json.loads(content)
    theirs = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": "sha256:" + "0" * 64,
        "size": 7,
        "artifactType": "application/x-theirs",
        "annotations": {"a": "b"},
    }
    index["manifests"].append(theirs)
    registry.manifests["app"][tag] = (kind, json.dumps(index).encode())
    push(repository, oneroof, registry, "--tag", "u", "--no-cache")
    found = registry.manifest("app", tag)["manifests"]
    assert theirs in found
    assert sorted(each["artifactType"] for each in found) == sorted(
        (SBOM, PROVENANCE, "application/x-theirs")
    )


def test_a_registry_that_lists_them_itself_gets_no_index(
    repository: Path, oneroof: Oneroof, registry: FakeRegistry
) -> None:
    registry.lists_referrers = True
    told = push(repository, oneroof, registry, "--tag", "t")
    assert told["digest"].replace(":", "-") not in registry.manifests["app"]
    subjects = [
        json.loads(content).get("subject", {}).get("digest")
        for _, content in registry.manifests["app"].values()
    ]
    assert subjects.count(told["digest"]) == 2
