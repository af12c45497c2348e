from __future__ import annotations

import hashlib
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from tests.distributions.conftest import built_here
from tests.images.conftest import Layout, write_base
from tests.images.registry import FakeRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import Git, MakeWorkspace
    from tests.wheelhouse import Wheelhouse

MAIN = {"app/app/__main__.py": "print('hello')\n", "other/other/__main__.py": ""}
FILES = {
    **built_here("app", "lib", "six"),
    **built_here("lib", "attrs"),
    **built_here("other", "six"),
    **MAIN,
}
BASE = ("--base", "oci:../base")
SITE = "app/lib/python3.12/site-packages"


@pytest.fixture
def repository(workspace: MakeWorkspace, offline: Wheelhouse, tmp_path: Path) -> Path:
    del offline
    write_base(tmp_path / "base")
    return workspace(FILES)


def build(repository: Path, oneroof: Oneroof, name: str = "out", *more: str) -> Layout:
    said = oneroof(repository, "image", "app", "-o", f"oci:../{name}:t", *BASE, *more)
    assert said.exit_code == 0, said.stderr
    return Layout(repository.parent / name, "t")


def test_an_image_is_the_base_and_layers_by_how_often_they_change(
    repository: Path, oneroof: Oneroof
) -> None:
    image = build(repository, oneroof)
    base = Layout(repository.parent / "base", "b")
    assert image.digests[0] == base.digests[0]
    tops = [
        sorted({name.split("/")[4] for name in tar.getnames() if name.count("/") > 3})
        for tar in image.tars[1:]
    ]
    assert tops == [
        [],
        ["attrs-23.1.dist-info", "attrs.py", "six-1.16.dist-info", "six.py"],
        ["lib", "lib-1.0.dist-info"],
        ["app", "app-1.0.dist-info"],
    ]
    assert [line["created_by"] for line in image.config["history"][2:]] == [
        "oneroof image: venv",
        "oneroof image: third-party (attrs-23.1, six-1.16)",
        "oneroof image: libs (lib-1.0)",
        "oneroof image: app (app-1.0)",
    ]


def test_the_virtual_environment_is_that_of_the_base(repository: Path, oneroof: Oneroof) -> None:
    image = build(repository, oneroof)
    links = {each.name: each.linkname for each in image.tars[1] if each.issym()}
    assert links == {
        "app/bin/python": "/usr/bin/python3.12",
        "app/bin/python3": "python",
        "app/bin/python3.12": "python",
    }
    assert image.read("app/pyvenv.cfg") == (
        b"home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.12\n"
    )


def test_containers_run_the_project_as_nobody(repository: Path, oneroof: Oneroof) -> None:
    assert build(repository, oneroof).config["config"] == {
        "Entrypoint": ["/app/bin/python", "-m", "app"],
        "Env": ["PATH=/app/bin:/usr/bin", "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"],
        "Labels": {
            "of": "the base",
            "org.opencontainers.image.revision": revision_of(repository),
            "org.opencontainers.image.title": "app",
            "org.opencontainers.image.version": "1.0",
        },
        "User": "65532:65532",
        "WorkingDir": "/app",
    }


def revision_of(repository: Path) -> str:
    return (repository / ".git/refs/heads/main").read_text().strip()


