"""What the simulated server remembers of earlier demonstrations, so that it agrees with what the bot does.

The bot's database outlives the simulated Discord. A real server would have kept the roles that the bot gave; in one
without them it would see members whose roles somebody took off, or who left and came back.
"""

from __future__ import annotations

from random import SystemRandom

from sqlalchemy.exc import DBAPIError

from bot.clock import SystemClock
from bot.db.engine import Database
from bot.db.repositories import role_care as rows
from bot.demo.place import GUILD
from bot.errors import Unavailable
from bot.sandbox import World
from bot.settings import Settings


async def give_back(world: World, settings: Settings) -> int:
    """Give members the roles that they had by the bot's grants when it stopped; how many.

    To be called before the bot starts. Roles and members that were made at the prompt are gone, and the bot sees that
    as it would where somebody deleted a role or left.
    """
    config = settings.database_config()
    if not config.sqlite_path.exists():
        return 0
    database = Database(config, SystemClock(), SystemRandom())
    try:
        held = await database.query(lambda session: rows.held(session, GUILD))
    except (DBAPIError, Unavailable):  # from before there were grants, or broken: the bot migrates it, or says so
        return 0
    finally:
        await database.close()
    guild = world.backend.get_guild(GUILD)
    there = [(user, role) for user, role in held if user in guild.members and role in guild.roles]
    for user, role in there:
        world.give_role(GUILD, user, role)
    return len(there)
