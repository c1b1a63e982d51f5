"""Where the demonstration takes place, and who is there."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.invite import needed_permissions
from bot.sandbox import World

# The ids are the same every time, so that purses are found again. They are shaped like Discord's, of late 2024.
GUILD = 1_300_000_000_000_000_000
BOT, APPLICATION = GUILD + 1, GUILD + 2
GENERAL, LOUNGE, STAFF, PORCH, ATTIC = (GUILD + 10 + number for number in range(5))
MODERATORS = GUILD + 20
HELPER = GUILD + 21
MARKET = GUILD + 22
OLA, MIRA, REGULAR, NEWCOMER, QUIET = (GUILD + 30 + number for number in range(5))
PEOPLE = {OLA: "ola", MIRA: "mira", REGULAR: "regular", NEWCOMER: "newcomer", QUIET: "quiet"}

SINCE = datetime(2024, 12, 1, tzinfo=UTC)
"""When everybody joined: long ago, for who is new in a server may not pay, and the same in every demonstration."""


def build_world() -> World:
    """A guild with its people, and the bot in it with just the permissions of its invite link."""
    world = World(bot_id=BOT, application_id=APPLICATION)
    world.add_user("ola", id=OLA)
    world.add_guild("The Green", id=GUILD, owner=OLA)
    world.set_bot_permissions(GUILD, needed_permissions().value)
    may = ["kick_members", "ban_members", "moderate_members", "manage_messages", "manage_channels", "manage_roles"]
    may += ["move_members", "mute_members", "deafen_members"]
    world.add_role(GUILD, "Moderators", id=MODERATORS, permissions=may, color=0x3B6E57)
    world.add_role(GUILD, "Helper", id=HELPER, color=0x6A8CAF)
    world.add_role(GUILD, "Market", id=MARKET, color=0xB08D3C)
    for user, name in PEOPLE.items():
        if user != OLA:
            world.add_member(GUILD, name, id=user, roles=[MODERATORS] if user == MIRA else [])
    world.settle(GUILD, SINCE)
    world.add_channel(GUILD, "general", id=GENERAL, topic="Everything and nothing")
    world.add_channel(GUILD, "lounge", id=LOUNGE, topic="For quiet evenings")
    world.add_channel(GUILD, "staff", id=STAFF, topic="Moderators only", hidden_from_everyone=True)
    world.overwrite(STAFF, MODERATORS, allow=["view_channel"])
    world.add_channel(GUILD, "porch", id=PORCH, kind="voice")
    world.add_channel(GUILD, "attic", id=ATTIC, kind="voice")
    world.set_afk_channel(GUILD, ATTIC)
    return world
