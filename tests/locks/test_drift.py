from oneroof.locks.drift import Change, UsedVersion, Versions, collect_versions, compare_shared
from oneroof.locks.model import Pin
from oneroof.workspace.model import ProjectName

A, B, C = ProjectName("a"), ProjectName("b"), ProjectName("c")


def test_versions_of_a_package_are_listed_newest_first_with_their_projects() -> None:
    pins = {
        B: (Pin("six", "1.9"),),
        A: (Pin("six", "1.10", reasons=("a",)), Pin("attrs", "24.1")),
        C: (Pin("six", "1.9"),),
    }
    assert collect_versions(pins) == (
        Versions("attrs", (UsedVersion("24.1", (A,), {A: ()}),)),
        Versions(
            "six",
            (
                UsedVersion("1.10", (A,), {A: ("a",)}),
                UsedVersion("1.9", (B, C), {B: (), C: ()}),
            ),
        ),
    )


def test_one_version_everywhere_is_no_drift() -> None:
    (six,) = collect_versions({A: (Pin("six", "1"),), B: (Pin("six", "1"),)})
    assert not six.drifts


def test_what_only_building_tells_comes_after_all_versions() -> None:
    (six,) = collect_versions({A: (Pin("six", None),), B: (Pin("six", "0.1.dev1"),)})
    assert [each.version for each in six.versions] == ["0.1.dev1", ""]


def test_a_shared_environment_downgrades_and_upgrades() -> None:
    pins = {A: (Pin("six", "1.10"), Pin("same", "1")), B: (Pin("six", "1.2"),)}
    changes = compare_shared(pins, [Pin("six", "1.9"), Pin("same", "1")])
    assert changes == (Change(A, "six", "1.10", "1.9"), Change(B, "six", "1.2", "1.9"))
    assert [each.is_downgrade for each in changes] == [True, False]


def test_one_version_written_in_two_ways_is_one() -> None:
    (six,) = collect_versions({A: (Pin("six", "1.0"),), B: (Pin("six", "1.0.0"),)})
    assert [(each.version, each.projects) for each in six.versions] == [("1.0", (A, B))]
