"""Every feature declares all of its parts, and nothing that exists is left undeclared."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import discord
import pytest

from bot.domain.features import Feature
from bot.domain.settings import Section
from bot.domain.settings_fields import FieldKind, fields_of
from bot.features import FEATURES, Declaration, sections

ROOT = Path(__file__).parents[2]
SWITCHED = [one for one in FEATURES if one.switch is not None]


def by_name(feature: Declaration) -> str:
    return feature.name


def test_names_are_unique_and_every_switch_belongs_to_one_feature() -> None:
    assert len({one.name for one in FEATURES}) == len(FEATURES)
    assert [one.switch for one in SWITCHED] == list(Feature)
    assert [one.name for one in SWITCHED] == [switch.value for switch in Feature]


@pytest.mark.parametrize("feature", FEATURES, ids=by_name)
def test_a_feature_has_a_cog_with_its_permissions_and_a_page(feature: Declaration) -> None:
    cog = import_module(feature.extension)
    assert callable(cog.setup)
    assert isinstance(cog.PERMISSIONS, discord.Permissions)
    assert (ROOT / feature.docs).is_file()
    assert feature.docs.removeprefix("docs/") in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("feature", SWITCHED, ids=by_name)
def test_what_guilds_switch_has_every_part(feature: Declaration) -> None:
    assert feature.sections
    assert feature.invariants
    assert feature.scene is not None
    assert import_module(feature.scene).SCENE


def test_no_cog_section_invariant_or_scene_is_left_undeclared() -> None:
    def modules(folder: str) -> set[str]:
        found = (ROOT / folder).iterdir()
        return {one.stem for one in found if not one.name.startswith("_")}

    assert {one.extension.removeprefix("bot.cogs.") for one in FEATURES} == modules("bot/cogs")
    assert {one.name for one in FEATURES if one.invariants} == modules("bot/services/invariants")
    assert {one.name for one in FEATURES if one.scene} == modules("bot/scenes")
    assert {one.name for one in FEATURES} == modules("bot/features") - {"declaration"}
    assert set(sections()) == set(Section.__subclasses__()) - {
        one for one in Section.__subclasses__() if one.__module__.startswith("tests.")
    }


@pytest.mark.parametrize("feature", FEATURES, ids=by_name)
def test_what_a_feature_needs_is_named_rightly(feature: Declaration) -> None:
    needs = feature.probes
    named = {one.permission for one in needs.permissions} | {name for one in needs.channels for name in one.permissions}
    assert named <= discord.Permissions.VALID_FLAGS.keys(), "the names that permissions are listed by"
    assert {one.intent for one in needs.intents} <= {"members", "message_content", "presences"}
    for wanted, settings in (
        ({FieldKind.CHANNEL, FieldKind.CHANNELS}, needs.channels),
        ({FieldKind.ROLE, FieldKind.ROLES}, needs.roles),
        (set(FieldKind), needs.settings),
    ):
        for probe in settings:
            assert probe.setting.section in sections()
            kinds = {field.name: field.kind for field in fields_of(probe.setting.section)}
            assert kinds[probe.setting.field] in wanted, probe


def test_the_invitation_asks_for_what_a_diagnosis_would_miss() -> None:
    for feature in FEATURES:
        asked = {name for name, on in import_module(feature.extension).PERMISSIONS if on}
        assert asked == {one.permission for one in feature.probes.permissions}, feature.name
