import tomllib

import pytest

from oneroof.tasks.scripts import read_scripts

TEXT = """
[tool.poe.tasks]
serve = "flask run --port 80"
docs.cmd = ["mkdocs", "build"]
clean.shell = "rm -rf build && echo gone"
migrate.script = "app.db:migrate"
odd.script = "app.db:migrate(1)"
release = ["docs", { cmd = "twine upload dist/x" }]
loop = ["loop"]
asks = "run ${NAME} {target}"
later.ref = "serve"

[tool.pdm.scripts]
_.env = { A = "1" }
start = { composite = ["build {args:now}", "start"] }
build = "make all"
call = { call = "app:main" }

[tool.hatch.envs.docs.scripts]
site = ["mkdocs build", "check-links site"]
"""


@pytest.mark.parametrize(
    ("runner", "name", "expected"),
    [
        ("poe", "serve", (("flask", "run", "--port", "80"),)),
        ("poe", "docs", (("mkdocs", "build"),)),
        ("poe", "clean", (("sh", "-c", "rm -rf build && echo gone"),)),
        (
            "poe",
            "migrate",
            (("python", "-c", "import app.db as m; raise SystemExit(m.migrate())"),),
        ),
        ("poe", "release", (("mkdocs", "build"), ("twine", "upload", "dist/x"))),
        ("poe", "later", (("flask", "run", "--port", "80"),)),
        ("pdm", "build", (("make", "all"),)),
        ("pdm", "start", (("make", "all"),)),
        ("pdm", "call", (("python", "-c", "import app as m; raise SystemExit(m.main())"),)),
        ("hatch", "site", (("mkdocs", "build"), ("check-links", "site"))),
    ],
)
def test_a_script_becomes_its_commands(
    runner: str, name: str, expected: tuple[tuple[str, ...], ...]
) -> None:
    found = read_scripts(tomllib.loads(TEXT), [runner])
    assert found[name] == expected


@pytest.mark.parametrize("name", ["odd", "loop", "asks"])
def test_what_only_the_other_runner_can_tell_is_left_out(name: str) -> None:
    assert name not in read_scripts(tomllib.loads(TEXT), ["poe"])


def test_only_the_runners_asked_for_are_read() -> None:
    assert set(read_scripts(tomllib.loads(TEXT), ["hatch"])) == {"site"}
