"""/xp as staff uses it: for one member and for many, reset and undone; and shut to everybody else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.db.models.leveling import MemberLevel
from bot.domain.audit import AuditSource
from bot.domain.batches import Batch, BatchState
from bot.domain.curves import Curve
from bot.domain.economy import Party
from bot.domain.leveling import ChangeKind, Reward, Stacking
from bot.domain.xp_changes import XpOrder
from bot.sandbox import SeenMessage
from bot.services.rewards import By
from tests.cogs.test_forged import send_form
from tests.cogs.test_treasury import BOSS, CLUB, Desk
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, ROBOT, Stage, is_private, words

REGULAR = 9_200 << 22
TABLE = Curve().table()


class XpDesk(Desk):
    """The same for XP."""

    async def ask(self, command: str, **options: Any) -> SeenMessage:
        return await self.stage.ask(self.stage.alice, f"xp {command}", **options)

    async def xp(self, *users: int) -> list[int]:
        found = await self.app.services.xp_staff.held_by(GUILD, users)
        return [found.get(user, 0) for user in users]

    async def has(self, user: int, xp: int) -> None:
        order, by = XpOrder(ChangeKind.SET, xp), By(ALICE, AuditSource.COMMAND)
        await self.app.services.xp_staff.change(GUILD, Party(user, is_bot=False, is_member=True), order, by)

    async def reset(self, word: str, **who: int) -> SeenMessage:
        form = await (await self.stage.alice.slash(GENERAL, "xp reset", **who)).answered()
        return await (await self.stage.alice.submit(form, {"word": word})).finished()


@pytest.fixture
async def desk(stage: Stage) -> XpDesk:
    made = XpDesk(stage)
    made.world.set_bot_permissions(GUILD, ["manage_roles", "view_channel", "send_messages", "embed_links"])
    made.world.add_role(GUILD, "Regular", id=REGULAR)
    await stage.start()
    return made


def roles(desk: XpDesk, user: int) -> set[int]:
    return set(desk.world.backend.get_member(GUILD, user).role_ids)


async def test_a_member_is_lifted_gets_the_role_and_the_button_takes_both_back(desk: XpDesk) -> None:
    reward = Reward(5, REGULAR, Stacking.STACK)
    await desk.app.services.rewards.set(GUILD, reward, By(ALICE, AuditSource.COMMAND))
    said = await desk.ask("add", who=BOB, levels=7, reason="Won the *quiz*")
    assert is_private(said)
    assert f"0 → **{TABLE.total(7):,} XP**" in words(said)
    assert "Level 0 → **7**" in words(said)
    assert r"Won the \*quiz\*" in words(said)
    await desk.tick()
    assert roles(desk, BOB) == {REGULAR}
    undone = await desk.press(said, "Undo")
    assert "Level 7 → **0**" in words(undone)
    await desk.tick()
    assert await desk.xp(BOB) == [0]
    assert roles(desk, BOB) == set()
    assert not undone.components


async def test_what_can_t_be_is_said(desk: XpDesk) -> None:
    assert "one of the two" in words(await desk.ask("add", who=BOB))
    assert "one of the two" in words(await desk.ask("set", who=BOB, xp=5, level=5))
    assert "is a bot" in words(await desk.ask("add", who=ROBOT, xp=5))
    assert "exactly 0 XP already" in words(await desk.ask("remove", who=BOB, xp=5))
    assert "no change of XP" in words(await desk.ask("undo", member=BOB))
    assert "no change of XP" in words(await desk.ask("undo"))


async def test_a_member_is_reset_once_it_is_written_out_and_brought_back_by_undo(desk: XpDesk) -> None:
    await desk.has(BOB, 5_000)
    assert "write exactly **reset**" in words(await desk.reset("yes", who=BOB))
    assert await desk.xp(BOB) == [5_000]
    assert "5,000 → **0 XP**" in words(await desk.reset(" RESET ", who=BOB))
    assert await desk.xp(BOB) == [0]
    question = await desk.ask("undo", member=BOB)
    assert "Undo **XP reset**" in words(question)
    await desk.press(question, "Yes, undo it")
    assert await desk.xp(BOB) == [5_000]


async def test_a_form_that_names_nobody_of_this_server_resets_nobody_and_leaves_no_row(desk: XpDesk) -> None:
    stranger = desk.world.add_user("stranger")
    for forged, said in ((stranger, "is not a member"), (7_777 << 22, "I know nobody here"), (ROBOT, "is a bot")):
        answer = await send_form(desk.stage.alice, f"xp:reset-form:v1:{forged}", "word", "reset")
        assert said in words(answer), words(answer)
    async with desk.app.database.read() as session:
        assert (await session.execute(select(MemberLevel.user_id))).all() == []


async def test_who_left_after_the_form_was_opened_is_reset_all_the_same(desk: XpDesk) -> None:
    await desk.has(BOB, 5_000)
    form = await (await desk.stage.alice.slash(GENERAL, "xp reset", who=BOB)).answered()
    await desk.stage.bob.leave()
    done = await (await desk.stage.alice.submit(form, {"word": "reset"})).finished()
    assert "5,000 → **0 XP**" in words(done)


async def test_everybody_with_a_role_gets_xp_as_a_batch_and_undo_takes_it_back(desk: XpDesk) -> None:
    for user in (BOB, CAROL, ROBOT):
        desk.world.give_role(GUILD, user, CLUB)
    await desk.has(BOB, 10)
    draft = await desk.ask("add", who=CLUB, xp=100)
    assert "2 members would have other XP; the level would be another for 2." in words(draft)
    await desk.start(draft)
    done = await desk.until_over()
    assert (done.state, done.counts.done, done.counts.skipped) == (BatchState.DONE, 2, 1)
    assert await desk.xp(ALICE, BOB, CAROL, ROBOT) == [0, 110, 100, 0]
    await desk.start(await desk.ask("undo"))
    await desk.until_over()
    assert await desk.xp(BOB, CAROL) == [10, 0]
    assert "no change of XP" in words(await desk.ask("undo")), "what is undone is not offered again"


async def test_the_server_is_reset_once_its_name_is_written_and_brought_back(desk: XpDesk) -> None:
    await desk.has(BOB, 300)
    await desk.has(CAROL, 400)
    name = desk.app.bot.get_guild(GUILD)
    assert name is not None
    assert "write exactly" in words(await desk.reset("reset"))
    draft = await desk.reset(name.name)
    assert "2 members" in words(draft)
    await desk.start(draft)
    assert (await desk.until_over()).counts.done == 2
    assert await desk.xp(BOB, CAROL) == [0, 0]
    await desk.start(await desk.ask("undo"))
    await desk.until_over()
    assert await desk.xp(BOB, CAROL) == [300, 400]


async def test_a_batch_that_dies_in_its_middle_does_nothing_twice(desk: XpDesk) -> None:
    for user in (ALICE, BOB, CAROL):
        desk.world.give_role(GUILD, user, CLUB)
    await desk.start(await desk.ask("add", who=CLUB, xp=100))
    await desk.restart()
    over: Batch = await desk.until_over()
    assert over.state is BatchState.DONE
    assert await desk.xp(ALICE, BOB, CAROL) == [100, 100, 100]


async def test_who_neither_manages_the_server_nor_is_an_admin_may_nothing(desk: XpDesk) -> None:
    await desk.has(BOB, 100)
    added = await desk.ask("add", who=BOB, xp=5)
    desk.world.take_role(GUILD, ALICE, BOSS)
    desk.world.show_command(GUILD, "xp", GUILD, allowed=True)
    for command, options in (
        ("add", {"who": BOB, "xp": 5}), ("remove", {"who": BOB, "xp": 5}), ("set", {"who": BOB, "level": 5}),
        ("add", {"who": CLUB, "xp": 5}), ("reset", {"who": BOB}), ("reset", {}), ("undo", {"member": BOB}),
        ("undo", {}),
    ):  # fmt: skip
        assert "Manage Server" in words(await desk.ask(command, **options)), command
    assert "Manage Server" in words(await desk.press(added, "Undo"))
    assert await desk.xp(BOB) == [105]


async def test_a_batch_whose_asker_lost_the_right_changes_nobody(desk: XpDesk) -> None:
    desk.world.give_role(GUILD, CAROL, CLUB)
    draft = await desk.ask("add", who=CLUB, xp=100)
    await desk.start(draft)
    desk.world.take_role(GUILD, ALICE, BOSS)
    over = await desk.until_over()
    assert over.counts.failed == 1
    assert await desk.xp(CAROL) == [0]


# Multipliers --------------------------------------------------------------------------------------------------


def seen(message: SeenMessage) -> str:
    """What it says, with a plain letter for the sign of multiplication."""
    return words(message).replace("\N{MULTIPLICATION SIGN}", "x")


async def test_a_multiplier_is_set_shown_and_removed(desk: XpDesk) -> None:
    assert "Nothing multiplies XP" in seen(await desk.ask("multiplier list"))
    assert f"<@&{CLUB}>: **x1.5**" in seen(await desk.ask("multiplier set", factor="150%", role=CLUB))
    shut = seen(await desk.ask("multiplier set", factor="0", channel=GENERAL))
    assert f"<#{GENERAL}>: **x0**" in shut
    assert "No XP is earned there" in shut
    assert "Before: x1.5" in seen(await desk.ask("multiplier set", factor="x2", role=CLUB))
    listed = seen(await desk.ask("multiplier list"))
    assert f"<#{GENERAL}>: **x0**\n<@&{CLUB}>: **x2**" in listed
    assert "I know no multiplier" in seen(await desk.ask("multiplier remove", multiplier="x")), "that could be either"
    assert "it was x0" in seen(await desk.ask("multiplier remove", multiplier="#general"))
    assert "it was x2" in seen(await desk.ask("multiplier remove", multiplier=f"role/{CLUB}"))
    assert "I know no multiplier" in seen(await desk.ask("multiplier remove", multiplier=f"role/{CLUB}"))


async def test_a_multiplier_of_nothing_or_of_both_or_of_everybody_is_refused(desk: XpDesk) -> None:
    assert "one of the two" in seen(await desk.ask("multiplier set", factor="2"))
    assert "one of the two" in seen(await desk.ask("multiplier set", factor="2", role=CLUB, channel=GENERAL))
    assert "Everybody has that role" in seen(await desk.ask("multiplier set", factor="2", role=GUILD))
    assert "can't read twice" in seen(await desk.ask("multiplier set", factor="twice", role=CLUB))
    assert "I know no multiplier" in seen(await desk.ask("multiplier remove", multiplier="everything"))
