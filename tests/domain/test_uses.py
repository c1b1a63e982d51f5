"""What may be kept of a use, and what may not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.uses import Use, id_or_length, without_words
from bot.ui.uses import UseWatch, answered, command_parameters, control_use
from tests.support.clock import ManualClock


@pytest.mark.parametrize(
    ("value", "choices", "kept"),
    [
        (5, (), 5),
        (2.5, (), 2.5),
        (True, (), True),
        (None, (), None),
        ("hello", (), {"length": 5}),
        ("on", ("on", "off"), "on"),
        ("On", ("on", "off"), {"length": 2}),
        (["a"], (), None),
    ],
)
def test_numbers_switches_and_known_choices_are_kept_and_texts_are_measured(
    value: object, choices: tuple[str, ...], kept: object
) -> None:
    assert without_words(value, choices) == kept


@given(st.text(min_size=1))
def test_no_text_is_ever_kept_where_an_id_belongs(text: str) -> None:
    kept = id_or_length(text)
    assert kept == {"length": len(text)} or (len(text) <= 21 and text.removeprefix("-").isdecimal())


def test_subcommands_are_looked_into_and_context_menus_have_a_target() -> None:
    option: dict[str, Any] = {"name": "reason", "type": 3, "value": "because he is rude"}
    nested = {"options": [{"name": "group", "type": 2, "options": [{"name": "add", "type": 1, "options": [option]}]}]}
    assert command_parameters(None, nested) == {"reason": {"length": 18}}
    assert command_parameters(None, {"type": 3, "target_id": "123"}) == {"target": "123"}, "a message"
    assert command_parameters(None, {"options": [{"name": "what", "type": 8, "value": "77"}]}) == {"what": "77"}


@pytest.mark.parametrize("kind", [6, 9])
def test_of_people_only_is_kept_that_they_were_given(kind: int) -> None:
    assert command_parameters(None, {"type": 2, "target_id": "123"}) == {"target": "@someone"}
    options = [{"name": "who", "type": kind, "value": "77"}]
    assert command_parameters(None, {"type": 1, "options": options}) == {"who": "@someone"}


@pytest.mark.parametrize("kind", [5, 7])
def test_of_people_chosen_in_menus_and_forms_only_their_number_is_kept(kind: int) -> None:
    assert answered({"component_type": kind, "values": ["77", "78"]}) == {"values": ["@someone", "@someone"]}
    fields = [{"type": 18, "component": {"type": kind, "custom_id": "who", "values": ["77"]}}]
    assert answered({"components": fields}) == {"who": ["@someone"]}


@pytest.mark.parametrize(
    ("custom_id", "name", "parameters"),
    [
        ("economy:give:v1", "economy:give:v1", {}),
        ("economy:statement:v1:12:-3:n", "economy:statement:v1", {"arguments": ["12", "-3", "n"]}),
        ("config:reset-all:v1:economy:2", "config:reset-all:v1", {"arguments": ["economy", "2"]}),
        ("audit:entry:v1:81234567890123456:7:n", "audit:entry:v1", {"arguments": ["id", "7", "n"]}),
        ("shop:buy:v1:A sword!", "shop:buy:v1", {"arguments": [{"length": 8}]}),
        ("somebody else's", "unknown", {}),
        ("", "unknown", {}),
    ],
)
def test_a_custom_id_gives_a_name_without_end_to_nobody(
    custom_id: str, name: str, parameters: dict[str, object]
) -> None:
    assert control_use(custom_id) == (name, parameters)


def test_of_a_form_only_choices_are_kept() -> None:
    fields = [
        {"type": 1, "components": [{"custom_id": "why", "value": "123456789"}]},
        {"type": 18, "component": {"custom_id": "who", "values": ["42"]}},
        {"type": 18, "component": {"custom_id": "Not A Name", "value": "x"}},
    ]
    assert answered({"components": fields}) == {"why": {"length": 9}, "who": ["42"], "unknown": {"length": 1}}
    assert answered({"values": ["economy", "My Own Words"]}) == {"values": ["economy", {"length": 12}]}
    own = "81234567890123456"
    assert answered({"component_type": 3, "values": ["2", own]}) == {"values": ["2", "id"]}
    assert answered({"component_type": 6, "values": [own]}) == {"values": [own]}, "a role"


def test_a_completion_is_no_use_and_a_use_ends_once() -> None:
    uses: list[Use] = []
    watch = UseWatch(ManualClock(), [uses.append], tick=iter([1.0, 1.5, 2.0, 2.5]).__next__)
    whose = {"user": SimpleNamespace(id=2), "guild_id": 1, "channel_id": 3, "data": {"custom_id": "economy:give:v1"}}
    for kind in (discord.InteractionType.autocomplete, discord.InteractionType.component):
        interaction: Any = SimpleNamespace(type=kind, extras={}, **whose)
        watch.began(interaction)
        watch.ended(interaction)
        watch.ended(interaction)
    assert [(use.name, use.seconds) for use in uses] == [("economy:give:v1", 0.5)]
