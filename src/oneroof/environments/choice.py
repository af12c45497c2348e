"""Choose the interpreter of a project. Pure, but for what `blocked` may ask of locks."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from oneroof.environments.model import Interpreter, InterpreterError
from oneroof.locks.target import Target
from oneroof.paths import RelPath


class PythonDemand(msgspec.Struct, frozen=True):
    """A `requires-python` that must hold, and the file that says so."""

    specifier: str
    declared_in: RelPath


class PythonWish(msgspec.Struct, frozen=True):
    """The version a `.python-version` file or a setting prefers: `3.11`, `cpython-3.11.7`."""

    version: str
    declared_in: RelPath

    def is_met_by(self, interpreter: Interpreter) -> bool:
        """Whether major and minor agree, and the free-threaded `t` if it is wished."""
        text = self.version.strip().removeprefix("cpython-").removeprefix("cpython@")
        wished = text.removeprefix("python").removeprefix("-")
        minor = ".".join(wished.rstrip("t").split(".")[:2])
        if wished.endswith("t") != interpreter.abi.endswith("t"):
            return False
        return minor in (interpreter.minor, interpreter.minor.split(".")[0])

    def is_exactly(self, interpreter: Interpreter) -> bool:
        """Whether all that is wished agrees, the patch version too."""
        return self.is_met_by(interpreter) and self.version.strip().endswith(interpreter.version)


class Lacking(msgspec.Struct, frozen=True):
    """Why pins do not suit an interpreter."""

    uninstallable: tuple[str, ...] = ()
    """Those that have nothing to install, each said in a few words."""
    to_compile: tuple[str, ...] = ()
    """The names of those that have wheels, but none for it, so that they would be compiled."""
    broken: tuple[str, ...] = ()
    """Those that can be installed and are known not to work, each said in a few words."""

    @property
    def is_second_choice(self) -> bool:
        """Whether another interpreter that lacks nothing would do better."""
        return bool(self.to_compile or self.broken)


Judge = Callable[[Interpreter], Lacking]


@lru_cache(maxsize=64)
def target_of(interpreter: Interpreter) -> Target:
    """The markers and wheel tags of an interpreter."""
    from packaging import tags

    name = interpreter.abi.rstrip("tdm")
    supported = [
        *tags.cpython_tags(interpreter.digits, [interpreter.abi], interpreter.platforms),
        *tags.compatible_tags(interpreter.digits, name, interpreter.platforms),
    ]
    return Target.of(dict(interpreter.markers), map(str, supported))


def choose(
    candidates: Sequence[Interpreter],
    demands: Sequence[PythonDemand] = (),
    wish: PythonWish | None = None,
    *,
    preferred: int = 0,
    judge: Judge | None = None,
) -> Interpreter:
    """The interpreter a project runs in.

    All demands hold and every pin can be had. Of what is left, in this order: the one that was
    wished for; one for which no pin must be compiled that has wheels for others, and on which
    none is known to break; one of the first `preferred` candidates, then the one after them,
    which runs oneroof; the newest; pre-releases and free-threaded ones last.

    Raises:
        InterpreterError: no candidate satisfies the demands, or each lacks some pin.
    """
    specifiers = sorted({demand.specifier for demand in demands})
    fitting = [
        each
        for each in candidates
        if all(target_of(each).is_python(specifier) for specifier in specifiers)
    ]
    if not fitting:
        raise _unsatisfied(candidates, demands)
    ranks = {each.path: index for index, each in enumerate(candidates)}

    def rank(each: Interpreter) -> tuple[bool, bool, bool, int, tuple[int, ...]]:
        place = ranks[each.path]
        newest = tuple(-int(part) for part in each.version.split(".") if part.isdigit())
        return (
            not (wish is not None and wish.is_exactly(each)),
            not (wish is not None and wish.is_met_by(each)),
            each.is_prerelease or each.abi.endswith(("t", "d")),
            min(place, preferred + 1),
            newest,
        )

    ranked = sorted(fitting, key=rank)
    return ranked[0] if judge is None else _first_that_suits(ranked, wish, judge)


def _first_that_suits(
    ranked: Sequence[Interpreter], wish: PythonWish | None, judge: Judge
) -> Interpreter:
    reasons: list[tuple[Interpreter, Lacking]] = []
    tried: set[str] = set()
    usable: Interpreter | None = None
    for each in ranked:
        if each.abi in tried:
            continue
        tried.add(each.abi)
        lacking = judge(each)
        if lacking.uninstallable:
            reasons.append((each, lacking))
        elif not lacking.is_second_choice or (wish is not None and wish.is_met_by(each)):
            return each
        else:
            usable = usable or each
    if usable is None:
        raise _lacking(reasons)
    return usable


def _unsatisfied(
    candidates: Sequence[Interpreter], demands: Sequence[PythonDemand]
) -> InterpreterError:
    wanted = " and ".join(
        f"`{demand.specifier}` ({demand.declared_in})" for demand in dict.fromkeys(demands)
    )
    versions = ", ".join(f"`{each.version}`" for each in candidates) or "none"
    return InterpreterError(
        f"no Python here satisfies {wanted or '`any`'}: found {versions}",
        hint="install one, for example with `uv python install`, "
        "or name its path in `ONEROOF_PYTHON`",
    )


def _lacking(reasons: Sequence[tuple[Interpreter, Lacking]]) -> InterpreterError:
    said = "; ".join(
        f"Python {interpreter.minor} will not do, as {', '.join(lacking.uninstallable)}"
        for interpreter, lacking in reasons
    )
    return InterpreterError(
        f"no Python here can install every pin: {said}",
        hint="lock versions with wheels for one of these Pythons, "
        "or name another one in `ONEROOF_PYTHON`",
    )
