"""The buttons under the bot's first words: in a direct message and in the staff's room, for whoever may."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.audit import AuditSource
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.outbox import Button, ButtonStyle, Payload
from bot.sandbox import Actor, Fault, SeenMessage
from bot.settings import LinksSettings, Settings
from tests.cogs.outbox_post import by_real_time, letters, until
from tests.support.openapi import check_exchange
from tests.support.stage import ALICE, BOB, CAROL, Stage, is_private, words

NEEDED = "For this you need the permission **Manage Server**, or one of the **Admin roles** chosen in `/config`."
LABELS = [
    "Switch on: Economy", "Switch on: Moderation", "Switch on: Leveling", "Switch on: Tickets",
    "Switch on: Giveaways", "Settings", "Will everything work?", "Documentation",
]  # fmt: skip
DOCS = "https://example.org/docs"


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    by_real_time(stage)
    stage.settings = Settings(links=LinksSettings(docs=DOCS))
    await stage.start()
    return stage


async def greeted(stage: Stage, *, close: bool = False) -> tuple[int, int, SeenMessage]:
    """Alice's new server, its staff's room with Carol in it, and the first words: to Bob, or in that room."""
    world = stage.sandbox.world
    with world.without_bot():
        guild = world.add_guild("Newcomers", owner=ALICE)
        for user in (BOB, CAROL):
            world.add_member(guild, user)
        managers = world.add_role(guild, "Managers", permissions=["manage_guild"])
        world.give_role(guild, BOB, managers)
        keepers = world.add_role(guild, "Keepers", permissions=["kick_members"])
        world.give_role(guild, CAROL, keepers)
        room = world.add_channel(guild, "staff", hidden_from_everyone=True)
        for role in (managers, keepers):
            world.overwrite(room, role, allow=["view_channel"])
    if close:
        world.close_dms(BOB)
    world.invite_bot(guild, by=BOB)
    if not close:
        await until(stage, lambda: bool(letters(stage, BOB)))
        return guild, room, letters(stage, BOB)[0]

    def said() -> list[SeenMessage]:
        with stage.sandbox.view(CAROL) as view:
            return view.messages(room)

    await until(stage, lambda: bool(said()))
    return guild, room, said()[0]


async def press(who: Actor, message: SeenMessage, label: str) -> SeenMessage:
    return await (await who.click(message, label)).finished()


async def is_on(stage: Stage, guild: int) -> bool:
    assert stage.app is not None
    return (await stage.app.services.guild_settings.read(guild, FeatureSettings)).value.economy


async def test_the_first_words_carry_what_can_be_done_at_once(on_stage: Stage) -> None:
    _, _, letter = await greeted(on_stage)
    buttons = [one for one in letter.controls() if "label" in one]
    assert [one["label"] for one in buttons] == LABELS
    assert buttons[-1]["url"] == DOCS
    [sent] = [one for one in on_stage.sandbox.requests if one.path == f"/channels/{letter.channel_id}/messages"]
    assert check_exchange(sent.method, sent.path, sent.json, sent.status or 0, sent.response) == []


async def test_without_an_address_there_is_no_link_and_what_is_on_is_not_offered(stage: Stage) -> None:
    by_real_time(stage)
    await stage.start()  # with all features on
    _, _, letter = await greeted(stage)
    assert [one["label"] for one in letter.controls() if "label" in one] == LABELS[5:7]


async def test_each_button_works_in_a_direct_message_also_after_a_restart(on_stage: Stage) -> None:
    guild, _, letter = await greeted(on_stage)
    await on_stage.stop()
    await on_stage.start()
    bob = on_stage.sandbox.as_user(BOB)
    done = await press(bob, letter, LABELS[0])
    assert words(done) == "✅ **Economy** is on in **Newcomers**. Its commands are in `/help` there."
    assert await is_on(on_stage, guild)
    assert on_stage.app is not None
    [entry] = (await on_stage.app.services.audit.search(guild)).entries
    assert (entry.record.actor_id, entry.record.source) == (BOB, AuditSource.BUTTON)
    shown = await press(bob, letter, LABELS[-3])
    assert "Settings · Newcomers" in words(shown)
    assert "Economy: on" in words(shown)
    assert [one["url"] for one in shown.controls() if "url" in one] == [f"https://discord.com/channels/{guild}"]
    found = await press(bob, letter, LABELS[-2])
    assert "Diagnosis of Newcomers" in words(found)
    assert words(letters(on_stage, BOB)[0]).startswith("Hello!"), "the first words stay as they were"


async def test_a_diagnosis_in_a_direct_message_can_be_followed_there(on_stage: Stage) -> None:
    guild, room, letter = await greeted(on_stage)
    assert on_stage.app is not None
    settings = on_stage.app.services.guild_settings
    await settings.change(guild, GeneralSettings(log_channel=room), base=0, by=None)
    on_stage.sandbox.world.remove_channel(room)
    bob = on_stage.sandbox.as_user(BOB)
    found = await press(bob, letter, LABELS[-2])
    assert "was deleted" in words(found)
    assert "<@&" not in words(found), "Discord draws a server's roles nowhere else"
    found = await press(bob, found, "1 · Forget it")
    assert "was deleted" not in words(found)
    found = await press(bob, found, "Switch on: Economy")
    assert await is_on(on_stage, guild)


async def test_each_button_works_in_the_staffs_room_for_whoever_may_and_no_one_else(on_stage: Stage) -> None:
    guild, _, message = await greeted(on_stage, close=True)
    carol, alice = on_stage.sandbox.as_member(guild, CAROL), on_stage.sandbox.as_member(guild, ALICE)
    for label in LABELS[:3]:
        refused = await press(carol, message, label)
        assert words(refused) == NEEDED
        assert is_private(refused)
    assert not await is_on(on_stage, guild)
    assert "is on in **Newcomers**" in words(await press(alice, message, LABELS[0]))
    assert await is_on(on_stage, guild)
    panel = await press(alice, message, LABELS[-3])
    assert is_private(panel)
    assert any(one.get("custom_id") == "config:section:v1" for one in panel.controls())
    assert "Diagnosis of Newcomers" in words(await press(alice, message, LABELS[-2]))


async def test_whoever_lost_the_right_or_left_is_refused_in_a_direct_message_too(on_stage: Stage) -> None:
    guild, _, letter = await greeted(on_stage)
    world, bob = on_stage.sandbox.world, on_stage.sandbox.as_user(BOB)
    for role in list(world.backend.get_member(guild, BOB).role_ids):
        world.take_role(guild, BOB, role)
    for label in LABELS[:3]:
        assert words(await press(bob, letter, label)) == NEEDED
    world.remove_member(guild, BOB)
    assert words(await press(bob, letter, LABELS[0])) == NEEDED
    world.expel_bot(guild)
    assert on_stage.app is not None
    async with asyncio.timeout(10):
        while on_stage.app.bot.get_guild(guild) is not None:
            await asyncio.sleep(0.01)
    assert words(await press(bob, letter, LABELS[0])).startswith("I can't see that server from here.")
    assert not await is_on(on_stage, guild)


async def test_when_discord_does_not_say_who_presses_nothing_is_done(on_stage: Stage) -> None:
    guild, _, letter = await greeted(on_stage)
    on_stage.sandbox.faults.add(Fault("GET", f"/guilds/{guild}/members/{BOB}", status=403, times=None))
    assert words(await press(on_stage.sandbox.as_user(BOB), letter, LABELS[0])).startswith("Discord doesn't answer me")
    assert not await is_on(on_stage, guild)


def test_buttons_are_kept_with_a_message_and_rows_without_any_are_read() -> None:
    buttons = (Button("Press", "a:b:v1"), Button("Read", DOCS, ButtonStyle.LINK))
    payload = Payload("words", buttons=buttons)
    assert Payload.from_json(payload.to_json()) == payload
    old = payload.to_json()
    del old["buttons"]
    assert Payload.from_json(old) == Payload("words")
