"""Every feature declares all of its parts, and nothing that exists is left undeclared."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import discord
import pytest

from bot.domain.audit import LONGEST_ACTION
from bot.domain.features import Feature
from bot.domain.settings import Section
from bot.domain.settings_fields import FieldKind, fields_of
from bot.features import FEATURES, Declaration, audited, boards, sections

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


def recorded() -> Iterator[tuple[str, str]]:
    """Every action that the code writes into the audit log, and where."""
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "AuditRecord"):
                continue
            [action] = [one.value for one in node.keywords if one.arg == "action"] or node.args[:1]
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            match action:
                case ast.Constant(value=str(value)):
                    yield value, module
                case ast.Name(id=name):
                    yield getattr(import_module(module), name), module
                case _:  # a record that is read back
                    assert module == "bot.db.repositories.audit", module


def test_whatever_is_written_into_the_audit_log_has_a_name_that_people_understand() -> None:
    declared = [action for feature in FEATURES for action in feature.audited]
    assert len(set(declared)) == len(declared)
    for action, module in recorded():
        assert action in declared, f"{module} writes {action}: declare it as `audited`, with what people call it"
    for action, title in audited().items():
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", action), action
        assert len(action) <= LONGEST_ACTION, action
        assert title[0].isupper(), action


def test_boards_have_names_that_fit_into_custom_ids_and_no_two_the_same() -> None:
    names = [board.name for _switch, board in boards()]
    assert len(set(names)) == len(names)
    for _switch, board in boards():
        assert re.fullmatch(r"[a-z_]{1,24}", board.name), board.name
        assert board.periods
