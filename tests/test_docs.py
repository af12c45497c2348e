"""The documentation says what is so: fresh reference, living links, real commands."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from oneroof.cli.main import MODULES, command

REPOSITORY = Path(__file__).parent.parent
DOCS = REPOSITORY / "docs"
PAGES = sorted(
    path
    for path in (*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md"))
    if path.name != "field-report.md"
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CALL = re.compile(r"^\$ (?:\w+=\S+ )*oneroof\b(.*)$|`oneroof((?: [^`]*)?)`", re.MULTILINE)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def test_the_reference_is_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, DOCS / "generate_reference.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, f"`make docs` writes it anew\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_pages_and_headings(page: Path) -> None:
    broken = []
    for link in LINK.findall(read(page)):
        place, _, heading = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / place).resolve() if place else page
        if not target.exists() or (heading and heading not in headings(target)):
            broken.append(link)

    assert broken == []


def headings(page: Path) -> set[str]:
    lines = [line for line in read(page).splitlines() if line.startswith("#")]
    return {
        re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()).replace(" ", "-")
        for line in lines
    }


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_options_that_are_shown_exist(page: Path) -> None:
    unknown = []
    for shown, inline in CALL.findall(read(page)):
        text = (shown or inline).split(" #")[0].split(">")[0].strip()
        words = text.replace("|", " ").split()
        unknown += unknown_words(words)

    assert unknown == []


def unknown_words(words: list[str]) -> list[str]:
    """The command, or those options, that there are not."""
    context = click.Context(command, info_name="oneroof")
    names = [word.rstrip(",") for word in words]
    own: click.Command = command
    name, rest = "oneroof", names
    if not names or names[0].startswith("-"):
        pass
    elif names[0] in MODULES:
        found = command.get_command(context, names[0])
        assert found is not None
        own, name, rest = found, names[0], names[1:]
    else:
        return [names[0]] if names[0].islower() else []
    if name == "cache":
        return []
    known = {option for param in own.params for option in (*param.opts, *param.secondary_opts)}
    known |= {"--help", "-h", "--"}
    before = rest[: rest.index("--")] if "--" in rest else rest
    return [f"{name} {word}" for word in before if word.startswith("-") and word not in known]


def test_every_page_is_reached_from_the_index() -> None:
    seen: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or not page.exists():
            continue
        seen.add(page)
        links = (link.partition("#")[0] for link in LINK.findall(read(page)) if "://" not in link)
        waiting += [(page.parent / link).resolve() for link in links if link.endswith(".md")]

    assert [name_of(page) for page in PAGES if DOCS in page.parents and page not in seen] == []


def test_every_variable_of_our_own_is_documented() -> None:
    sources = "".join(map(read, (REPOSITORY / "src").rglob("*.py")))
    variables = set(re.findall(r"\bONEROOF_[A-Z_]+\b", sources))

    documented = read(DOCS / "reference" / "environment-variables.md")
    assert sorted(each for each in variables if f"`{each}`" not in documented) == []


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    pages = sorted(path.name for path in (DOCS / "decisions").glob("0*.md"))
    listed = read(DOCS / "decisions" / "README.md")

    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))
    assert [name for name in pages if f"({name})" not in listed] == []


def test_the_menu_has_the_targets_that_are_shown() -> None:
    makefile = read(REPOSITORY / "Makefile")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    shown = {
        target
        for page in PAGES
        for target in re.findall(r"(?:`|^\$ )make ([a-z0-9-]+)", read(page), re.MULTILINE)
    }

    assert shown <= targets
