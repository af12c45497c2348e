"""From the graph to what is shipped of one service: nothing listed by hand, nothing else in it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.test_wheels_and_stages import services, wheels_in
from tests.images.conftest import write_base

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Index, Repository

__all__ = ["services"]


@pytest.fixture(autouse=True)
def starting(services: Repository, tmp_path: Path) -> None:
    """The services start as packages; what other tests have had of indexes is forgotten."""
    services.write({"services/service-one/service_one/__main__.py": "import service_one.main\n"})
    services.write({"services/service-two/service_two/__main__.py": ""})
    services.commit()
    services.variables["UV_CACHE_DIR"] = str(tmp_path / "uv-cache")


@pytest.fixture
def base(tmp_path: Path) -> tuple[str, str]:
    return ("--base", f"oci:{write_base(tmp_path / 'base', files=('usr/bin/python3.11',))}")


def tracked(repository: Repository) -> dict[str, str]:
    """The digest of each tracked file."""
    names = repository.git("ls-files").splitlines()
    return {
        name: hashlib.sha256((repository.root / name).read_bytes()).hexdigest() for name in names
    }


def test_a_stage_follows_the_manifests_alone(services: Repository) -> None:
    # H3
    def internal() -> list[str]:
        document: Any = services.oneroof("stage", "service-one", "--list", "--json").json
        found = [each["path"] for each in document["files"]]
        return sorted(each.split("-")[0] for each in found if each.startswith("libs/"))

    assert internal() == ["libs/libmq", "libs/libtelemetry"]
    manifest = "services/service-one/pyproject.toml"
    services.replace(
        manifest, "libmq = {", 'libml = { path = "../../libs/libml", develop = true }\nlibmq = {'
    )
    assert internal() == ["libs/libml", "libs/libmq", "libs/libtelemetry"]


@pytest.mark.parametrize("kill", [None, signal.SIGINT, signal.SIGKILL])
def test_the_source_tree_stays_as_it_is(
    services: Repository, base: tuple[str, str], tmp_path: Path, kill: signal.Signals | None
) -> None:
    # H4
    before = tracked(services)
    out = f"oci:{tmp_path / 'image'}:t"
    command: list[str | Path] = [services.program, "image", "service-one", "-o", out, *base]
    with subprocess.Popen(
        command, cwd=services.root, env=services.variables, stderr=subprocess.DEVNULL
    ) as running:
        if kill is not None:
            time.sleep(1.0)
            running.send_signal(kill)
    assert services.git("status", "--porcelain", "--ignored") == ""
    assert tracked(services) == before
    if kill is not None:
        again = services.oneroof("image", "service-one", "-o", out, *base)
        assert again.exit_code == 0, again.stderr


def test_what_tests_need_is_beside_the_same_wheels(services: Repository, tmp_path: Path) -> None:
    # H7, M8
    for name, more in (("prod", ()), ("tested", ("--test",))):
        said = services.oneroof("stage", "service-one", "-o", str(tmp_path / name), *more)
        assert said.exit_code == 0, said.stderr
    prod, tested = tmp_path / "prod", tmp_path / "tested"
    for folder in ("app", "libs", "third"):
        assert wheels_in(prod / folder) == wheels_in(tested / folder)
    names = [path.name for path in prod.rglob("*")]
    assert not [name for name in names if "pytest" in name]
    assert [path.name for path in tested.rglob("pytest-*.whl")]


def test_tests_meet_what_is_installed(services: Repository, tmp_path: Path) -> None:
    # H8
    import uv

    out = tmp_path / "out"
    assert services.oneroof("stage", "service-one", "-o", str(out), "--test").exit_code == 0
    call, place = (uv.find_uv_bin(), "--quiet"), tmp_path / "elsewhere"
    services.run(*call, "venv", "--python", sys.executable, place)
    wheels = [*out.rglob("*.whl")]
    python = place / "bin/python"
    services.run(*call, "pip", "install", "--no-index", "--no-deps", "--python", python, *wheels)
    folder = services.root / "services/service-one"
    told = services.run(
        python, "-P", "-c", "import service_one; print(service_one.__file__)", cwd=folder
    )
    assert "/site-packages/service_one/" in told


def test_images_have_tags_of_their_own_and_say_where_they_are_from(
    services: Repository, base: tuple[str, str]
) -> None:
    # H17, M3
    services.git("switch", "--quiet", "--create", "feature/new")
    bare = {"CI": "", "USER": "", "HOME": services.variables.get("HOME", "/")}
    plans: list[Any] = [
        services.oneroof("image", each, "--plan", "--json", *base, **bare).json
        for each in ("service-one", "service-two")
    ]
    commit = services.git("rev-parse", "HEAD").strip()
    assert [plan["name"] for plan in plans] == ["service-one", "service-two"]
    for plan in plans:
        assert plan["tags"] == ["feature-new", commit[:12]]
        assert plan["labels"]["org.opencontainers.image.revision"] == commit
        assert plan["cache_from"] == [f"{plan['name']}:feature-new", f"{plan['name']}:main"]


@pytest.mark.parametrize("folder", ["/", "/app", "/srv/x"])
def test_a_service_is_found_from_any_folder(
    services: Repository, base: tuple[str, str], tmp_path: Path, folder: str
) -> None:
    # M4
    manifest = "services/service-one/pyproject.toml"
    text = (services.root / manifest).read_text()
    services.write(
        {
            manifest: f'{text}[tool.oneroof.image]\nworking-directory = "{folder}"\n'
            'entrypoint = ["/app/bin/python", "-m", "service_one.main"]\n'
        }
    )
    plan: Any = services.oneroof("image", "service-one", "--plan", "--json", *base).json
    assert plan["working_directory"] == folder
    said = services.oneroof("image", "service-one", "-o", f"oci:{tmp_path / 'i'}:t", *base)
    assert said.exit_code == 0, said.stderr


def test_a_secret_of_an_index_is_in_nothing_that_is_shipped(
    services: Repository, index: Index, base: tuple[str, str], tmp_path: Path
) -> None:
    # M11
    index.login = "reader:s3cr3t-t0ken"
    services.variables["UV_DEFAULT_INDEX"] = index.url.replace("//", f"//{index.login}@")
    stage, layout = tmp_path / "stage", tmp_path / "layout"
    said = [
        services.oneroof("stage", "service-one", "-o", str(stage)),
        services.oneroof("image", "service-one", "-o", f"oci:{layout}:t", *base, "--json"),
    ]
    for each in said:
        assert each.exit_code == 0, each.stderr
        assert "s3cr3t" not in each.stdout + each.stderr
    assert _holding(b"s3cr3t", stage, layout) == []
    assert [path for path in index.asked if "dep" in path]


def test_an_index_that_only_pip_knows_counts_for_nothing(
    services: Repository, second_index: Index, tmp_path: Path
) -> None:
    second_index.wheels.add("dep", "1.0", {"dep.py": "STRANGE = True\n"})
    (tmp_path / "pip.conf").write_text(f"[global]\nextra-index-url = {second_index.url}\n")
    services.variables["PIP_CONFIG_FILE"] = str(tmp_path / "pip.conf")
    said = services.oneroof("stage", "service-one", "-o", str(tmp_path / "out"))
    assert said.exit_code == 0, said.stderr
    assert second_index.asked == []


def _holding(secret: bytes, *folders: Path) -> list[str]:
    """The files that hold it, packed or not."""
    import gzip

    def contents(path: Path) -> Iterator[bytes]:
        raw = path.read_bytes()
        yield raw
        if raw[:2] == b"\x1f\x8b":
            yield gzip.decompress(raw)

    return [
        os.fspath(path)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and any(secret in content for content in contents(path))
    ]
