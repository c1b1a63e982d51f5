"""The table of findings: a fact that is not as it should be, what is found, and the one step that mends it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, get_args

import pytest
from pydantic import Field

from bot.domain import findings as f
from bot.domain.authority import Staff
from bot.domain.diagnosis import CommandFacts, Facts, judge
from bot.domain.features import Feature, FeatureSettings
from bot.domain.findings import Diagnosis, Finding, Own, Severity, Thing, Unseen, read, written
from bot.domain.general import GeneralSettings
from bot.domain.manual import Chapter
from bot.domain.outbox import GivenUp, channel, user
from bot.domain.probes import (
    WRITING,
    ChannelProbe,
    IntentProbe,
    PermissionProbe,
    Probed,
    Probes,
    RoleProbe,
    SettingProbe,
    SettingRef,
    StaffChannelProbe,
    StaffProbe,
)
from bot.domain.role_grants import GrantTally, GuildFacts
from bot.domain.roles import Problem, Reach, RoleFacts
from bot.domain.settings import ChosenId, ChosenIds, Section
from bot.domain.ticket_topics import BrokenPanel, PanelTrouble
from bot.domain.visibility import Hidden, Overrides, Rule, RuleKind

GUILD = 1_000
LOG, SHOW, LOST = 11, 12, 13
VIP, BOSS, APP, MOD, ADMINS, GONE = 21, 22, 23, 24, 25, 26
WHEN = datetime(2026, 1, 2, tzinfo=UTC)
DELETED, REFUSED = BrokenPanel("support", PanelTrouble.GONE), BrokenPanel("reports", PanelTrouble.REFUSED)


class ShopSettings(Section):
    section: ClassVar[str] = "shop"
    title: ClassVar[str] = "Shop"

    stall: ChosenId = Field(default=None, title="Stall", json_schema_extra={"kind": "channel"})
    shows: ChosenIds = Field(default=(), title="Shows", json_schema_extra={"kind": "channels"})
    prize: ChosenId = Field(default=None, title="Prize", json_schema_extra={"kind": "role"})


STALL, SHOWS, PRIZE = (SettingRef(ShopSettings, name) for name in ("stall", "shows", "prize"))
LOGS, ALERTS = (SettingRef(GeneralSettings, name) for name in ("log_channel", "alert_channel"))


def probed(name: str, *sections: type[Section], switch: Feature | None = None, **needs: Any) -> Probed:
    return Probed(Chapter(name, name.title(), "", f"cogs.{name}", switch), sections, Probes(**needs))


GENERAL = probed(
    "config",
    FeatureSettings,
    GeneralSettings,
    intents=(IntentProbe("members", "deaf"),),
    channels=(ChannelProbe(LOGS, "no log"),),
    staff=(StaffProbe("config", Staff.ADMIN),),
    staff_channels=(StaffChannelProbe(LOGS, "the log"), StaffChannelProbe(ALERTS, "the alerts")),
)
PERMITTED = PermissionProbe("manage_roles", "no roles"), PermissionProbe("attach_files", "no cards", vital=False)
ROLES = probed("role_grants", permissions=PERMITTED)
SHOP = probed(
    "shop",
    ShopSettings,
    switch=Feature.ECONOMY,
    channels=(ChannelProbe(SHOWS, "no shows", ("read_messages", "attach_files")),),
    roles=(RoleProbe(PRIZE),),
    settings=(SettingProbe(STALL, "no stall"),),
)
LEVELING = probed("leveling")
FEATURES = (GENERAL, ROLES, SHOP, LEVELING, probed("tickets"))

GUILD_ROLES = {
    GUILD: RoleFacts(GUILD, 0, is_everyone=True),
    VIP: RoleFacts(VIP, 1),
    MOD: RoleFacts(MOD, 2, permissions=frozenset({"kick_members"})),
    APP: RoleFacts(APP, 3, is_managed=True),
    ADMINS: RoleFacts(ADMINS, 4),
    BOSS: RoleFacts(BOSS, 50),
}
ALL_WELL = Facts(
    guild_id=GUILD,
    permissions=frozenset({"manage_roles", "attach_files"}),
    roles=GuildFacts(GUILD_ROLES, Reach(top_rank=10, may_manage=True)),
    sections={
        FeatureSettings: FeatureSettings(economy=True),
        GeneralSettings: GeneralSettings(log_channel=LOG),
        ShopSettings: ShopSettings(stall=LOG, shows=(SHOW,), prize=VIP),
    },
    usual={model: model() for model in (FeatureSettings, GeneralSettings, ShopSettings)},
    channels={LOG: frozenset(WRITING), SHOW: frozenset({"read_messages", "attach_files"})},
    open_channels=frozenset({SHOW}),
    intents={"members": True, "message_content": True},
    overrides=Overrides(),
    commands=(
        CommandFacts("config", "config", frozenset({"manage_guild"})),
        CommandFacts("buy", "shop"),
        CommandFacts("sell", "shop"),
    ),
)


def with_(**changes: Any) -> Facts:
    return dataclasses.replace(ALL_WELL, **changes)


def with_sections(*sections: Section) -> Facts:
    return with_(sections={**ALL_WELL.sections, **{type(one): one for one in sections}})


def hidden(*app: Rule, **commands: Rule) -> Facts:
    return with_(overrides=Overrides(app, {name: (rule,) for name, rule in commands.items()}))


def lost(where: Any) -> tuple[GivenUp, ...]:
    return (GivenUp(where, 2, "403 (error 50001): Missing Access", WHEN),)


@dataclass(frozen=True)
class Case:
    name: str
    facts: Facts
    severity: Severity
    feature: str
    trouble: f.Trouble
    step: f.Step


def grants(role_id: int, *, give: int = 1, take: int = 0, stuck: int = 0, detail: str | None = None) -> Facts:
    return with_(grants=(GrantTally(role_id, give, take, stuck, detail),))


NOBODY, NOWHERE = Rule(RuleKind.ROLE, GUILD, allowed=False), Rule(RuleKind.CHANNEL, GUILD - 1, allowed=False)
ADMIN = GeneralSettings(log_channel=LOG, admin_roles=(ADMINS,))
FAULT, WARNING, ADVICE = Severity.FAULT, Severity.WARNING, Severity.ADVICE

CASES = [
    Case(
        "an intent is off",
        with_(intents={"members": False}),
        FAULT, "config", f.IntentOff("members", "deaf"), f.SwitchIntentOn("members"),
    ),
    Case(
        "the bot lacks a permission",
        with_(permissions=frozenset({"attach_files"})),
        FAULT, "role_grants",
        f.PermissionMissing(("manage_roles",), None, "no roles"), f.Allow(("manage_roles",), None),
    ),
    Case(
        "the bot lacks a permission that it can do without",
        with_(permissions=frozenset({"manage_roles"})),
        WARNING, "role_grants",
        f.PermissionMissing(("attach_files",), None, "no cards"), f.Allow(("attach_files",), None),
    ),
    Case(
        "it may not write in the log",
        with_(channels={**ALL_WELL.channels, LOG: frozenset({"read_messages"})}),
        FAULT, "config",
        f.PermissionMissing(WRITING[1:], LOG, "no log"), f.Allow(WRITING[1:], LOG),
    ),
    Case(
        "each feature has its own needs in its own channels",
        with_(channels={**ALL_WELL.channels, SHOW: frozenset({"read_messages"})}),
        FAULT, "shop",
        f.PermissionMissing(("attach_files",), SHOW, "no shows"), f.Allow(("attach_files",), SHOW),
    ),
    Case(
        "a channel that two sections name was deleted",
        with_(channels={SHOW: ALL_WELL.channels[SHOW]}),
        FAULT, "config", f.ThingGone(Thing.CHANNEL, LOG, (LOGS, STALL)), f.Forget(Thing.CHANNEL, LOG),
    ),
    Case(
        "a role that is set was deleted",
        with_sections(ShopSettings(stall=LOG, prize=GONE)),
        FAULT, "shop", f.ThingGone(Thing.ROLE, GONE, (PRIZE,)), f.Forget(Thing.ROLE, GONE),
    ),
    Case(
        "a role to give stands above the bot",
        with_sections(ShopSettings(stall=LOG, prize=BOSS)),
        FAULT, "shop", f.RoleOutOfReach(BOSS, Problem.ABOVE_ME, 0), f.MoveMeAbove(BOSS),
    ),
    Case(
        "a role to give has power",
        with_sections(ShopSettings(stall=LOG, prize=MOD)),
        FAULT, "shop", f.RoleOutOfReach(MOD, Problem.DANGEROUS, 0), f.Choose(PRIZE),
    ),
    Case(
        "members wait for a role above the bot",
        grants(BOSS, give=3, stuck=3),
        FAULT, "role_grants", f.RoleOutOfReach(BOSS, Problem.ABOVE_ME, 3), f.MoveMeAbove(BOSS),
    ),
    Case(
        "a role that will have to be taken stands above the bot",
        grants(BOSS, give=0, take=2),
        FAULT, "role_grants", f.RoleOutOfReach(BOSS, Problem.ABOVE_ME, 2), f.MoveMeAbove(BOSS),
    ),
    Case(
        "members wait for a role of an app",
        grants(APP),
        FAULT, "role_grants", f.RoleOutOfReach(APP, Problem.MANAGED, 1), f.EndGrants(APP),
    ),
    Case(
        "members wait for a role with power",
        grants(MOD),
        FAULT, "role_grants", f.RoleOutOfReach(MOD, Problem.DANGEROUS, 1), f.EndGrants(MOD),
    ),
    Case(
        "members wait for a deleted role",
        grants(GONE),
        FAULT, "role_grants", f.RoleOutOfReach(GONE, Problem.ROLE_GONE, 1), f.DropRole(GONE),
    ),
    Case(
        "a level brings a role above mine that nobody has reached",
        with_(reward_roles=(VIP, BOSS)),
        FAULT, "leveling", f.RoleOutOfReach(BOSS, Problem.ABOVE_ME, 0), f.MoveMeAbove(BOSS),
    ),
    Case(
        "a level brings a deleted role",
        with_(reward_roles=(VIP, GONE)),
        FAULT, "leveling", f.RoleOutOfReach(GONE, Problem.ROLE_GONE, 0), f.RemoveReward(GONE),
    ),
    Case(
        "members have reached a role above mine",
        dataclasses.replace(grants(BOSS, give=3), reward_roles=(BOSS,)),
        FAULT, "role_grants", f.RoleOutOfReach(BOSS, Problem.ABOVE_ME, 3), f.MoveMeAbove(BOSS),
    ),
    Case(
        "nothing is in the way any more",
        grants(VIP, stuck=1, detail="403"),
        WARNING, "role_grants", f.RoleWaits(VIP, 1, "403"), f.TryRole(VIP),
    ),
    Case(
        "a setting that matters is unset",
        with_sections(ShopSettings()),
        ADVICE, "shop", f.SettingUnset(STALL, "no stall"), f.Choose(STALL),
    ),
    Case(
        "a command is hidden from everybody",
        hidden(buy=NOBODY),
        WARNING, "shop",
        f.CommandsHidden(("buy",), Hidden.FROM_EVERYONE), f.ShowCommands("buy", Hidden.FROM_EVERYONE),
    ),
    Case(
        "all commands are hidden everywhere, which is one finding",
        hidden(NOWHERE),
        WARNING, f.SERVER,
        f.CommandsHidden(("config", "buy", "sell"), Hidden.IN_ALL_CHANNELS),
        f.ShowCommands(None, Hidden.IN_ALL_CHANNELS),
    ),
    Case(
        "admins by role are not shown /config",
        with_sections(ADMIN),
        WARNING, "config", f.StaffBlind("config", (ADMINS,)), f.ShowToStaff("config", (ADMINS,)),
    ),
    Case(
        "everybody can read the log",
        with_(open_channels=frozenset({SHOW, LOG})),
        WARNING, "config", f.ChannelOpen(LOG, ("the log",)), f.HideChannel(LOG),
    ),
    Case(
        "everybody can read the channel of log and alerts, which is one finding",
        dataclasses.replace(
            with_sections(GeneralSettings(log_channel=LOG, alert_channel=LOG)), open_channels=frozenset({LOG})
        ),
        WARNING, "config", f.ChannelOpen(LOG, ("the log", "the alerts")), f.HideChannel(LOG),
    ),
    Case(
        "messages can't be sent for want of a permission",
        with_(given_up=lost(channel(SHOW))),
        WARNING, f.SERVER, f.MessagesGivenUp(lost(channel(SHOW))[0]), f.Allow(WRITING[1:], SHOW),
    ),
    Case(
        "messages could be sent now",
        with_(given_up=lost(channel(LOG))),
        WARNING, f.SERVER, f.MessagesGivenUp(lost(channel(LOG))[0]), f.SendAgain(LOG),
    ),
    Case(
        "the channel of messages is gone",
        with_(given_up=lost(channel(LOST))),
        ADVICE, f.SERVER, f.MessagesGivenUp(lost(channel(LOST))[0]), f.LetGo(WHEN),
    ),
    Case(
        "somebody takes no messages",
        with_(given_up=lost(user(5))),
        ADVICE, f.SERVER, f.MessagesGivenUp(lost(user(5))[0]), f.AskForMessages(5),
    ),
    Case(
        "the message of a panel is gone",
        with_(panels=(DELETED,)),
        FAULT, "tickets", f.PanelBroken(DELETED), f.SendPanel("support"),
    ),
    Case(
        "Discord does not take a panel",
        with_(panels=(REFUSED,)),
        WARNING, "tickets", f.PanelBroken(REFUSED), f.SendPanel("reports"),
    ),
    Case(
        "Discord does not say which intents are on",
        with_(intents=None),
        ADVICE, f.SERVER, f.NotSeen(Unseen.INTENTS), f.LookYourself(Unseen.INTENTS),
    ),
    Case(
        "Discord does not say who sees which command",
        with_(overrides=None),
        ADVICE, f.SERVER, f.NotSeen(Unseen.INTEGRATIONS), f.LookYourself(Unseen.INTEGRATIONS),
    ),
    Case(
        "a feature is off",
        with_sections(FeatureSettings()),
        Severity.OFF, "shop", f.SwitchedOff(Feature.ECONOMY), f.SwitchOn(Feature.ECONOMY),
    ),
]  # fmt: skip


def test_a_server_in_order_has_no_findings() -> None:
    assert judge(FEATURES, ALL_WELL) == Diagnosis(FEATURES, ())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_thing_that_is_wrong_is_found_with_its_one_step(case: Case) -> None:
    found = judge(FEATURES, case.facts)
    assert found.findings == (Finding(case.severity, case.feature, case.trouble, case.step),)


def test_the_table_knows_every_trouble_and_every_step() -> None:
    assert {type(case.trouble) for case in CASES} == set(get_args(f.Trouble))
    assert {type(case.step) for case in CASES} == set(get_args(f.Step))


WELL = [
    ("a role that waits for its turn", grants(VIP)),
    ("a role that ends some time", grants(VIP, give=0, take=1)),
    ("a deleted role that was to be taken", grants(GONE, give=0, take=1)),
    ("a command for staff alone", with_(
        overrides=Overrides((), {"buy": (NOBODY, Rule(RuleKind.ROLE, MOD, allowed=True))})
    )),
    ("admins who were shown /config", dataclasses.replace(
        with_sections(ADMIN), overrides=Overrides((), {"config": (Rule(RuleKind.ROLE, ADMINS, allowed=True),)})
    )),
    ("admins with the permission", dataclasses.replace(
        with_sections(ADMIN),
        roles=GuildFacts({**GUILD_ROLES, ADMINS: RoleFacts(ADMINS, 4, permissions=frozenset({"manage_guild"}))},
                         ALL_WELL.roles.reach),
    )),
]  # fmt: skip


@pytest.mark.parametrize(("name", "facts"), WELL, ids=[name for name, _ in WELL])
def test_what_is_as_it_should_be_is_no_finding(name: str, facts: Facts) -> None:
    assert judge(FEATURES, facts).findings == (), name


def test_of_a_feature_that_is_off_nothing_else_is_looked_at() -> None:
    broken = dataclasses.replace(
        with_sections(FeatureSettings(), ShopSettings(stall=LOST, shows=(LOST,), prize=BOSS)),
        overrides=Overrides((), {"buy": (NOBODY,)}),
    )
    [finding] = judge(FEATURES, broken).findings
    assert finding.trouble == f.SwitchedOff(Feature.ECONOMY)


def test_a_missing_permission_is_not_told_again_for_every_role() -> None:
    facts = dataclasses.replace(
        grants(VIP, stuck=1),
        permissions=frozenset({"attach_files"}),
        roles=GuildFacts(GUILD_ROLES, Reach(top_rank=10, may_manage=False)),
    )
    shop_off = {**facts.sections, FeatureSettings: FeatureSettings()}
    found = judge(FEATURES, dataclasses.replace(facts, sections=shop_off))
    assert [type(one.trouble) for one in found.findings] == [f.PermissionMissing, f.SwitchedOff]


def test_the_worst_comes_first_and_one_feature_can_be_looked_at_alone() -> None:
    facts = dataclasses.replace(
        with_sections(ShopSettings(prize=BOSS)), intents=None, overrides=Overrides((NOBODY,)), given_up=lost(user(5))
    )
    found = judge(FEATURES, facts)
    assert [one.severity for one in found.findings] == [FAULT, WARNING, ADVICE, ADVICE, ADVICE]
    assert (found.verdict("shop"), found.verdict("config")) == (FAULT, None)
    assert (found.count(FAULT), found.count(ADVICE)) == (1, 3)
    config = found.about("config")
    assert {one.feature for one in config.findings} == {f.SERVER}
    assert [one.chapter.name for one in config.features] == ["config"]


LARGEST = 2**64 - 1
STEPS: list[Own] = [
    f.SwitchOn(Feature.ECONOMY),
    f.Forget(Thing.CHANNEL, LARGEST),
    f.Forget(Thing.ROLE, 1),
    f.DropRole(2),
    f.TryRole(3),
    f.SendAgain(4),
]


@pytest.mark.parametrize("step", STEPS, ids=written)
def test_a_step_of_mine_is_read_from_a_custom_id_as_it_was_written(step: Own) -> None:
    verb, about = written(step).split(":")
    assert read(verb, about) == step
    assert len(verb) <= 20
    assert len(about) <= 20


@pytest.mark.parametrize(("verb", "about"), [("on", "flying"), ("on", "1"), ("drop", "x"), ("burn", "1"), ("drop", "")])
def test_what_nobody_wrote_is_no_step(verb: str, about: str) -> None:
    assert read(verb, about) is None


def test_every_step_of_mine_is_written() -> None:
    assert {type(step) for step in STEPS} == set(get_args(Own))
