from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.images.conftest import wheel_bytes

from oneroof.actions.digest import Digest
from oneroof.distributions.third_party import ThirdWheel
from oneroof.distributions.wheels import Built
from oneroof.errors import ConfigError
from oneroof.images.entries import ClashError
from oneroof.images.layer import Layers, LayerSpec, WheelFile, check_layers
from oneroof.images.plan import MOST_HEAVY, plan_layers, require_few
from oneroof.images.venv import BasePython
from oneroof.workspace.model import ProjectName

if TYPE_CHECKING:
    from oneroof.cache.disk import DiskCache

PYTHON = BasePython("/usr/bin/python3.12", "3.12.4")
APP = ProjectName("app")


def third(name: str, size: int = 10) -> ThirdWheel:
    return ThirdWheel(name, "1", f"{name}-1-py3-none-any.whl", Digest("0" * 64, size))


def built(name: str) -> Built:
    return Built(ProjectName(name), f"{name}-1-py3-none-any.whl", "1", Digest("1" * 64, 5))


def shape(specs: tuple[LayerSpec, ...]) -> list[tuple[str, list[str]]]:
    return [(s.name, [w.filename.partition("-")[0] for w in s.wheels]) for s in specs]


def test_what_changes_rarely_lies_below() -> None:
    wheels = [third("small"), third("numpy", 2_000_000), third("attrs"), third("arrow", 3_000_000)]
    specs = plan_layers(PYTHON, wheels, [built("lib"), built("app"), built("base")], APP)
    assert shape(specs) == [
        ("venv", []),
        ("arrow", ["arrow"]),
        ("numpy", ["numpy"]),
        ("third-party", ["attrs", "small"]),
        ("libs", ["base", "lib"]),
        ("app", ["app"]),
    ]


def test_layers_that_would_be_empty_are_left_out() -> None:
    assert shape(plan_layers(PYTHON, [], [built("app")], APP)) == [("venv", []), ("app", ["app"])]


def test_groups_of_the_settings_take_packages_first() -> None:
    wheels = [third("torch", 9_000_000), third("nvidia-cublas", 9_000_000), third("six")]
    specs = plan_layers(PYTHON, wheels, [], APP, {"gpu": ("torch", "nvidia-*"), "none": ("x",)})
    assert shape(specs)[1:] == [("gpu", ["nvidia", "torch"]), ("third-party", ["six"])]


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 9_000_000)), unique_by=lambda x: x[0]))
def test_every_wheel_is_in_one_layer_and_few_are_heavy(sizes: list[tuple[int, int]]) -> None:
    wheels = [third(f"n{number}", size) for number, size in sizes]
    specs = plan_layers(PYTHON, wheels, [built("app")], APP)
    names = sorted(wheel.filename for spec in specs[1:-1] for wheel in spec.wheels)
    assert names == sorted(each.filename for each in wheels)
    assert sum(spec.reason == "heavy" for spec in specs) <= MOST_HEAVY
    assert plan_layers(PYTHON, wheels[::-1], [built("app")], APP) == specs


def test_more_layers_than_engines_bear_are_refused() -> None:
    require_few(100, 27)
    with pytest.raises(ConfigError, match="would have 128 layers"):
        require_few(100, 28)


def spec_of(cache: DiskCache, *wheels: bytes, name: str = "x") -> LayerSpec:
    files = tuple(
        WheelFile(f"{name}{place}-1-py3-none-any.whl", cache.storage.write(content))
        for place, content in enumerate(wheels)
    )
    return LayerSpec(name=name, reason="", wheels=files)


def test_a_layer_depends_on_what_its_wheels_hold_alone(cache: DiskCache) -> None:
    files = {"a/x.py": "1", "a/y.py": "2", "a-1.data/scripts/s": "#!python\n"}
    layers = Layers(cache, "3.12", 0)
    one = layers.make(spec_of(cache, wheel_bytes(files)))
    two = layers.make(spec_of(cache, wheel_bytes(files, order=-1), name="y"))
    assert one.key != two.key  # Those are other files, and nobody knows before they are unpacked.
    assert (one.digest, one.diff_id) == (two.digest, two.diff_id)


def test_a_layer_is_made_once(cache: DiskCache) -> None:
    spec = spec_of(cache, wheel_bytes({"a/x.py": "1"}))
    first = Layers(cache, "3.12", 0).make(spec)
    second = Layers(cache, "3.12", 0).make(spec)
    assert (first.was_known, second.was_known) == (False, True)
    assert (first.digest, first.diff_id, first.files) == (
        second.digest,
        second.diff_id,
        second.files,
    )


def test_another_python_or_time_makes_another_layer(cache: DiskCache) -> None:
    spec = spec_of(cache, wheel_bytes({"a/x.py": "1"}))
    made = {
        Layers(cache, *each).make(spec).digest for each in (("3.12", 0), ("3.13", 0), ("3.12", 9))
    }
    assert len(made) == 3


def test_wheels_of_one_layer_must_not_clash(cache: DiskCache) -> None:
    spec = spec_of(cache, wheel_bytes({"t/x": "1"}), wheel_bytes({"t/x": "2"}, "b"))
    with pytest.raises(ClashError, match=r"`x0-1-py3-none-any\.whl` and `x1-1-py3-none-any\.whl`"):
        Layers(cache, "3.12", 0).make(spec)


def test_layers_must_not_hide_files_of_each_other(cache: DiskCache) -> None:
    layers = Layers(cache, "3.12", 0)
    below = layers.make(spec_of(cache, wheel_bytes({"t/x": "1"}), name="below"))
    above = layers.make(spec_of(cache, wheel_bytes({"t/x": "2"}, "b"), name="above"))
    with pytest.raises(ClashError):
        check_layers([below, above])


def test_no_wheel_replaces_the_interpreter(cache: DiskCache) -> None:
    layers = Layers(cache, "3.12", 0)
    venv = layers.make(LayerSpec(name="venv", reason="", venv=PYTHON))
    wheel = layers.make(spec_of(cache, wheel_bytes({"a-1.data/scripts/python": "x"})))
    with pytest.raises(ClashError, match="the virtual environment"):
        check_layers([venv, wheel])
