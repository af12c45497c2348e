from oneroof.execution.environment import base_environment


def test_only_the_base_is_seen_sorted_by_name() -> None:
    environ = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "LC_ALL": "C.UTF-8",
        "LANG": "C",
        "https_proxy": "http://proxy:3128",
        "HTTPS_PROXY": "http://proxy:3128",
        "SSL_CERT_FILE": "/etc/ssl/cert.pem",
        "TMPDIR": "/tmp",  # noqa: S108 - a value, not a folder that is used
        "SystemRoot": "C:\\Windows",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "PYTHONPATH": "/elsewhere",
        "VIRTUAL_ENV": "/venv",
        "CI": "true",
        "TERM": "xterm",
    }
    assert list(base_environment(environ)) == [
        "HOME",
        "HTTPS_PROXY",
        "LANG",
        "PATH",
        "SSL_CERT_FILE",
        "SystemRoot",
        "TMPDIR",
        "https_proxy",
    ]


def test_values_are_kept_as_they_are() -> None:
    assert base_environment({"PATH": "/a:/b", "OTHER": "x"})["PATH"] == "/a:/b"


def test_the_language_is_the_same_everywhere() -> None:
    assert base_environment({"LANG": "de_DE.ISO-8859-1", "LC_NUMERIC": "de_DE"}) == {
        "LANG": "C.UTF-8"
    }
