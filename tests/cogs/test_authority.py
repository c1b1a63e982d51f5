"""Who may do what to whom, by what Discord says of them: roles, owners, strangers, and me."""

from __future__ import annotations

import pytest

from bot.domain.general import GeneralSettings
from bot.sandbox import Actor
from tests.cogs.trial import with_trial
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, OUTSIDER, ROBOT, Stage, words

LOW, MIDDLE, HIGH = ((5_000 << 22) + number for number in (1, 2, 3))
OWNER = 5_001 << 22
NEEDED = "For this you need the permission **Kick Members**, or one of the **Moderator roles** chosen in `/config`."
NOT_ABOVE = "Your highest role must stand above the highest role of <@{}>. It doesn't."


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """Bob is in the middle and Carol low; Alice has nothing. I may do all, and stand above all of them."""
    world = stage.sandbox.world
    owner = world.backend.get_guild(GUILD)
    world.add_user("owner", id=OWNER)
    world.add_member(GUILD, OWNER)
    owner.owner_id = OWNER
    for number, role in enumerate((LOW, MIDDLE, HIGH)):
        world.add_role(GUILD, f"role {number}", id=role, position=number + 1)
    world.edit_role(GUILD, world.bot_role(GUILD), position=50)
    world.give_role(GUILD, BOB, MIDDLE)
    world.give_role(GUILD, CAROL, LOW)
    world.set_bot_permissions(GUILD, ["kick_members", "ban_members"])
    stage.arrange = with_trial
    app = await stage.start()
    settings = GeneralSettings(moderator_roles=(MIDDLE,), support_roles=(LOW,))
    await app.services.guild_settings.change(GUILD, settings, base=0, by=None)
    return stage


async def kick(stage: Stage, who: Actor, member: int) -> str:
    return words(await stage.ask(who, "evict", member=member))


async def ban(stage: Stage, who: Actor, member: int) -> str:
    return words(await stage.ask(who, "exile", somebody=f"<@{member}>"))


async def test_staff_by_role_acts_on_those_below_and_on_nobody_else(on_stage: Stage) -> None:
    assert await kick(on_stage, on_stage.bob, CAROL) == "staff: 1"
    assert await kick(on_stage, on_stage.bob, ALICE) == "staff: 0"
    assert await kick(on_stage, on_stage.bob, BOB) == "You can't do this to yourself."
    assert "nobody can do this to the owner" in await kick(on_stage, on_stage.bob, OWNER)
    assert await kick(on_stage, on_stage.bob, on_stage.sandbox.world.bot_id) == "I won't do this to myself."
    for who, target in ((on_stage.carol, ALICE), (on_stage.alice, BOB)):
        assert await kick(on_stage, who, target) == NEEDED
    on_stage.sandbox.world.give_role(GUILD, CAROL, MIDDLE)
    assert await kick(on_stage, on_stage.bob, CAROL) == NOT_ABOVE.format(CAROL)


async def test_the_owner_acts_on_everybody_and_an_administrator_only_on_those_below(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    world.edit_role(GUILD, LOW, permissions=["administrator"])
    assert await kick(on_stage, on_stage.carol, ALICE) == "permission: 0"
    assert await kick(on_stage, on_stage.carol, BOB) == NOT_ABOVE.format(BOB)
    assert await kick(on_stage, on_stage.sandbox.as_member(GUILD, OWNER), BOB) == "owner: 2"


async def test_a_permission_that_a_channel_pretends_to_grant_is_none(on_stage: Stage) -> None:
    on_stage.sandbox.world.overwrite(GENERAL, ALICE, allow=["kick_members"])
    assert "Moderator roles" in await kick(on_stage, on_stage.alice, ROBOT)


async def test_somebody_who_is_not_cached_is_asked_for_and_so_not_past_the_hierarchy(on_stage: Stage) -> None:
    on_stage.sandbox.world.give_role(GUILD, CAROL, HIGH)
    assert await ban(on_stage, on_stage.bob, CAROL) == NOT_ABOVE.format(CAROL)
    assert any(seen.path.endswith(f"/members/{CAROL}") for seen in on_stage.sandbox.requests)
    assert await ban(on_stage, on_stage.bob, ALICE) == "staff: 0"


async def test_who_is_no_member_is_banned_by_id_and_not_kicked(on_stage: Stage) -> None:
    assert await ban(on_stage, on_stage.bob, OUTSIDER) == "staff: left"
    assert await kick(on_stage, on_stage.bob, OUTSIDER) == (
        f"<@{OUTSIDER}> is not in this server, and this works only with members who are."
    )
    await on_stage.carol.leave()
    assert await ban(on_stage, on_stage.bob, CAROL) == "staff: left"
    assert (await ban(on_stage, on_stage.bob, 9_999 << 22)).startswith("I know nobody here")


async def test_what_i_lack_is_said_as_mine(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    world.set_bot_permissions(GUILD, ["ban_members"])
    assert (await kick(on_stage, on_stage.bob, CAROL)).startswith("For this I need the permission **Kick Members**")
    world.set_bot_permissions(GUILD, ["ban_members", "kick_members"])
    world.edit_role(GUILD, HIGH, position=60)
    world.give_role(GUILD, CAROL, HIGH)
    assert (await kick(on_stage, on_stage.sandbox.as_member(GUILD, OWNER), CAROL)).startswith("My highest role must")


async def test_staff_in_a_timeout_waits(on_stage: Stage) -> None:
    """Discord hides commands from them; one that was on its way arrives all the same."""
    bob = on_stage.bob
    root, _leaf, _nesting = bob._command(GENERAL, "evict")
    resolver = bob._resolver(GENERAL)
    option = {"name": "member", "type": 6, "value": resolver.entity(6, CAROL)}
    data = bob._command_data(root, [option], resolver)
    on_stage.sandbox.world.edit_member(GUILD, BOB, timed_out_until="2099-01-01T00:00:00+00:00")
    refused = await bob._interact(2, GENERAL, data).finished()
    assert words(refused) == "You are timed out yourself, so this has to wait."


async def test_discord_that_does_not_answer_is_no_permission(on_stage: Stage) -> None:
    on_stage.sandbox.faults.server_error(f"/guilds/{GUILD}/members/{CAROL}", method="GET", status=501, times=1)
    assert (await ban(on_stage, on_stage.bob, CAROL)).startswith("Discord doesn't answer me just now")
