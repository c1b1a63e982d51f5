"""Fields as people write them: read back as they were written, and refused with a reason."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from bot.domain.coin_range import CoinRange
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import Feature, FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.settings import ChosenId, ChosenIds, Section, read_leniently
from bot.domain.settings_fields import FieldKind, SettingField, fields_of, parse, with_field, written
from bot.errors import SettingRefused
from bot.features import sections
from bot.ui.errors import describe


class Everything(Section):
    """One field of every kind."""

    section: ClassVar[str] = "everything"
    title: ClassVar[str] = "Everything"

    number: int = Field(default=1, ge=1, le=9999, title="N", description="d", json_schema_extra={"kind": "number"})
    text: str = Field(default="a", max_length=5, title="T", description="d", json_schema_extra={"kind": "text"})
    switch: bool = Field(default=False, title="S", description="d", json_schema_extra={"kind": "switch"})
    choice: str = Field(
        default="x", title="C", description="d", json_schema_extra={"kind": "choice", "choices": {"x": "X", "y": "Y"}}
    )
    channel: ChosenId = Field(default=None, title="Ch", description="d", json_schema_extra={"kind": "channel"})
    channels: ChosenIds = Field(default=(), title="Chs", description="d", json_schema_extra={"kind": "channels"})
    role: ChosenId = Field(default=None, title="R", description="d", json_schema_extra={"kind": "role"})
    roles: ChosenIds = Field(default=(), title="Rs", description="d", json_schema_extra={"kind": "roles"})
    range: CoinRange = Field(
        default=CoinRange.fixed(5), title="Ra", description="d", json_schema_extra={"kind": "range"}
    )
    choices: tuple[Literal["x", "y"], ...] = Field(
        default=("x",),
        title="Cs",
        description="d",
        json_schema_extra={"kind": "choices", "choices": {"x": "X", "y": "Y"}},
    )
    duration: int = Field(default=60, le=600, title="D", description="d", json_schema_extra={"kind": "duration"})
    colour: int = Field(default=0, title="Co", description="d", json_schema_extra={"kind": "colour"})
    zone: str = Field(default="UTC", title="Z", description="d", json_schema_extra={"kind": "zone"})


def field(name: str, model: type[Section] = Everything) -> SettingField:
    return next(one for one in fields_of(model) if one.name == name)


def test_there_is_a_field_of_every_kind_here() -> None:
    assert {one.kind for one in fields_of(Everything)} == set(FieldKind)


@given(number=st.integers(-(10**12), 10**12), colour=st.integers(0, 0xFFFFFF), seconds=st.integers(0, 10**8))
def test_what_is_shown_can_be_written_again(number: int, colour: int, seconds: int) -> None:
    for name, value in (("number", number), ("colour", colour), ("duration", seconds)):
        assert parse(field(name), [written(field(name), value)]) == value


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("number", ["1,000"], 1000),
        ("number", [" 1 000 "], 1000),
        ("text", [" hi "], "hi"),
        ("switch", ["on"], True),
        ("switch", ["off"], False),
        ("choice", ["y"], "y"),
        ("channel", ["5"], 5),
        ("channel", [], None),
        ("range", ["250"], (250, 250)),
        ("range", ["50-1,500"], (50, 1_500)),
        ("range", [" 50 – 150 "], (50, 150)),
        ("range", ["2k to 1.5m"], (2_000, 1_500_000)),
        ("choices", ["y", "x"], ("y", "x")),
        ("choices", [], ()),
        ("roles", ["5", "6"], (5, 6)),
        ("channels", [], ()),
        ("duration", ["1d 12h"], 129_600),
        ("duration", ["90S"], 90),
        ("colour", ["3b6e57"], 0x3B6E57),
    ],
)
def test_what_people_write_and_choose_is_understood(name: str, values: list[str], expected: object) -> None:
    assert parse(field(name), values) == expected


@pytest.mark.parametrize(
    ("model", "name", "wrong", "reason"),
    [
        (Everything, "number", "many", "must be a whole number, such as 1,000"),
        (Everything, "number", "9" * 5000, "must be a whole number, such as 1,000"),
        (Everything, "number", "0", "must be at least 1"),
        (Everything, "number", "10000", "must be at most 9,999"),
        (Everything, "text", "too long", "takes at most 5 characters"),
        (Everything, "duration", "soon", "must be a time, such as 90s, 15m or 1d 12h"),
        (Everything, "duration", "1h tomorrow", "must be a time, such as 90s, 15m or 1d 12h"),
        (Everything, "duration", "1d", "must be at most 10 minutes"),
        (Everything, "colour", "green", "must be a colour, such as #3B6E57"),
        (Everything, "role", "me", "must be chosen from the list"),
        (Everything, "role", "9" * 19, "must be at most 9,223,372,036,854,775,807"),
        (GeneralSettings, "time_zone", "Mars", "must be a zone of the IANA database, such as Europe/Berlin"),
        (GeneralSettings, "language", "fr", "must be chosen from the list"),
        (GeneralSettings, "accent", "#GGGGGG", "must be a colour, such as #3B6E57"),
        (EconomySettings, "daily_amount", "0", "must be at least 1"),
        (EconomySettings, "daily_amount", "many", "must be a whole number, or two such as 50–150"),
        (EconomySettings, "daily_amount", "1-2-3", "must be a whole number, or two such as 50–150"),
        (EconomySettings, "daily_amount", "9-5", "must begin with the smaller number, such as 50–150"),
        (EconomySettings, "wallet_cap", "0", "must be at least 1"),
        (EconomySettings, "streak_milestones", "soon", "must be days and coins, such as 7=500, 30=5,000"),
        (EconomySettings, "commands", "fly", "must be chosen from the list"),
    ],
)
def test_a_wrong_value_is_refused_with_a_reason(model: type[Section], name: str, wrong: str, reason: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        with_field(model(), field(name, model), parse(field(name, model), [wrong]))
    assert describe(refused.value) == f"**{field(name, model).title}** {reason}. I changed nothing."


def test_the_switches_are_the_features() -> None:
    assert {feature.value for feature in Feature} == set(FeatureSettings.model_fields)
    assert all(FeatureSettings.of({"all"}).has(feature) for feature in Feature)
    assert not any(FeatureSettings().has(feature) for feature in Feature)


ODD: list[Any] = [None, "", "x", "UTC", [], [1], ["x"], {}, {"a": 1}, True, 1.5, 2**70]


@given(
    document=st.dictionaries(st.sampled_from([*Everything.model_fields, "gone"]), st.integers() | st.sampled_from(ODD))
)
def test_no_document_stops_a_guild(document: dict[str, Any]) -> None:
    for model in (*sections(), Everything):
        value, _ = read_leniently(model, document, model())
        assert type(value) is model
