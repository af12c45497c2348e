from __future__ import annotations

import pytest

from oneroof.distributions.platforms import Platform, parse_platform


@pytest.mark.parametrize(
    ("wheel", "machines"),
    [
        ("a-1-py3-none-any.whl", {"amd64", "arm64"}),
        ("a-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", {"amd64"}),
        ("a-1-cp38-abi3-manylinux_2_28_aarch64.whl", {"arm64"}),
        ("a-1-cp312-cp312-manylinux_2_99_x86_64.whl", set()),
        ("a-1-cp311-cp311-manylinux_2_17_x86_64.whl", set()),
        ("a-1-cp312-cp312-musllinux_1_2_x86_64.whl", set()),
        ("a-1-cp312-cp312-macosx_11_0_arm64.whl", set()),
    ],
)
def test_wheels_run_where_their_tags_say(wheel: str, machines: set[str]) -> None:
    targets = {each: parse_platform(f"linux/{each}", "3.12").target for each in ("amd64", "arm64")}
    assert {name for name, target in targets.items() if target.accepts_wheel(wheel)} == machines


def test_markers_speak_of_the_machine() -> None:
    target = Platform("aarch64", "3.12").target
    assert target.holds('platform_machine == "aarch64" and sys_platform == "linux"')
    assert target.holds('python_version == "3.12" and implementation_name == "cpython"')
    assert target.is_python(">=3.12")