def test_two_builds_are_the_same_to_the_byte(
    repository: Path, oneroof: Oneroof, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = build(repository, oneroof)
    monkeypatch.setenv("ONEROOF_CACHE_DIR", str(tmp_path / "another-cache"))
    monkeypatch.setenv("TZ", "America/New_York")
    two = build(repository, oneroof, "again")
    assert one.top == two.top
    assert every_file(repository.parent / "out") == every_file(repository.parent / "again")


def every_file(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_edit_of_a_library_changes_its_layer_alone(repository: Path, oneroof: Oneroof) -> None:
    before = build(repository, oneroof)
    (repository / "lib/lib/__init__.py").write_text("X = 2\n")
    after = build(repository, oneroof, "after")
    changed = [a != b for a, b in zip(before.digests, after.digests, strict=True)]
    assert changed == [False, False, False, True, False]


def test_a_commit_elsewhere_changes_nothing(repository: Path, oneroof: Oneroof, git: Git) -> None:
    before = build(repository, oneroof)
    (repository / "other/other/__init__.py").write_text("X = 2\n")
    git("commit", "--quiet", "--all", "--message=more", cwd=repository)
    assert build(repository, oneroof, "after").top == before.top


def test_the_settings_say_how_it_runs(repository: Path, oneroof: Oneroof) -> None:
    manifest = repository / "app/pyproject.toml"
    manifest.write_text(
        manifest.read_text()
        + '[tool.oneroof.image]\nentrypoint = ["/app/bin/python", "-c", "1"]\ncommand = ["x"]\n'
        'user = "1000"\nworking-directory = "/srv"\nports = [80]\nenv = { B = "2", PATH = "/x" }\n'
        'labels = { own = "label" }\nannotations = { own = "note" }\n'
        '[tool.oneroof.image.layers]\nsix = ["s*"]\n'
    )
    (repository / "pyproject.toml").write_text(
        '[tool.oneroof.image]\nbase = "oci:../base:b"\nuser = "1"\nlabels = { all = "too" }\n'
    )
    said = oneroof(repository, "image", "app", "-o", "oci:../out:t")
    assert said.exit_code == 0, said.stderr
    image = Layout(repository.parent / "out", "t")
    runs = image.config["config"]
    assert runs["Entrypoint"] == ["/app/bin/python", "-c", "1"]
    assert (runs["Cmd"], runs["User"], runs["WorkingDir"]) == (["x"], "1000", "/srv")
    assert runs["ExposedPorts"] == {"80/tcp": {}}
    assert runs["Env"][0] == "PATH=/x"
    assert runs["Env"][-1] == "B=2"
    assert (runs["Labels"]["own"], runs["Labels"]["all"]) == ("label", "too")
    assert image.manifest["annotations"]["own"] == "note"
    assert image.config["history"][3]["created_by"] == "oneroof image: six (six-1.16)"


def test_a_setting_that_is_none_is_told(repository: Path, oneroof: Oneroof) -> None:
    (repository / "pyproject.toml").write_text("[tool.oneroof.image]\nbsae = 1\nports = ['x']\n")
    said = oneroof(repository, "check")
    assert "tool.oneroof.image.bsae: is not a setting" in said.stderr + said.stdout
    assert "tool.oneroof.image.ports[0]: expected `int`" in said.stderr + said.stdout


def test_a_plan_builds_and_writes_nothing(repository: Path, oneroof: Oneroof) -> None:
    (repository / "app/backend.py").write_text("raise SystemExit('built')\n")
    plans: list[dict[str, Any]] = []
    for name in ("app", "other"):
        said = oneroof(repository, "image", name, "--plan", "--json", *BASE)
        assert said.exit_code == 0, said.stderr
        plans.append(json.loads(said.stdout))
    assert [each["name"] for each in plans] == ["app", "other"]
    assert plans[1]["tags"] == ["main", "<commit>"]
    assert plans[0]["tags"][1].endswith("-dirty")
    assert plans[1]["cache_from"] == ["other:main"]
    assert plans[1]["labels"]["org.opencontainers.image.revision"] == revision_of(repository)
    assert plans[0]["packages"] == ["attrs==23.1", "six==1.16"]
    assert plans[0]["internal"] == ["lib"]
    assert plans[0]["entrypoint"] == ["/app/bin/python", "-m", "app"]


def test_a_branch_gives_its_name_and_main_comes_second(
    repository: Path, oneroof: Oneroof, git: Git
) -> None:
    git("checkout", "--quiet", "-b", "feature/x", cwd=repository)
    told: Any = oneroof(repository, "image", "app", "--plan", "--json", *BASE).json
    assert told["tags"][0] == "feature-x"
    assert told["cache_from"] == ["app:feature-x", "app:main"]


def test_one_file_is_a_layout_and_what_docker_loads(repository: Path, oneroof: Oneroof) -> None:
    image = build(repository, oneroof)
    said = oneroof(repository, "image", "app", "-o", "tar:../i.tar", "--tag", "t", *BASE)
    assert said.stdout.strip() == image.top["digest"]
    with tarfile.open(repository.parent / "i.tar") as archive:
        read = {
            each.name: stream.read()
            for each in archive
            if (stream := archive.extractfile(each)) is not None
        }
    files = every_file(repository.parent / "out")
    assert read.pop("manifest.json")
    assert {path: data for path, data in read.items() if path.startswith("blobs/")} == {
        path: data for path, data in files.items() if path.startswith("blobs/")
    }
    (entry,) = json.loads(read["index.json"])["manifests"]
    assert entry["digest"] == image.top["digest"]
    assert entry["annotations"] == {"org.opencontainers.image.ref.name": "app:t"}
    docker = json.loads(tarfile_member(repository.parent / "i.tar", "manifest.json"))
    assert docker[0]["RepoTags"] == ["app:t"]
    assert docker[0]["Layers"] == [f"blobs/sha256/{each[7:]}" for each in image.digests]


def tarfile_member(path: Path, name: str) -> bytes:
    with tarfile.open(path) as archive:
        stream = archive.extractfile(name)
        assert stream is not None
        return stream.read()


def test_a_layout_keeps_other_images(repository: Path, oneroof: Oneroof) -> None:
    build(repository, oneroof)
    said = oneroof(repository, "image", "other", "-o", "oci:../out:other", *BASE)
    assert said.exit_code == 0, said.stderr
    assert Layout(repository.parent / "out", "t").names
    assert Layout(repository.parent / "out", "other").names


def test_a_folder_that_is_no_layout_is_left_alone(repository: Path, oneroof: Oneroof) -> None:
    said = oneroof(repository, "image", "app", "-o", "oci:.", *BASE)
    assert (said.exit_code, "is no OCI layout" in said.stderr) == (2, True)


def test_files_that_two_wheels_hold_are_told(
    repository: Path, oneroof: Oneroof, wheelhouse: Wheelhouse
) -> None:
    wheelhouse.add("six", "1.17", {"attrs.py": "mine\n"})
    said = oneroof(repository, "image", "app", "-o", "oci:../out", *BASE)
    assert said.exit_code == 4
    assert said.stderr.splitlines()[-2] == (
        "error: `attrs-23.1-py3-none-any.whl` and `six-1.17-py3-none-any.whl` both hold "
        f"`/{SITE}/attrs.py`"
    )


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("app",), "where the image goes is not said"),
        (("app", "-o", "zip:x"), "`-o zip:x` is no place for an image"),
        (("app", "-o", "oci:../out", "--base", "oci:nowhere"), "nowhere: is no OCI layout"),
        (("app", "-o", "oci:../out", "--base", "oci:../base:x"), "holds no image `x`"),
        (("app", "-o", "oci:../out", *BASE, "--platform", "linux/arm64"), "not for linux/arm64"),
        (("app", "-o", "oci:../out", *BASE, "--python", "3.9"), "holds no Python 3.9"),
        (("app", "-o", "oci:../out", *BASE, "--tag", "a b"), "`a b` is no tag"),
        (("app", "--push", "r.io/x@sha256:" + "0" * 64, *BASE), "is there already"),
        (("app", "--push", "R.io/X", *BASE), "`R.io/X` is no name of an image"),
        (("*", "--plan"), "`*` names 3 projects"),
    ],
)
def test_what_cannot_be_is_said(
    repository: Path, oneroof: Oneroof, arguments: tuple[str, ...], error: str
) -> None:
    said = oneroof(repository, "image", *arguments)
    assert said.exit_code in {2, 5}
    assert error in said.stderr.splitlines()[0]


