"""What installed distributions say they provide."""

from pathlib import Path

from tests.conftest import write_files

from oneroof.environments.provided import find_modules, read_distributions
from oneroof.rules.distributions import Distribution, Need


def test_modules_packages_and_namespaces_of_a_record() -> None:
    record = (
        "../../../bin/tool,sha256=x,1\n"
        "pkg/__init__.py,sha256=x,0\npkg/sub/mod.py,sha256=x,1\npkg/data.json,,\n"
        "single.py,,\n_fast.cpython-311-x86_64-linux-gnu.so,,\n"
        "space/portion/__init__.py,,\npkg/__pycache__/x.cpython-311.pyc,,\n"
        "pkg-stubs/__init__.pyi,,\nthing-1.0.dist-info/METADATA,,\n"
    )
    assert find_modules(record) == (
        frozenset({"pkg", "pkg.sub.mod", "single", "_fast", "space.portion"}),
        frozenset({"pkg.sub", "space"}),
    )


def test_a_distribution_with_all_it_says(tmp_path: Path) -> None:
    info = "Some_Thing-1.2.dist-info"
    write_files(
        tmp_path,
        {
            f"{info}/RECORD": "thing.py,sha256=x,1\n",
            f"{info}/METADATA": (
                "Metadata-Version: 2.1\nName: Some.Thing\n"
                "Requires-Dist: Other_One[A_b, c]>=1,<2\n"
                'Requires-Dist: fast (~=3.0) ; extra == "quick"\n'
                "\nRequires-Dist: prose\n"
            ),
            f"{info}/entry_points.txt": (
                "[console_scripts]\nthing = thing:main\n[pytest11]\nt = t\n"
            ),
        },
    )
    assert list(read_distributions(tmp_path)) == [
        Distribution(
            "some-thing",
            "1.2",
            frozenset({"thing"}),
            needs=(Need("other-one", ">=1,<2", ("a-b", "c")),),
            optional={"quick": (Need("fast", "~=3.0"),)},
            scripts=frozenset({"thing"}),
            is_plugin=True,
        )
    ]


def test_top_level_stands_in_for_a_record(tmp_path: Path) -> None:
    info = "old-1.dist-info"
    write_files(tmp_path, {f"{info}/top_level.txt": "old\n_old\n", f"{info}/METADATA": ""})
    (found,) = read_distributions(tmp_path)
    assert found.modules == {"old", "_old"}
