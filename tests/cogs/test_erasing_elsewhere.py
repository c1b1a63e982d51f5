"""Whom another process erases is forgotten here, too."""

from __future__ import annotations

import asyncio

import pytest

from bot.db import notices
from bot.domain.privacy import Erased
from bot.services.privacy import ERASURES_CHANNEL
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage

pytestmark = pytest.mark.parametrize("database_kind", ["postgres"])  # SQLite has no other process


async def test_what_somebody_gained_is_not_written_once_another_process_erased_them(stage: Stage) -> None:
    app = await stage.start()
    await stage.alice.say(GENERAL, "Good morning")
    await stage.bob.say(GENERAL, "Good morning, Alice")
    gatherer = app.bot.xp
    async with asyncio.timeout(20):
        while gatherer.waiting < 2:
            await stage.ask(stage.carol, "about")  # comes after what was said
    erased = Erased(ALICE, GUILD).written()
    async with asyncio.timeout(20):
        while gatherer.waiting > 1:  # from when on it listens is not known
            await app.database.transact(lambda session: notices.send(session, ERASURES_CHANNEL, erased))
    assert gatherer.verdicts(GUILD, ALICE) == ()
    batch = gatherer.take()
    assert batch is not None
    assert [gain.user_id for gain in batch.gains] == [BOB]