def test_a_base_whose_python_is_too_old_is_refused(repository: Path, oneroof: Oneroof) -> None:
    manifest = repository / "app/pyproject.toml"
    manifest.write_text(
        manifest.read_text().replace("[build", 'requires-python = ">=3.13"\n[build')
    )
    said = oneroof(repository, "image", "app", "--plan", *BASE)
    assert said.stderr.splitlines()[0] == "error: `app` needs Python >=3.13, and the base has 3.12"


def test_json_tells_layers_and_why(repository: Path, oneroof: Oneroof) -> None:
    told: Any = oneroof(repository, "image", "app", "-o", "oci:../out", *BASE, "--json").json
    image = Layout(repository.parent / "out", "main")
    assert told["digest"] == image.top["digest"]
    assert [each["digest"] for each in told["images"][0]["layers"]] == image.digests
    assert [(each["name"], each["reason"]) for each in told["images"][0]["layers"]] == [
        ("base", "the base"),
        ("venv", "the virtual environment"),
        ("third-party", "third-party"),
        ("libs", "internal libraries"),
        ("app", "the project"),
    ]
    sizes = sum(each["size"] for each in image.layers) + image.manifest["config"]["size"]
    assert told["images"][0]["size_bytes"] == sizes + image.top["size"]


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRegistry]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    made = FakeRegistry()
    yield made
    made.close()


