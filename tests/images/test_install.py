from __future__ import annotations

import csv
import io
import zipfile

import pytest
from tests.images.conftest import recorded, wheel_bytes

from oneroof.distributions.archive import WheelError
from oneroof.errors import ToolError
from oneroof.images.entries import ClashError, Entries, check_clashes, listing
from oneroof.images.install import install

SITE = "app/lib/python3.12/site-packages"


def installed(files: dict[str, str], **more: object) -> Entries:
    return install("a-1-py3-none-any.whl", wheel_bytes(files, **more), "3.12")  # type: ignore[arg-type]


def test_modules_and_metadata_lie_in_site_packages() -> None:
    found = installed({"a/__init__.py": "X = 1\n"})
    assert sorted(found) == [
        f"{SITE}/{each}"
        for each in (
            *("a-1.dist-info/INSTALLER", "a-1.dist-info/METADATA", "a-1.dist-info/RECORD"),
            *("a-1.dist-info/WHEEL", "a/__init__.py"),
        )
    ]
    assert found[f"{SITE}/a/__init__.py"].load() == b"X = 1\n"
    assert found[f"{SITE}/a-1.dist-info/INSTALLER"].load() == b"oneroof\n"


@pytest.mark.parametrize(
    ("scheme", "place"),
    [
        ("purelib", f"{SITE}/x"),
        ("platlib", f"{SITE}/x"),
        ("scripts", "app/bin/x"),
        ("headers", "app/include/site/python3.12/a/x"),
        ("data", "app/x"),
    ],
)
def test_each_kind_of_data_has_its_place(scheme: str, place: str) -> None:
    assert place in installed({f"a-1.data/{scheme}/x": ""})


def test_a_kind_of_data_that_there_is_not_is_refused() -> None:
    with pytest.raises(WheelError, match="`elsewhere` is no place to install into"):
        installed({"a-1.data/elsewhere/x": ""})


def test_scripts_start_with_the_python_of_the_image_and_can_be_run() -> None:
    script = installed({"a-1.data/scripts/x": "#!python -E\nprint()\n"})["app/bin/x"]
    assert (script.load(), script.is_program) == (b"#!/app/bin/python\nprint()\n", True)


def test_scripts_of_another_language_stay_as_they_are() -> None:
    script = installed({"a-1.data/scripts/x": "#!/bin/sh\n"})["app/bin/x"]
    assert (script.load(), script.is_program) == (b"#!/bin/sh\n", True)


def test_console_scripts_are_written() -> None:
    text = "[console_scripts]\nRun-It = a.cli:Main.run [extra]\n[other]\nx = y\n"
    script = installed({"a-1.dist-info/entry_points.txt": text})["app/bin/Run-It"]
    assert script.is_program
    assert script.load().decode() == (
        "#!/app/bin/python\nimport sys\nfrom a.cli import Main\n"
        'if __name__ == "__main__":\n    sys.exit(Main.run())\n'
    )


def test_an_entry_point_that_is_none_is_refused() -> None:
    text = "[console_scripts]\nx = import os; os\n"
    with pytest.raises(WheelError, match="the entry point `x = import os; os`, which is none"):
        installed({"a-1.dist-info/entry_points.txt": text})


def test_programs_stay_programs() -> None:
    found = installed({"a/run": "", "a/data": ""}, programs=("a/run",))
    assert found[f"{SITE}/a/run"].is_program
    assert not found[f"{SITE}/a/data"].is_program


def test_record_names_every_file_where_it_lies_with_its_hash() -> None:
    found = installed({"a/x": "x", "a-1.data/scripts/s": "#!python\n", "a-1.data/data/d": "d"})
    text = found[f"{SITE}/a-1.dist-info/RECORD"].load().decode()
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    told = {row[0]: row[1] for row in rows}
    assert told == {
        "../../../bin/s": recorded(b"#!/app/bin/python\n"),
        "../../../d": recorded(b"d"),
        "a/x": recorded(b"x"),
        "a-1.dist-info/INSTALLER": recorded(b"oneroof\n"),
        "a-1.dist-info/METADATA": recorded(found[f"{SITE}/a-1.dist-info/METADATA"].load()),
        "a-1.dist-info/WHEEL": recorded(found[f"{SITE}/a-1.dist-info/WHEEL"].load()),
        "a-1.dist-info/RECORD": "",
    }


def test_what_installers_leave_behind_does_not_come_along() -> None:
    names = ("INSTALLER", "REQUESTED", "direct_url.json", "RECORD.jws")
    found = installed({f"a-1.dist-info/{name}": "x" for name in names})
    kept = sorted(path.rpartition("/")[2] for path in found)
    assert kept == ["INSTALLER", "METADATA", "RECORD", "WHEEL"]
    assert found[f"{SITE}/a-1.dist-info/INSTALLER"].load() == b"oneroof\n"


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/x", "a/../../x", "a-1.data/data/../../../etc/x", "a-1.data/scripts/../../x"],
)
def test_a_path_that_leads_out_is_refused(path: str) -> None:
    with pytest.raises(ToolError, match="which leads out of `/app`"):
        installed({path: ""})


def test_a_file_that_is_not_what_record_says_is_refused() -> None:
    sound = wheel_bytes({"a/x": "right"})
    found = install("a-1-py3-none-any.whl", sound.replace(b"right", b"wrong"), "3.12")
    with pytest.raises(WheelError):
        found[f"{SITE}/a/x"].load()


def test_a_file_that_record_does_not_know_is_refused() -> None:
    stream = io.BytesIO(wheel_bytes({"a/x": "1"}))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("a/more", "")
    with pytest.raises(WheelError, match="holds `a/more`, which its RECORD does not name"):
        install("a-1-py3-none-any.whl", stream.getvalue(), "3.12")


def test_what_is_no_zip_file_is_refused() -> None:
    with pytest.raises(WheelError, match="cannot be read"):
        install("a-1-py3-none-any.whl", b"nothing", "3.12")


def test_two_wheels_that_differ_in_one_file_clash() -> None:
    one = listing(install("a", wheel_bytes({"t/x": "1", "t/same": ""}), "3.12"), "a-1.whl")
    two = listing(install("b", wheel_bytes({"t/x": "2", "t/same": ""}, "b"), "3.12"), "b-1.whl")
    with pytest.raises(ClashError) as caught:
        check_clashes((*two, *one))
    assert caught.value.message == f"`a-1.whl` and `b-1.whl` both hold `/{SITE}/t/x`"


def test_a_file_where_another_wheel_has_a_folder_clashes() -> None:
    one = listing(install("a", wheel_bytes({"t": ""}), "3.12"), "a-1.whl")
    two = listing(install("b", wheel_bytes({"t/x": ""}, "b"), "3.12"), "b-1.whl")
    with pytest.raises(ClashError, match=r"`a-1\.whl` and `b-1\.whl` both hold"):
        check_clashes((*one, *two))
