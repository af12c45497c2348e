"""Which environment variables a task sees when it declares none."""

from collections.abc import Mapping

BASE_VARIABLES = frozenset(
    {
        # finding programs, the user's files and a place for temporary ones
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "TMPDIR",
        "TEMP",
        "TMP",
        # reaching the network from behind a proxy
        "ALL_PROXY",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        # whom to trust there
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NIX_SSL_CERT_FILE",
        # without these no process starts on Windows
        "SYSTEMROOT",
        "SYSTEMDRIVE",
        "COMSPEC",
        "PATHEXT",
        "WINDIR",
    }
)
"""Names, upper case; lower-case spellings count as well."""

FIXED_VARIABLES = {"LANG": "C.UTF-8"}
"""What every task sees as the same value, wherever it runs: the language decides how Python reads
files, and how numbers and dates are written."""


def is_base(name: str) -> bool:
    """Whether every task sees a variable of this name."""
    return name.upper() in BASE_VARIABLES or name in FIXED_VARIABLES


def base_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What of `environ` every task sees, sorted by name, and what is the same for all.

    These say where a task runs, not what it computes, and are no part of a fingerprint. All else
    (`TERM`, `TZ`, `CI`, `LC_ALL`, `PYTHONPATH`, credentials, ...) must be declared to be seen.
    """
    found = {name: environ[name] for name in environ if name.upper() in BASE_VARIABLES}
    return dict(sorted({**found, **FIXED_VARIABLES}.items()))