def test_what_did_not_change_is_not_pushed_again(
    repository: Path, oneroof: Oneroof, registry: FakeRegistry
) -> None:
    where = ("--push", f"{registry.host}/acme/app:t", *BASE)
    said = oneroof(repository, "image", "app", *where)
    assert said.exit_code == 0, said.stderr
    (_, kept) = registry.manifests["acme/app"]["t"]
    digest = f"sha256:{hashlib.sha256(kept).hexdigest()}"
    assert said.stdout == f"{registry.host}/acme/app@{digest}\n"
    registry.requests.clear()
    again = oneroof(repository, "image", "app", *where)
    assert again.stdout == said.stdout
    assert again.stderr.splitlines()[-1] == "acme/app: unchanged, nothing was pushed"
    assert registry.requests == ["GET /v2/acme/app/manifests/t"]


def push(repository: Path, oneroof: Oneroof, registry: FakeRegistry, *more: str) -> Any:
    said = oneroof(
        repository, "image", "app", "--push", f"{registry.host}/app", "--json", *BASE, *more
    )
    assert said.exit_code == 0, said.stderr
    registry.requests.clear()
    return said.json


def test_a_machine_that_has_nothing_builds_nothing_that_the_registry_has(
    repository: Path,
    oneroof: Oneroof,
    registry: FakeRegistry,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    first = push(repository, oneroof, registry, "--tag", "t")
    monkeypatch.setenv("ONEROOF_CACHE_DIR", str(tmp_path / "other-cache"))
    again = push(repository, oneroof, registry, "--tag", "t")
    assert (again["digest"], again["images"]) == (first["digest"], [])
    assert again["pushed"]["changed"] is False
    assert not list((tmp_path / "other-cache").glob("**/*.whl"))
    assert not (tmp_path / "other-cache/built").exists()
    whole = push(repository, oneroof, registry, "--tag", "t", "--no-cache")
    assert whole["digest"] == first["digest"]
    assert len(whole["images"]) == 1


def test_an_image_that_has_another_tag_is_tagged_again(
    repository: Path, oneroof: Oneroof, registry: FakeRegistry
) -> None:
    first = push(repository, oneroof, registry, "--tag", "main")
    again = push(repository, oneroof, registry, "--tag", "next")
    assert (again["digest"], again["images"]) == (first["digest"], [])
    assert again["pushed"]["changed"] is True
    assert registry.manifests["app"]["next"] == registry.manifests["app"]["main"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("lib/lib/__init__.py", "x = 1\n"),
        ("app/app/__main__.py", "print('other')\n"),
        ("pyproject.toml", "[tool.oneroof.image]\nenv = { A = 'b' }\n"),
        ("pyproject.toml", "[tool.oneroof.image]\nannotations = { a = 'b' }\n"),
    ],
)
def test_an_image_of_other_facts_is_built(
    repository: Path, oneroof: Oneroof, registry: FakeRegistry, path: str, text: str
) -> None:
    first = push(repository, oneroof, registry, "--tag", "t")
    (repository / path).write_text(text)
    again = push(repository, oneroof, registry, "--tag", "t")
    assert again["digest"] != first["digest"]
    assert len(again["images"]) == 1


