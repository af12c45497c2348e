"""Projects with `poetry.lock` files of a few lines."""

from collections.abc import Iterable, Sequence


def manifest(name: str, *needs: str, python: str = ">=3.11", more: str = "") -> str:
    """A `pyproject.toml` with run-time requirements."""
    listed = ", ".join(f'"{each}"' for each in needs)
    return (
        f'[project]\nname = "{name}"\nversion = "1"\nrequires-python = "{python}"\n'
        f"dependencies = [{listed}]\n{more}"
    )


def locked(
    name: str,
    version: str,
    *,
    needs: Sequence[str] = (),
    python: str = "*",
    files: Sequence[str] | None = None,
) -> str:
    """One package of a lock, by default with a source distribution."""
    held = [f"{name}-{version}.tar.gz"] if files is None else files
    listed = ", ".join(f'{{ file = "{each}", hash = "sha256:{"0" * 64}" }}' for each in held)
    edges = "".join(f'{each} = "*"\n' for each in needs)
    return (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\npython-versions = "{python}"\n'
        f"files = [{listed}]\n" + (f"[package.dependencies]\n{edges}" if edges else "")
    )


def poetry_lock(*packages: str | tuple[str, str], python: str = ">=3.11") -> str:
    """A lock that no hash ties to a manifest."""
    texts: Iterable[str] = (
        each if isinstance(each, str) else locked(each[0], each[1]) for each in packages
    )
    head = f'[metadata]\nlock-version = "2.1"\npython-versions = "{python}"\n'
    return "\n".join([*texts, f'{head}content-hash = ""\n'])
