import pytest

from oneroof.distributions.upload import explain_upload

START = "error: Failed to publish `/tmp/x/a.whl` to `https://i.example/`\n  cause: "


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            (
                "Server returned status code 403 Forbidden. Server says:\n <html><head><title>403 "
                "Invalid authentication information.</title></head></html>"
            ),
            "the index answered: 403 Invalid authentication information.",
        ),
        (
            "Server returned status code 400 Bad Request. Server says: File already exists",
            "the index answered with status 400: File already exists",
        ),
        ("Server returned status code 502 Bad Gateway", "the index answered with status 502"),
        (
            "Failed to send POST request\n  cause: connection closed",
            "it could not be uploaded: Failed to send POST request: connection closed",
        ),
        ("Missing credentials for: https://i.example/", "the index wants credentials"),
    ],
)
def test_a_failure_is_one_line(said: str, told: str) -> None:
    assert explain_upload(START + said)[0] == told