def test_an_image_on_another_base_is_built(
    repository: Path, oneroof: Oneroof, registry: FakeRegistry, tmp_path: Path
) -> None:
    first = push(repository, oneroof, registry, "--tag", "t")
    write_base(tmp_path / "base2", env=("PATH=/bin",))
    again = push(repository, oneroof, registry, "--tag", "t", "--base", "oci:../base2")
    assert again["digest"] != first["digest"]


@pytest.mark.parametrize("content", [b"{}", b"[]", b"no json", b'{"annotations": {"a": 1}}'])
def test_a_manifest_that_tells_nothing_is_no_image_of_ours(
    repository: Path, oneroof: Oneroof, registry: FakeRegistry, content: bytes
) -> None:
    registry.manifests["app"] = {"t": ("application/vnd.oci.image.manifest.v1+json", content)}
    assert len(push(repository, oneroof, registry, "--tag", "t")["images"]) == 1


def test_a_second_service_mounts_the_layers_that_it_shares(
    repository: Path, oneroof: Oneroof, registry: FakeRegistry
) -> None:
    oneroof(repository, "image", "lib", "--push", f"{registry.host}/lib:t", *BASE)
    (repository / "lib/lib/__main__.py").write_text("")
    oneroof(repository, "image", "lib", "--push", f"{registry.host}/lib:t", *BASE)
    more = ("--push", f"{registry.host}/copy:t", "--json", *BASE)
    told: Any = oneroof(repository, "image", "lib", *more).json
    assert told["pushed"]["mounted"] == 4
    # Only what is small: the configuration, two attestations and their empty configuration.
    assert told["pushed"]["uploaded"] == 4


def test_a_base_in_a_registry_is_pinned_and_then_asked_for_no_more(
    repository: Path, oneroof: Oneroof, registry: FakeRegistry
) -> None:
    base = Layout(repository.parent / "base", "b")
    kind = "application/vnd.oci.image.manifest.v1+json"
    top = base.top["digest"]
    registry.manifests["py"] = dict.fromkeys(("slim", top), (kind, base.blob(base.top)))
    blobs = (base.manifest["config"], *base.layers)
    registry.blobs["py"] = {each["digest"]: base.blob(each) for each in blobs}
    where = ("-o", "oci:../out:t", "--base", f"{registry.host}/py:slim")
    said = oneroof(repository, "image", "app", *where)
    assert "is not pinned; `--update-base` writes it to images.lock" in said.stderr
    assert not (repository / "images.lock").exists()
    said = oneroof(repository, "image", "app", *where, "--update-base")
    assert said.exit_code == 0, said.stderr
    assert f'digest = "{top}"' in (repository / "images.lock").read_text()
    registry.requests.clear()
    said = oneroof(repository, "image", "app", *where)
    assert (said.exit_code, registry.requests) == (0, [])
    image = Layout(repository.parent / "out", "t")
    assert image.digests[0] == base.digests[0]
    notes = image.manifest["annotations"]
    assert notes["org.opencontainers.image.base.name"] == f"{registry.host}/py:slim"
    assert notes["org.opencontainers.image.base.digest"] == top


def test_two_platforms_make_an_index(repository: Path, oneroof: Oneroof, tmp_path: Path) -> None:
    arm = write_base(tmp_path / "arm", architecture="arm64")
    both = json.loads((arm / "index.json").read_text())["manifests"]
    both += json.loads((tmp_path / "base/index.json").read_text())["manifests"]
    for each, name in zip(both, ("arm64", "amd64"), strict=True):
        each["platform"] = {"os": "linux", "architecture": name}
    content = json.dumps({"schemaVersion": 2, "manifests": both}).encode()
    digest = hashlib.sha256(content).hexdigest()
    for path in (tmp_path / "base/blobs/sha256").iterdir():
        (arm / "blobs/sha256" / path.name).write_bytes(path.read_bytes())
    (arm / "blobs/sha256" / digest).write_bytes(content)
    top = {
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "digest": f"sha256:{digest}",
        "size": len(content),
    }
    (arm / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [top]}))
    more = ("--base", "oci:../arm", "--platform", "linux/amd64,linux/arm64", "--json")
    said = oneroof(repository, "image", "app", "-o", "oci:../out:t", *more)
    assert said.exit_code == 0, said.stderr
    told: Any = said.json
    index = json.loads((tmp_path / "out/blobs/sha256" / told["digest"][7:]).read_text())
    assert [each["platform"] for each in index["manifests"]] == [
        {"architecture": "amd64", "os": "linux"},
        {"architecture": "arm64", "os": "linux"},
    ]
    one, two = ([each["digest"] for each in image["layers"]] for image in told["images"])
    assert one[1:] == two[1:]  # Wheels for every machine are layers for every machine.


