import tomllib

from oneroof.paths import RelPath
from oneroof.workspace.dialects.toml import Table
from oneroof.workspace.dialects.uv import UvTable, apply_sources, read_uv
from oneroof.workspace.model import MAIN, Index, Requirement, Source, extra

PATH = RelPath("pyproject.toml")


def read(text: str) -> tuple[UvTable, list[str]]:
    table = Table(PATH, tomllib.loads(text), [], "")
    return read_uv(table), [f"{each.key}: {each.message}" for each in table.problems]


def located(text: str, requirement: Requirement) -> tuple[Source, ...]:
    [found] = apply_sources([requirement], read(text)[0].sources)
    return found.sources


def test_each_form_of_source() -> None:
    uv, problems = read(
        """
        [[tool.uv.index]]
        name = "torch"
        url = "https://t.io"
        explicit = true
        [tool.uv.sources]
        A_a = { workspace = true }
        b = { path = "../b", editable = true }
        c = { git = "https://h.io/c", branch = "main", subdirectory = "x" }
        d = { url = "https://h.io/d.whl" }
        e = { index = "torch" }
        f = { index = "elsewhere" }
        """
    )
    assert problems == []
    assert {name: each[0].source for name, each in uv.sources.items()} == {
        "a-a": Source("workspace", editable=True),
        "b": Source("path", "../b", editable=True),
        "c": Source("git", "https://h.io/c", reference="main", subdirectory="x"),
        "d": Source("url", "https://h.io/d.whl"),
        "e": Source("index", "https://t.io", name="torch"),
        "f": Source("index", "elsewhere", name="elsewhere"),
    }


def test_a_list_of_sources_by_marker_and_extra() -> None:
    text = """
        [tool.uv.sources]
        torch = [
          { index = "cpu", marker = "sys_platform == 'darwin'" },
          { index = "gpu", extra = "GPU" },
        ]
        """
    darwin = Source("index", "cpu", name="cpu", marker='sys_platform == "darwin"')
    main = Requirement("torch", MAIN, PATH, "k")
    assert located(text, main) == (darwin,)
    gpu = Source("index", "gpu", name="gpu")
    assert located(text, Requirement("torch", extra("gpu"), PATH, "k")) == (darwin, gpu)


def test_a_direct_reference_keeps_its_source() -> None:
    source = Source("url", "https://h.io/x")
    requirement = Requirement("x", MAIN, PATH, "k", sources=(source,))
    assert located('[tool.uv.sources]\nx = { path = "../x" }', requirement) == (source,)


def test_indexes_of_now_and_before() -> None:
    uv, _ = read(
        """
        [tool.uv]
        index-url = "https://d.io"
        extra-index-url = ["https://e.io"]
        [[tool.uv.index]]
        url = "https://n.io"
        publish-url = "https://n.io/upload"
        default = true
        """
    )
    assert uv.indexes == (
        Index("", "https://n.io", default=True, publish_url="https://n.io/upload"),
        Index("", "https://e.io"),
        Index("", "https://d.io", default=True),
    )


def test_what_is_no_source_is_told() -> None:
    uv, problems = read('[tool.uv.sources]\na = { foo = 1 }\nb = "x"\nc = { path = 3 }')
    assert uv.sources == {"a": (), "c": ()}
    assert [each.partition(": ")[0] for each in problems] == [
        "tool.uv.sources.a",
        "tool.uv.sources.b",
        "tool.uv.sources.c.path",
        "tool.uv.sources.c",
    ]


def test_default_groups_and_package() -> None:
    uv, _ = read('[tool.uv]\npackage = false\ndefault-groups = "all"')
    assert (uv.package, uv.default_groups) == (False, ("*",))
    assert read('[tool.uv]\ndefault-groups = ["A_b"]')[0].default_groups == ("a-b",)
    assert read("[tool.uv]")[0].default_groups is None


def test_legacy_dev_dependencies_are_the_group_dev() -> None:
    uv, _ = read('[tool.uv]\ndev-dependencies = ["pytest>=8"]')
    [requirement] = uv.dev_requirements
    assert (requirement.kind, requirement.key) == ("group:dev", "tool.uv.dev-dependencies[0]")
