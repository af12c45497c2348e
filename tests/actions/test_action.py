import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.actions.action import (
    Action,
    Command,
    Difference,
    Input,
    Property,
    differences,
    environment_input,
)
from oneroof.actions.digest import Digest
from oneroof.paths import RelPath

text = st.text(st.characters(codec="utf-8"), max_size=6)
properties = st.dictionaries(text, text, max_size=4).map(
    lambda pairs: tuple(Property(name, value) for name, value in pairs.items())
)
inputs = st.dictionaries(text, text, max_size=4).map(
    lambda pairs: tuple(Input(name, value) for name, value in pairs.items())
)
commands = st.builds(
    Command,
    arguments=st.lists(text, max_size=4).map(tuple),
    environment_variables=properties,
    working_directory=text.map(RelPath),
    output_paths=st.lists(text.map(RelPath), max_size=3).map(tuple),
)
actions = st.builds(Action, command=commands, inputs=inputs, platform=properties)


def action(*facts: Input) -> Action:
    command = Command(("python", "-m", "pytest"), (Property("B", "2"), Property("A", "1")))
    return Action(command, facts, (Property("OSFamily", "linux"),))


def test_canonical_form_is_pinned() -> None:
    # Whoever changes these bytes makes every stored result unreachable: raise
    # FINGERPRINT_VERSION with it.
    assert action(Input("platform", "x"), Input("files:a", "y")).blob == (
        b'{"command":{"arguments":["python","-m","pytest"],'
        b'"environment_variables":[{"name":"A","value":"1"},{"name":"B","value":"2"}],'
        b'"working_directory":".","output_paths":[]},'
        b'"inputs":[{"name":"files:a","value":"y"},{"name":"platform","value":"x"}],'
        b'"platform":[{"name":"OSFamily","value":"linux"}],"version":2}'
    )


@given(actions, st.randoms())
def test_digest_does_not_depend_on_the_order_of_facts(one: Action, order: random.Random) -> None:
    def shuffled(items: tuple[Property, ...]) -> tuple[Property, ...]:
        return tuple(order.sample(items, len(items)))

    command = one.command
    again = Action(
        Command(
            command.arguments,
            shuffled(command.environment_variables),
            command.working_directory,
            tuple(order.sample(command.output_paths, len(command.output_paths))),
        ),
        tuple(order.sample(one.inputs, len(one.inputs))),
        shuffled(one.platform),
    )
    assert again.digest == one.digest


@given(actions, actions)
def test_digest_and_differences_tell_the_same_actions_apart(one: Action, other: Action) -> None:
    assert (one.digest == other.digest) == (one == other)
    assert (differences(one, other) == ()) == (one == other)


@given(actions, text.filter(bool))
def test_any_change_of_a_value_changes_the_digest(one: Action, more: str) -> None:
    for index, fact in enumerate(one.inputs):
        changed = Input(fact.name, fact.value + more)
        facts = (*one.inputs[:index], changed, *one.inputs[index + 1 :])
        other = Action(one.command, facts, one.platform)
        assert other.digest != one.digest
        assert differences(one, other) == (Difference(fact.name, fact.value, fact.value + more),)


@given(actions)
def test_action_has_no_difference_to_itself(one: Action) -> None:
    assert differences(one, one) == ()


@given(actions)
def test_canonical_form_reads_back(one: Action) -> None:
    assert Action.parse(one.blob) == one
    assert one.digest == Digest.of(one.blob)


@pytest.mark.parametrize("blob", [b"", b"{}", b'{"command":{"arguments":1}}', b"\xff"])
def test_what_is_no_action_is_refused(blob: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Action.parse(blob)


def test_differences_are_named_old_and_new() -> None:
    old = action(Input("pin:requests", "2.31.0"), Input("pin:six", "1.16"))
    new = Action(
        Command(("python", "-m", "pytest", "-x y"), (Property("A", "1"),), RelPath("libs/a")),
        (Input("pin:requests", "2.32.0"), Input("tool:pytest", "9.0")),
        (Property("OSFamily", "linux"),),
        version=3,
    )
    assert differences(old, new) == (
        Difference("command:arguments", "python -m pytest", "python -m pytest '-x y'"),
        Difference("command:environment:B", "2", None),
        Difference("command:working_directory", ".", "libs/a"),
        Difference("fingerprint_version", "2", "3"),
        Difference("pin:requests", "2.31.0", "2.32.0"),
        Difference("pin:six", "1.16", None),
        Difference("tool:pytest", None, "9.0"),
    )


def test_one_name_has_one_value() -> None:
    with pytest.raises(ValueError, match="two values for one input"):
        action(Input("platform", "a"), Input("platform", "b"))


def test_value_of_a_variable_does_not_enter() -> None:
    secret = environment_input("DATABASE_URL", "postgres://me:hunter2@db")
    assert secret.name == "env:DATABASE_URL"
    assert "hunter2" not in secret.value
    assert secret != environment_input("DATABASE_URL", "postgres://me:hunter3@db")


def test_variable_that_is_not_set_differs_from_an_empty_one() -> None:
    assert environment_input("A", None) == Input("env:A", "unset")
    assert environment_input("A", "") != environment_input("A", None)
