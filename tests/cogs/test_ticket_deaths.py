"""Dying anywhere while staff works on a ticket by commands: one true end state, also on Discord, and said once."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.ticket_opening import marked
from bot.domain.ticket_settings import TicketSettings
from bot.domain.tickets import EventKind, Ticket
from bot.sandbox import Actor
from bot.sandbox.backend import channel_accessible
from tests.cogs.ticket_stage import SUPPORT, Counter
from tests.support.crash import AT_LENGTH_ON_POSTGRES, CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, GUILD, Stage, words
from tests.support.ticket_stage import tick


@dataclass
class Desk:
    """Where Bob and Carol answer tickets, each seeing no more of what the other has."""

    stage: Stage
    counter: Counter
    panel: int

    async def opened(self, points: CrashPoints) -> Ticket:
        """A new ticket of Alice's, with all that belongs to it, of a bot that dies if it is armed."""
        self.stage.arrange = points.plant
        await self.stage.start()
        self.stage.arrange = None
        said = words(await self.counter.press(self.panel))
        await tick(self.stage)
        [ticket] = await self.counter.not_over()
        assert said == f"Your ticket: <#{ticket.channel_id}>"
        return ticket

    async def does(self, who: Actor, ticket: Ticket, command: str, **options: object) -> None:
        """A command in the ticket, to its end."""
        await (await who.slash(ticket.channel_id or 0, command, **options)).finished()
        await tick(self.stage)

    async def dies(
        self, points: CrashPoints, who: Actor, ticket: Ticket, command: str, /, **options: object
    ) -> tuple[Ticket, list[EventKind]]:
        """A command that is cut short, and what the next process makes of it: the ticket, and what happened to it."""
        await points.arm()
        await points.heard(await who.slash(ticket.channel_id or 0, command, **options))
        points.armed = False
        await self.stage.die()
        await self.stage.start()
        for _turn in range(3):
            self.stage.clock.advance(minutes=2)
            await tick(self.stage)
        now = await self.counter.ticket(ticket.number)
        assert (now.applied, now.failed_since, now.name_owed) == (now.access, None, None)
        assert now.channel_id == ticket.channel_id
        rooms = self.stage.sandbox.world.backend.channels.values()
        assert [one.id for one in rooms if marked(one.topic) is not None] == [ticket.channel_id]
        return now, [one.kind for one in await self.counter.history(ticket.number)]

    def said(self, ticket: Ticket) -> tuple[str, list[str]]:
        """What Alice reads in her ticket: all that its header shows, and what was said below."""
        assert ticket.channel_id is not None
        with self.stage.sandbox.view(ALICE) as view:
            header, *others = view.messages(ticket.channel_id)
        return str(header.embeds), [words(one) for one in others]

    def seeing(self, ticket: Ticket) -> list[int]:
        """Who sees it, as Discord computes it."""
        backend = self.stage.sandbox.world.backend
        return [one for one in (ALICE, BOB, CAROL) if channel_accessible(backend, ticket.channel_id or 0, one)]

    async def ended(self, ticket: Ticket) -> None:
        """That was all about it."""
        await self.counter.end(ticket.number)
        await self.stage.stop()


async def furnished(stage: Stage) -> Desk:
    counter = Counter(stage)
    panel = await counter.set_up(cooldown=0)
    await counter.rule(TicketSettings, claim_mode="hidden")
    stage.sandbox.world.give_role(GUILD, CAROL, SUPPORT)
    await stage.stop()
    return Desk(stage, counter, panel)


@AT_LENGTH_ON_POSTGRES
async def test_a_claim_that_dies_anywhere_is_somebody_s_or_nobody_s(stage: Stage) -> None:
    desk = await furnished(stage)
    ends: set[int | None] = set()

    async def story(points: CrashPoints) -> None:
        ticket = await desk.opened(points)
        now, events = await desk.dies(points, stage.bob, ticket, "ticket claim")
        ends.add(now.assignee_id)
        is_claimed = now.assignee_id == BOB
        assert desk.seeing(now) == ([ALICE, BOB] if is_claimed else [ALICE, BOB, CAROL])
        header, others = desk.said(now)
        assert (f"<@{BOB}>" in header) == is_claimed
        assert others == [f"🙋 <@{BOB}> takes care of this."] * is_claimed
        assert events.count(EventKind.CLAIMED) == is_claimed
        await desk.ended(now)

    await sweep(story)
    assert ends == {BOB, None}


@AT_LENGTH_ON_POSTGRES
async def test_a_transfer_that_dies_anywhere_leaves_it_with_the_one_or_the_other(stage: Stage) -> None:
    desk = await furnished(stage)
    ends: set[int | None] = set()

    async def story(points: CrashPoints) -> None:
        ticket = await desk.opened(points)
        await desk.does(stage.bob, ticket, "ticket claim")
        now, events = await desk.dies(points, stage.bob, ticket, "ticket transfer", to=CAROL)
        ends.add(now.assignee_id)
        is_given = now.assignee_id == CAROL
        assert desk.seeing(now) == [ALICE, now.assignee_id]
        header, others = desk.said(now)
        assert f"<@{now.assignee_id}>" in header
        given = [f"🔁 <@{CAROL}> takes care of this now."] * is_given
        assert others == [f"🙋 <@{BOB}> takes care of this.", *given]
        assert events.count(EventKind.TRANSFERRED) == is_given
        await desk.ended(now)

    await sweep(story)
    assert ends == {BOB, CAROL}


@AT_LENGTH_ON_POSTGRES
async def test_a_rename_that_dies_anywhere_leaves_one_name_here_and_on_discord(stage: Stage) -> None:
    desk = await furnished(stage)
    names: set[str] = set()

    async def story(points: CrashPoints) -> None:
        ticket = await desk.opened(points)
        now, events = await desk.dies(points, stage.bob, ticket, "ticket rename", name="Lost cat")
        assert now.channel_id is not None
        assert stage.sandbox.world.backend.get_channel(now.channel_id).name == now.name
        is_renamed = now.name == "lost-cat"
        assert is_renamed or now.name == ticket.name
        names.add("new" if is_renamed else "old")
        assert events.count(EventKind.RENAMED) == is_renamed
        await desk.ended(now)

    await sweep(story)
    assert names == {"old", "new"}