def test_where_it_is_pushed_to_must_be_known(repository: Path, oneroof: Oneroof) -> None:
    said = oneroof(repository, "image", "app", *BASE, "--push")
    assert said.stderr.splitlines()[0] == "error: where `app` is pushed to is not said"


def test_what_changed_since_is_pushed_and_told_by_digest(
    repository: Path, oneroof: Oneroof, registry: FakeRegistry, git: Git
) -> None:
    (repository / "app/pyproject.toml").write_text(
        (repository / "app/pyproject.toml").read_text() + '[tool.oneroof]\nrole = "service"\n'
    )
    (repository / "other/pyproject.toml").write_text(
        (repository / "other/pyproject.toml").read_text() + '[tool.oneroof]\nrole = "app"\n'
    )
    git("add", "--all")
    git("commit", "--quiet", "--message=roles")
    (repository / "lib/lib/__init__.py").write_text("x = 1\n")
    where = ("--push", registry.host + "/{name}", "--tag", "t", "--digests", "../digests.json")
    said = oneroof(repository, "image", "--since", "HEAD", *where, *BASE)
    assert said.exit_code == 0, said.stderr
    assert list(registry.manifests) == ["app"]
    _, content = registry.manifests["app"]["t"]
    image = f"{registry.host}/app@sha256:{hashlib.sha256(content).hexdigest()}"
    assert said.stdout == f"{image}\n"
    told = json.loads((repository.parent / "digests.json").read_text())
    assert told == {"app": {"changed": True, "image": image}}
    oneroof(repository, "image", "--since", "HEAD", *where, *BASE)
    told = json.loads((repository.parent / "digests.json").read_text())
    assert told == {"app": {"changed": False, "image": image}}
    git("commit", "--all", "--quiet", "--message=edit")
    said = oneroof(repository, "image", "--since", "HEAD", *where, *BASE)
    assert said.stderr == "no image is affected: there is nothing to deploy\n"
    assert json.loads((repository.parent / "digests.json").read_text()) == {}
    assert oneroof(repository, "image", "--since", "HEAD", "--json", *where, *BASE).json == {
        "images": []
    }


def test_several_images_are_made_in_one_go(
    repository: Path, oneroof: Oneroof, registry: FakeRegistry
) -> None:
    where = ("--push", registry.host + "/acme/{name}", "--tag", "t", "--json", *BASE)
    told: Any = oneroof(repository, "image", "app", "other", *where).json
    assert [each["project"] for each in told["images"]] == ["app", "other"]
    assert sorted(registry.manifests) == ["acme/app", "acme/other"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--plan",), "whose image is not said"),
        (("app", "other", "-o", "oci:x"), "`-o` is for one image"),
        (("app", "other", "--push", "r.io/x"), "`--push r.io/x` would be the place of 2 images"),
        (("app", "--plan", "--digests", "x"), "`--digests` tells what was pushed"),
        (("--since", "nowhere", "--plan"), "`nowhere` is no commit, branch or tag"),
    ],
)
def test_what_several_images_cannot_be(
    repository: Path, oneroof: Oneroof, arguments: tuple[str, ...], message: str
) -> None:
    said = oneroof(repository, "image", *arguments, *BASE)
    assert said.exit_code == 2
    assert message in said.stderr.splitlines()[0]
