"""/diagnose as an owner uses it: what is wrong, one step after the other, until all is well."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.audit import AuditSource
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.outbox import MessageState, user
from bot.domain.settings import Section
from bot.sandbox import CannotDo, SeenMessage
from bot.services import Services
from tests.cogs.outbox_post import promise, shown, state, tick
from tests.support.openapi import check_exchange
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, ROBOT, Stage, is_private, words

OWNERS, HELPERS, VIP, PRIZE = ((4_000 + number) << 22 for number in range(4))
LOG, ALERTS = (4_100 << 22) + 1, (4_100 << 22) + 2
MINE = [
    "manage_roles", "view_channel", "send_messages", "embed_links", "attach_files", "ban_members", "kick_members",
    "moderate_members", "view_audit_log", "manage_channels", "manage_threads", "send_messages_in_threads",
    "create_public_threads", "create_private_threads", "add_reactions", "connect", "speak",
    "manage_messages", "read_message_history", "manage_guild",
]  # fmt: skip
WELL = "✅ **All is well.** Everything that is switched on will work here."
NEEDED = "For this you need the permission **Manage Server**, or one of the **Admin roles** chosen in `/config`."


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """Alice may manage the server, Bob and Carol may not; the bot has what it needs."""
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, MINE)
    world.add_role(GUILD, "Owners", id=OWNERS, permissions=["manage_guild"])
    world.give_role(GUILD, ALICE, OWNERS)
    world.add_role(GUILD, "Helpers", id=HELPERS)
    world.add_role(GUILD, "Prize", id=PRIZE)
    world.add_channel(GUILD, "log", id=LOG, hidden_from_everyone=True)
    world.add_channel(GUILD, "alerts", id=ALERTS, hidden_from_everyone=True)
    await stage.start()
    await put(stage, GeneralSettings(time_zone="Europe/Berlin", alert_channel=ALERTS))
    return stage


def services(stage: Stage) -> Services:
    assert stage.app is not None
    return stage.app.services


async def put(stage: Stage, section: Section) -> None:
    settings = services(stage).guild_settings
    base = (await settings.read(GUILD, type(section))).version
    await settings.change(GUILD, section, base=base, by=None)


async def general(stage: Stage) -> GeneralSettings:
    return (await services(stage).guild_settings.read(GUILD, GeneralSettings)).value


async def press(stage: Stage, message: SeenMessage, label: str, who: Any = None) -> SeenMessage:
    return await (await (who or stage.alice).click(message, label)).finished()


async def owe(stage: Stage, user: int, role: int) -> None:
    assert stage.app is not None
    grants = services(stage).role_grants
    await stage.app.database.transact(
        lambda session: grants.want(session, GUILD, user, role, source="shop:1"), idempotent=True
    )
    await settle_roles(stage)


async def settle_roles(stage: Stage) -> None:
    for _ in range(2):
        await tick(stage)


def roles(stage: Stage, user: int) -> list[int]:
    return stage.sandbox.world.backend.get_member(GUILD, user).role_ids


async def test_a_server_in_order_is_told_so_and_only_who_asked_sees_it(on_stage: Stage) -> None:
    seen = await on_stage.ask(on_stage.alice, "diagnose")
    assert is_private(seen)
    assert words(seen).startswith(WELL)
    assert "✅ Servers · ✅ Help · ✅ Settings · ✅ Diagnosis · ✅ Audit log" in words(seen)
    assert [one["label"] for one in seen.controls() if "label" in one] == ["Look again"]
    wrong = [
        complaint
        for one in on_stage.sandbox.requests
        if one.path.endswith("/commands/permissions")
        for complaint in check_exchange(one.method, one.path, one.json, one.status or 0, one.response)
    ]
    assert wrong == []


async def test_a_broken_server_is_mended_step_by_step(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await put(on_stage, GeneralSettings(time_zone="Europe/Berlin", log_channel=LOG, alert_channel=ALERTS))
    world.remove_channel(LOG)
    world.overwrite(ALERTS, world.bot_role(GUILD), deny=["send_messages"])
    world.add_role(GUILD, "VIP", id=VIP, position=50)
    await owe(on_stage, BOB, VIP)
    world.show_command(GUILD, "balance", GUILD, allowed=False)

    seen = await on_stage.ask(on_stage.alice, "diagnose")
    assert words(seen).startswith("❌ **3 things do not work.**\n⚠️ **2 things should be looked at.**")
    assert f"A channel that is set here was deleted (`{LOG}`): **General · Log channel**." in words(seen)
    assert f"I lack **Send Messages**, **Embed Links** in <#{ALERTS}>. Staff can't be called there." in words(seen)
    assert f"→ In <#{ALERTS}> under **Edit Channel → Permissions** allow" in words(seen)
    assert f"to <#{ALERTS}> never arrived" in words(seen), "nor did the calls for the staff"
    above = f"I can neither give nor take <@&{VIP}>: the role stands above my own highest role. It concerns 1 member."
    assert above in words(seen)
    assert f"→ **Server Settings → Roles**: drag <@&{world.bot_role(GUILD)}> above <@&{VIP}>." in words(seen)
    assert "`/balance`: hidden from everyone but administrators." in words(seen)
    assert "→ **Server Settings → Integrations → Folkmoot → /balance**: allow **@everyone**." in words(seen)
    assert all(one in words(seen) for one in ("❌ Settings", "⚠️ Economy"))

    seen = await press(on_stage, seen, label_of(seen, "Forget it"))
    assert "was deleted" not in words(seen)
    assert (await general(on_stage)).log_channel is None
    world.overwrite(ALERTS, world.bot_role(GUILD), allow=["send_messages", "embed_links"])
    seen = await press(on_stage, seen, "Look again")
    assert "I lack" not in words(seen)
    world.edit_role(GUILD, VIP, position=1)
    world.show_command(GUILD, "balance", GUILD, allowed=None)
    seen = await press(on_stage, seen, "Look again")
    waits = f"<@&{VIP}> could not be given to 1 member, or taken back. Nothing is in the way any more."
    assert words(seen).startswith("⚠️ **2 things should be looked at.**")
    assert waits in words(seen)
    seen = await press(on_stage, seen, label_of(seen, "Send again"))
    seen = await press(on_stage, seen, label_of(seen, "Try now"))
    assert words(seen).startswith(WELL)
    await settle_roles(on_stage)
    assert VIP in roles(on_stage, BOB)
    await on_stage.ask(on_stage.carol, "balance")
    [entry] = (await services(on_stage).audit.search(GUILD)).entries[:1]
    record = entry.record
    assert (record.actor_id, record.source, record.before) == (ALICE, AuditSource.BUTTON, {"log_channel": LOG})


def label_of(message: SeenMessage, end: str) -> str:
    [label] = {str(one["label"]) for one in message.controls() if str(one.get("label", "")).endswith(end)}
    return label


async def test_a_missing_permission_of_the_whole_server_is_found(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    world.set_bot_permissions(GUILD, MINE[1:])
    seen = await on_stage.ask(on_stage.alice, "diagnose")
    assert "I lack **Manage Roles** in this server. I can neither give roles nor take them back." in words(seen)
    assert (
        f"→ **Server Settings → Roles → <@&{world.bot_role(GUILD)}> → Permissions**: switch on **Manage Roles**."
        in (words(seen))
    )


async def test_a_log_that_everybody_can_read_is_found_until_it_is_private(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await put(on_stage, GeneralSettings(time_zone="Europe/Berlin", log_channel=LOG, alert_channel=ALERTS))
    world.overwrite(LOG, GUILD)  # as it is unless somebody says otherwise
    seen = await on_stage.ask(on_stage.alice, "diagnose")
    assert words(seen).startswith("⚠️ **1 thing should be looked at.**")
    assert f"Everybody here can read <#{LOG}>. They read there what staff sets and does, and to whom." in words(seen)
    mine = f"<@&{world.bot_role(GUILD)}>"
    assert f"<#{LOG}> under **Edit Channel → Permissions** switch on **Private Channel**, and add" in words(seen)
    assert mine in words(seen)
    world.overwrite(LOG, GUILD, deny=["view_channel"])
    assert words(await press(on_stage, seen, "Look again")).startswith(WELL)


async def test_who_can_read_is_told_by_the_everyone_role_and_what_the_channel_says_of_it(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await put(on_stage, GeneralSettings(time_zone="Europe/Berlin", log_channel=LOG, alert_channel=ALERTS))
    world.overwrite(LOG, OWNERS, allow=["view_channel"])  # a role of some is not everybody
    world.overwrite(LOG, ALICE, allow=["view_channel"])
    world.overwrite(LOG, GUILD)
    world.overwrite(GENERAL, GUILD, allow=["view_channel"])
    world.edit_role(GUILD, GUILD, permissions=["use_application_commands"])  # a channel is seen if it says so
    seen = await on_stage.ask(on_stage.alice, "diagnose")
    assert "Everybody here" not in words(seen)
    world.overwrite(LOG, GUILD, allow=["view_channel"])
    assert f"Everybody here can read <#{LOG}>." in words(await press(on_stage, seen, "Look again"))


async def test_one_feature_is_looked_at_alone(on_stage: Stage) -> None:
    on_stage.sandbox.world.set_bot_permissions(GUILD, MINE[1:])
    seen = await on_stage.ask(on_stage.alice, "diagnose", feature="economy")
    assert words(seen).startswith(WELL)
    assert "Roles" not in words(seen)
    on_stage.sandbox.world.set_bot_permissions(GUILD, [])
    assert words(await press(on_stage, seen, "Look again")).startswith(WELL)
    assert "Manage Roles" in words(await on_stage.ask(on_stage.alice, "diagnose", feature="role_grants"))


async def test_a_feature_that_is_off_is_no_fault_and_can_be_switched_on(on_stage: Stage) -> None:
    await put(on_stage, FeatureSettings(economy=False))
    seen = await on_stage.ask(on_stage.alice, "diagnose")
    assert words(seen).startswith(WELL)
    assert "⚪ Economy" in words(seen)
    alone = await on_stage.ask(on_stage.alice, "diagnose", feature="economy")
    assert words(alone).startswith("⚪ **This is switched off here.** That is no fault.")
    seen = await press(on_stage, seen, "Switch on: Economy")
    assert "✅ Economy" in words(seen)
    assert words(await on_stage.ask(on_stage.carol, "balance")) == "Your wallet: **0 coins**"


async def test_buttons_from_before_a_restart_look_at_everything_again(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await put(on_stage, GeneralSettings(time_zone="Europe/Berlin", log_channel=LOG, admin_roles=(HELPERS, VIP)))
    world.remove_channel(LOG)
    seen = await on_stage.ask(on_stage.alice, "diagnose", feature="config")
    labels = sorted(str(one["label"]) for one in seen.controls() if "label" in one)
    assert [label[4:] for label in labels[:2]] == ["Forget it", "Forget it"], "the channel, and a role that never was"
    await on_stage.stop()
    world.add_channel(GUILD, "log", id=None)
    world.add_role(GUILD, "VIP", id=VIP)  # it is back
    await on_stage.start()
    seen = await press(on_stage, seen, labels[1])
    assert (await general(on_stage)).admin_roles == (HELPERS, VIP), "not forgotten, for it is no longer gone"
    assert "was deleted" not in words(await press(on_stage, seen, label_of(seen, "Forget it")))
    assert await general(on_stage) == GeneralSettings(time_zone="Europe/Berlin", admin_roles=(HELPERS, VIP))


async def test_all_grants_of_a_deleted_role_end_at_the_press_of_a_button(on_stage: Stage) -> None:
    await owe(on_stage, BOB, VIP)
    await owe(on_stage, CAROL, VIP)
    seen = await on_stage.ask(on_stage.alice, "diagnose")
    assert f"I can neither give nor take `{VIP}`: the role was deleted. It concerns 2 members." in words(seen)
    seen = await press(on_stage, seen, label_of(seen, "End these grants"))
    assert words(seen).startswith(WELL)
    await settle_roles(on_stage)
    assert (await services(on_stage).role_grants.list_(GUILD)).total == 0


async def test_messages_that_were_given_up_are_told_with_their_reason_and_sent_after_all(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    world.overwrite(GENERAL, world.bot_role(GUILD), deny=["send_messages"])
    await promise(on_stage, "news")
    await tick(on_stage)
    assert await state(on_stage, "news") is MessageState.FAILED
    seen = await on_stage.ask(on_stage.alice, "diagnose")
    assert f"1 message to <#{GENERAL}> never arrived" in words(seen)
    assert "`403 (error 50013): Missing Permissions`" in words(seen)
    assert "**Send Messages**" in words(seen)
    world.overwrite(GENERAL, world.bot_role(GUILD), allow=["send_messages"])
    seen = await press(on_stage, seen, "Look again")
    seen = await press(on_stage, seen, label_of(seen, "Send again"))
    assert words(seen).startswith(WELL)
    await tick(on_stage)
    assert shown(on_stage).count("news") == 1


async def test_staff_can_not_tell_who_closed_their_messages_at_discord_from_who_closed_them_here(
    on_stage: Stage,
) -> None:
    await services(on_stage).preferences.edit(BOB, lambda mine: mine.model_copy(update={"messages": False}), base=0)
    on_stage.sandbox.world.close_dms(CAROL)
    for who in (BOB, CAROL):
        await promise(on_stage, f"to {who}", at=user(who))
        await tick(on_stage)
        assert await state(on_stage, f"to {who}") is MessageState.FAILED
    lines = words(await on_stage.ask(on_stage.alice, "diagnose")).splitlines()
    told = {who: [line.split(" · ")[-1] for line in lines if f"<@{who}>" in line] for who in (BOB, CAROL)}
    assert len(told[BOB]) == 2, "what is wrong, and what to do"
    assert [line.replace(str(BOB), str(CAROL)) for line in told[BOB]] == told[CAROL]


async def test_an_intent_that_was_switched_off_meanwhile_is_found_before_the_next_start_fails(on_stage: Stage) -> None:
    on_stage.sandbox.world.backend.portal_intents = frozenset({"members"})
    seen = await on_stage.ask(on_stage.alice, "diagnose")
    assert "**Message Content Intent** is off. Discord will refuse me at the next start" in words(seen)
    assert "Server Members Intent" not in words(seen)


@pytest.mark.parametrize("status", [403, 500])
async def test_what_discord_does_not_say_is_said_and_is_no_fault(on_stage: Stage, status: int) -> None:
    before = len([one for one in on_stage.sandbox.requests if one.path.endswith("/commands/permissions")])
    on_stage.sandbox.faults.server_error("/applications/*/guilds/*/commands/permissions", status=status, times=None)
    exchange = await on_stage.alice.slash(GENERAL, "diagnose")
    seen = await exchange.finished(15)
    assert words(seen).startswith(WELL)
    assert "Discord did not tell me who is shown which of my commands." in words(seen)
    assert "→ Look under **Server Settings → Integrations → Folkmoot** whether any command is hidden." in words(seen)
    after = len([one for one in on_stage.sandbox.requests if one.path.endswith("/commands/permissions")])
    assert status != 403 or after - before == 1, "asked once"


async def test_the_whole_bot_hidden_is_one_finding(on_stage: Stage) -> None:
    on_stage.sandbox.world.give_role(GUILD, ALICE, HELPERS)
    on_stage.sandbox.world.edit_role(GUILD, HELPERS, permissions=["administrator"])
    on_stage.sandbox.world.show_command(GUILD, None, GUILD, allowed=False)
    seen = await on_stage.ask(on_stage.alice, "diagnose")
    assert "⚠️ **1 thing should be looked at.**" in words(seen)
    assert "**1 · The server** · `/help`" in words(seen)
    assert "→ **Server Settings → Integrations → Folkmoot**: allow **@everyone**" in words(seen)


async def test_admins_by_role_are_let_in_once_discord_shows_them_the_command(on_stage: Stage) -> None:
    await put(on_stage, GeneralSettings(time_zone="Europe/Berlin", admin_roles=(HELPERS,)))
    world = on_stage.sandbox.world
    world.give_role(GUILD, CAROL, HELPERS)
    seen = await on_stage.ask(on_stage.alice, "diagnose")
    assert f"<@&{HELPERS}> may use </config:" in words(seen)
    with pytest.raises(CannotDo):
        await on_stage.ask(on_stage.carol, "diagnose")
    for command in ("config", "diagnose", "audit", "economy", "item", "jobs", "xp"):
        world.show_command(GUILD, command, HELPERS, allowed=True)
    assert words(await press(on_stage, seen, "Look again")).startswith(WELL)
    assert words(await on_stage.ask(on_stage.carol, "diagnose")).startswith(WELL)


async def test_whoever_has_no_right_to_it_is_refused_and_nothing_is_done(on_stage: Stage) -> None:
    with pytest.raises(CannotDo):
        await on_stage.ask(on_stage.carol, "diagnose")
    await put(on_stage, GeneralSettings(log_channel=LOG))
    on_stage.sandbox.world.remove_channel(LOG)
    seen = await on_stage.ask(on_stage.alice, "diagnose")
    stored = on_stage.sandbox.world.backend.messages[GENERAL][seen.id]
    pressed = [one["custom_id"] for one in seen.controls() if "custom_id" in one]
    assert len(pressed) == 2
    for custom_id in pressed:
        exchange = on_stage.carol._interact(3, GENERAL, {"custom_id": custom_id, "component_type": 2}, source=stored)
        assert words(await exchange.finished()) == NEEDED
    on_stage.sandbox.world.take_role(GUILD, ALICE, OWNERS)
    for label in (label_of(seen, "Forget it"), "Look again"):
        assert words(await press(on_stage, seen, label)) == NEEDED
    assert (await general(on_stage)).log_channel == LOG


async def test_a_forged_step_is_out_of_date(on_stage: Stage) -> None:
    seen = await on_stage.ask(on_stage.alice, "diagnose")
    stored = on_stage.sandbox.world.backend.messages[GENERAL][seen.id]
    for custom_id in (
        f"diagnose:mend:v1:{GUILD}:all:burn:1",
        f"diagnose:mend:v1:{GUILD}:all:on:flying",
        f"diagnose:look:v1:{GUILD}:flying",
        f"diagnose:look:v1:{GUILD + 1}:all",
    ):
        data = {"custom_id": custom_id, "component_type": 2}
        stored.components = [{"type": 1, "components": [{"type": 2, "custom_id": custom_id, "style": 2, "label": "x"}]}]
        exchange = on_stage.alice._interact(3, GENERAL, data, source=stored)
        assert "out of date" in words(await exchange.finished()), custom_id


async def test_a_role_that_is_there_is_neither_forgotten_nor_dropped(on_stage: Stage) -> None:
    """A press that comes from before the role was made again, or that somebody made up."""
    await put(on_stage, GeneralSettings(admin_roles=(HELPERS,)))
    await owe(on_stage, BOB, PRIZE)
    seen = await on_stage.ask(on_stage.alice, "diagnose")
    stored = on_stage.sandbox.world.backend.messages[GENERAL][seen.id]
    for step in (f"forget-role:{HELPERS}", f"drop:{PRIZE}", f"send:{ROBOT}"):
        custom_id = f"diagnose:mend:v1:{GUILD}:all:{step}"
        stored.components = [{"type": 1, "components": [{"type": 2, "custom_id": custom_id, "style": 2, "label": "x"}]}]
        data = {"custom_id": custom_id, "component_type": 2}
        await on_stage.alice._interact(3, GENERAL, data, source=stored).finished()
    assert (await general(on_stage)).admin_roles == (HELPERS,)
    assert (await services(on_stage).role_grants.list_(GUILD)).total == 1
    assert PRIZE in roles(on_stage, BOB)
