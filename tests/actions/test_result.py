from oneroof.actions.digest import Digest
from oneroof.actions.result import ActionResult, OutputFile, TestCounts
from oneroof.paths import RelPath


def test_total_counts_every_outcome() -> None:
    assert TestCounts(passed=1, failed=2, skipped=3, errors=4).total == 10


def test_digests_are_all_blobs_of_a_result() -> None:
    log, junit, wheel = Digest.of(b"log"), Digest.of(b"junit"), Digest.of(b"wheel")
    result = ActionResult(
        "passed",
        0.5,
        stdout_digest=log,
        junit_digest=junit,
        output_files=(OutputFile(RelPath("dist/a.whl"), wheel),),
    )
    assert list(result.digests()) == [log, junit, wheel]
    assert list(ActionResult("failed", 0.5).digests()) == []
