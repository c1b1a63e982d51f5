"""What people and servers begin with the bot, as the kill tests see it: something that a `kill -9` must not break.

A flow's `act` brings it about once more. `recover` is called with the next process: it lets Discord deliver again what
was not answered, waits until everything is whole, and holds what was acknowledged against what the database has.
"""

import asyncio
from abc import ABC, abstractmethod
from datetime import timedelta
from random import Random
from typing import Any, ClassVar

from sqlalchemy import func, insert, select, update

from bot.clock import SystemClock
from bot.compose import make_services
from bot.db.base import Base
from bot.db.engine import Database
from bot.db.models.audit import AuditLog
from bot.db.models.core import Guild
from bot.db.models.outbox import OutboxMessage
from bot.domain.audit import AuditSource
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import FeatureSettings
from bot.domain.outbox import Payload, channel
from bot.sandbox import Exchange
from bot.services import Services
from tests.e2e.moments import CALLBACK, LEAVERS, MESSAGE, READY, Anytime, Arrives, Claimed, Done, Moment
from tests.e2e.stage import ALICE, BOB, CHANNEL, GUILD, MEMBERS, BotProcess, Stage, key_of, said

LEASE = 61.0
"""Seconds after which what a process was killed at is taken up by the next."""

NONCE_GONE = 600.0
"""Seconds after which a message that may have been sent has to be looked for."""


class Flow:
    """Something that is begun again and again, through processes that are killed in the middle of it."""

    moments: ClassVar[tuple[Moment, ...]]
    """When it is killed: each of them once in `make test`, any of them in `make chaos`."""
    further: ClassVar[tuple[Moment, ...]] = ()
    """Those that are for `make chaos` alone."""
    settings: ClassVar[dict[str, object]] = {}
    begins_with_process = False
    """Whether it needs nobody to act: it is there when a process starts, so the trap is laid before."""

    def __init__(self, stage: Stage, rng: Random) -> None:
        self.stage = stage
        self.rng = rng
        self.rounds = 0
        self.acknowledged = 0
        self.done_unsaid = 0
        """What was done though nobody was told before the process was killed."""

    async def set_up(self) -> None:
        """Called once, before any process."""

    async def prepare(self) -> None:
        """What comes before, which is not to be disturbed; nobody runs if it begins with the process."""

    async def act(self, bot: BotProcess) -> None:
        """Begin it, in the process that runs."""

    async def let_time_pass(self) -> None:
        """Called while nobody runs."""

    async def recover(self, bot: BotProcess) -> None:
        """Hold the promise, with the process that came after."""

    async def assert_kept(self) -> None:
        """Called once at the end: nothing of it was doubled later."""


def services_on(database: Database, rng: Random) -> Services:
    """The services, beside whatever process runs."""
    every = FeatureSettings.of({"all"})
    return make_services(database, SystemClock(), rng, keep_guilds_for=timedelta(days=90), features=every)


# What a member does -------------------------------------------------------------------------------------------


class Pressed(Flow, ABC):
    """Something that a member asks for, and that leaves one trace under the interaction's key, or in the settings."""

    moments = (Arrives("POST", CALLBACK), Done("POST", CALLBACK))
    further = (Anytime(0.06),)
    acknowledgement: ClassVar[str]

    exchange: Exchange

    def is_told(self) -> bool:
        """Whether the member was told that it is done."""
        return self.acknowledgement in (said(self.exchange) or "")

    async def recover(self, bot: BotProcess) -> None:
        """Once if it was said, once or not at all if it was not; delivered again, it is there once."""
        told, traces = self.is_told(), await self.traces()
        assert traces == 1 if told else traces in (0, 1)
        self.acknowledged += told
        self.done_unsaid += traces and not told
        answers = self._answers()
        self.exchange.replay()
        await bot.until(lambda: self._answers() > answers, "an answer to what was delivered again")
        assert await self.traces() == 1
        await self.go_on()

    def _answers(self) -> int:
        path = f"/interactions/{self.exchange.id}/{self.exchange.token}/callback"
        return sum(one.path == path and one.duration is not None for one in self.stage.sandbox.requests)

    @abstractmethod
    async def traces(self) -> int:
        """How often it is in the database."""

    @abstractmethod
    async def go_on(self) -> None:
        """What the member does next works."""


class Daily(Pressed):
    """A member takes their coins for today."""

    acknowledgement = "**250 coins** for today"

    async def act(self, bot: BotProcess) -> None:  # noqa: ARG002 — the flow's signature
        """/daily, by a member who has not yet."""
        self.member = MEMBERS[self.rounds]
        self.exchange = await self.stage.member(self.member).slash(CHANNEL, "daily")

    async def traces(self) -> int:
        """The payments of the day, under whatever key."""
        rows = await self.stage.query(
            "SELECT t.key, e.amount FROM ledger_transactions t JOIN ledger_entries e "
            "ON e.guild_id = t.guild_id AND e.transaction_id = t.id WHERE t.kind = 'daily' AND e.holder = :member",
            member=self.member,
        )
        assert [tuple(row) for row in rows] in ([], [(key_of(self.exchange), 250)])
        return len(rows)

    async def go_on(self) -> None:
        """Today is over for this member, and their coins are there to be given."""
        again = await (await self.stage.member(self.member).slash(CHANNEL, "daily")).finished()
        assert "already" in again.text, again.text
        assert await self.traces() == 1
        given = await (await self.stage.pay(self.member, BOB if self.member != BOB else ALICE, 1)).finished()
        assert " gave **1 coin**" in given.text


class Work(Pressed):
    """A member works, and chance says what for and how much."""

    acknowledgement = "** for that. You have **"

    async def act(self, bot: BotProcess) -> None:  # noqa: ARG002 — the flow's signature
        """/work, by a member who has not yet."""
        self.member = MEMBERS[self.rounds]
        self.exchange = await self.stage.member(self.member).slash(CHANNEL, "work")

    async def traces(self) -> int:
        """What they were paid for work, under whatever key; if they were told, as much as they were told."""
        rows = await self.stage.query(
            "SELECT t.key, e.amount FROM ledger_transactions t JOIN ledger_entries e "
            "ON e.guild_id = t.guild_id AND e.transaction_id = t.id WHERE t.kind = 'work' AND e.holder = :member",
            member=self.member,
        )
        assert [key for key, _ in rows] in ([], [key_of(self.exchange)])
        if rows and self.is_told():
            assert f"**{rows[0][1]} coins** for that" in (said(self.exchange) or "")
        return len(rows)

    async def go_on(self) -> None:
        """They have to rest first."""
        again = await (await self.stage.member(self.member).slash(CHANNEL, "work")).finished()
        assert "just worked" in again.text, again.text
        assert await self.traces() == 1


class GiveForm(Pressed):
    """A member pays another by the form behind "Pay someone"."""

    acknowledgement = " gave **"

    async def set_up(self) -> None:
        """Everybody has coins."""
        await self.stage.endow(10_000)

    async def prepare(self) -> None:
        """Open the form."""
        self.payer, self.recipient = self.rng.sample(MEMBERS, 2)
        self.amount = self.rng.randint(1, 80)
        self.before = (await self.stage.payments()).keys()
        self.form = await self._open()

    async def _open(self) -> Exchange:
        actor = self.stage.member(self.payer)
        purse = await (await actor.slash(CHANNEL, "balance")).finished()
        return await (await actor.click(purse, "Pay someone")).answered()

    async def act(self, bot: BotProcess) -> None:  # noqa: ARG002 — the flow's signature
        """Send it off."""
        self.exchange = await self._send(self.form)

    async def _send(self, form: Exchange) -> Exchange:
        filled = {"recipient": [self.recipient], "amount": str(self.amount)}
        return await self.stage.member(self.payer).submit(form, filled)

    async def traces(self) -> int:
        """The payments that came since, which may only be this one."""
        ledger = await self.stage.payments()
        assert ledger.keys() - self.before <= {key_of(self.exchange)}
        found = ledger.get(key_of(self.exchange), [])
        entries = sorted([(self.payer, -self.amount), (self.recipient, self.amount)])
        assert [sorted(one) for one in found] in ([], [entries])
        return len(found)

    async def go_on(self) -> None:
        """The next form pays."""
        assert self.acknowledgement in (await (await self._send(await self._open())).finished()).text


class ConfigPanel(Pressed):
    """An owner changes a setting on the panel."""

    acknowledgement = "Saved."

    async def set_up(self) -> None:
        """Alice may."""
        world = self.stage.sandbox.world
        world.give_role(GUILD, ALICE, world.add_role(GUILD, "Owners", permissions=["manage_guild"]))

    async def prepare(self) -> None:
        """Open the field."""
        self.value = 100 + self.rounds
        self.form = await self._open()

    async def act(self, bot: BotProcess) -> None:  # noqa: ARG002 — the flow's signature
        """Write another starting balance, and send it off."""
        self.exchange = await self._write(self.form, self.value)

    async def _write(self, form: Exchange, value: int) -> Exchange:
        return await self.stage.member(ALICE).submit(form, {"value": str(value)})

    async def _open(self) -> Exchange:
        alice = self.stage.member(ALICE)
        section = await (await alice.slash(CHANNEL, "config", section="economy")).finished()
        ids = [str(one.get("custom_id")) for one in section.controls()]
        [menu] = {custom_id for custom_id in ids if custom_id.startswith("config:field")}
        field = await (await alice.select(section, menu, ["starting_balance"])).finished()
        return await (await alice.click(field, "Change…")).answered()

    async def traces(self) -> int:
        """The entries of the audit log; the stored section agrees with the newest."""
        async with self.stage.database() as database, database.read() as session:
            changes = (await session.execute(select(AuditLog.after).order_by(AuditLog.id))).scalars().all()
        values = [change["starting_balance"] for change in changes if change]
        async with self.stage.services() as services:
            found = await services.guild_settings.read(GUILD, EconomySettings)
        assert found.version == len(values), "a change without its entry, or an entry without its change"
        assert not values or found.value.starting_balance == values[-1]
        return values.count(self.value)

    async def go_on(self) -> None:
        """The panel shows it, and takes the next change."""
        assert self.acknowledgement in (await (await self._write(await self._open(), 50)).finished()).text


# What the bot owes --------------------------------------------------------------------------------------------


async def grow_older(stage: Stage, seconds: float) -> None:
    """Let time pass while nobody runs: for Discord it does, and the database's deadlines are that much nearer."""
    stage.sandbox.clock.advance(seconds)
    times: dict[Any, list[str]] = {
        OutboxMessage.__table__: ["queued_at", "due_at", "doubt_since", "settled_at"],
        Guild.__table__: ["left_at", "erase_at", "lease_until"],
    }
    async with stage.database() as database, database.write() as session:
        for table, columns in times.items():
            for row in (await session.execute(select(table))).mappings().all():
                here = [column == row[column.name] for column in table.primary_key]
                older = {name: row[name] - timedelta(seconds=seconds) for name in columns if row[name] is not None}
                if older:
                    await session.execute(update(table).where(*here).values(older))


class Promised(Flow):
    """Messages of the outbox."""

    async def let_time_pass(self) -> None:
        """Until the lease is over, or until no nonce helps any more."""
        await grow_older(self.stage, self.rng.choice([LEASE, NONCE_GONE]))

    async def _all_sent(self, bot: BotProcess) -> None:
        async with asyncio.timeout(30):
            while await self.stage.query("SELECT id FROM outbox WHERE state <> 'sent'"):
                assert bot.alive, bot.stderr
                await asyncio.sleep(0.05)

    def said_in(self, channel_id: int) -> list[str]:
        """Everything that a channel shows, oldest first."""
        stored = self.stage.sandbox.world.backend.messages.get(channel_id, {})
        return [message.content for message in stored.values()]


class Outbox(Promised):
    """Messages that were committed together, in one channel."""

    moments = (Arrives("POST", MESSAGE, skip=1), Done("POST", MESSAGE, skip=1))
    further = (
        Arrives("POST", MESSAGE), Done("POST", MESSAGE), Done("POST", MESSAGE, skip=2),
        Anytime(0.5, ready=True),
    )  # fmt: skip
    begins_with_process = True

    async def prepare(self) -> None:
        """Three messages are promised in one transaction."""
        new = [f"message {self.rounds}.{number}" for number in range(3)]
        async with self.stage.database() as database:
            outbox = services_on(database, self.rng).outbox

            async def promise(session: Any) -> None:
                for words in new:
                    await outbox.send(session, GUILD, channel(CHANNEL), Payload(words), key=words)

            await database.transact(promise)

    async def recover(self, bot: BotProcess) -> None:
        """Each is there once, in order."""
        there = self.said_in(CHANNEL)
        self.acknowledged += len(await self.stage.query("SELECT id FROM outbox WHERE state = 'sent'")) - self.rounds * 3
        self.done_unsaid += len(there) - len(await self.stage.query("SELECT id FROM outbox WHERE state = 'sent'"))
        await self._all_sent(bot)
        await self.assert_kept(rounds=self.rounds + 1)

    async def assert_kept(self, rounds: int | None = None) -> None:
        """Each once, in order."""
        expected = [f"message {one}.{number}" for one in range(rounds or self.rounds) for number in range(3)]
        assert self.said_in(CHANNEL) == expected


class FirstContact(Promised):
    """Bob adds the bot to a server, and is told what it does, if the joining was written down before it died."""

    moments = (Arrives("GET", "/guilds/*/audit-logs"), Done("POST", MESSAGE))
    further = (
        Done("GET", "/guilds/*/audit-logs"), Done("POST", "/users/@me/channels"),
        Arrives("POST", MESSAGE), Anytime(0.1),
    )  # fmt: skip

    async def set_up(self) -> None:
        """Nothing is promised yet."""
        self.greetings: dict[str, int] = {}

    async def act(self, bot: BotProcess) -> None:
        """Bob adds the bot, which is all there."""
        await bot.until_said(READY)
        world = self.stage.sandbox.world
        self.name = f"Newcomers {self.rounds}"
        with world.without_bot():
            self.guild = world.add_guild(self.name, owner=ALICE)
            world.add_member(self.guild, BOB)
            world.add_channel(self.guild, "general")
        world.invite_bot(self.guild, by=BOB)

    async def recover(self, bot: BotProcess) -> None:
        """One greeting if it was promised, none if it was not; and the server is known either way."""
        promised = len(await self.stage.query("SELECT id FROM outbox WHERE guild_id = :guild", guild=self.guild))
        assert promised in (0, 1)
        before = self._greetings(self.name)
        assert before <= promised, "said before it was written"
        self.acknowledged += promised
        self.done_unsaid += before
        self.greetings[self.name] = promised
        await bot.until_said(READY)
        async with asyncio.timeout(30):
            while not await self.stage.query("SELECT id FROM guilds WHERE id = :guild", guild=self.guild):
                await asyncio.sleep(0.05)
        await self._all_sent(bot)
        await self.assert_kept()

    def _greetings(self, name: str) -> int:
        dms = self.stage.sandbox.world.dm_channel(BOB)
        return sum(f"just added to **{name}**" in words for words in self.said_in(dms))

    async def assert_kept(self) -> None:
        """As many as were promised."""
        assert {name: self._greetings(name) for name in self.greetings} == self.greetings


class Erasure(Flow):
    """The bot was removed from a server, whose data goes all at once or not at all."""

    moments = (Claimed(),)
    further = (Anytime(0.3, ready=True),)
    settings: ClassVar[dict[str, object]] = {"GUILD_RETENTION_DAYS": 0}
    begins_with_process = True

    ROWS = 20_000
    """Enough for the erasure to take a moment."""

    async def prepare(self) -> None:
        """A server with much to erase removes the bot, while nobody runs."""
        self.guild = self.stage.sandbox.world.add_guild(f"Leavers {self.rounds}")
        async with self.stage.database() as database:
            services = services_on(database, self.rng)
            await services.earning.daily(self.guild, ALICE, key="before leaving")
            now = SystemClock().now()
            async with database.write() as session:
                await session.execute(insert(Guild).values(id=self.guild, name=LEAVERS))
                for first in range(0, self.ROWS, 2_000):
                    rows = [
                        {"guild_id": self.guild, "id": first + number, "at": now, "action": "test",
                         "source": AuditSource.BUTTON}
                        for number in range(2_000)
                    ]  # fmt: skip
                    await session.execute(insert(AuditLog), rows)
        self.whole = await self._rows()
        self.stage.sandbox.world.remove_guild(self.guild)

    async def _rows(self) -> dict[str, int]:
        """How many rows of the server each table holds; nothing for those that hold none."""
        found: dict[str, int] = {}
        async with self.stage.database() as database, database.read() as session:
            for table in Base.metadata.sorted_tables:
                owner = table.c.get("id" if table.name == "guilds" else "guild_id")
                if owner is not None:
                    query = select(func.count()).select_from(table).where(owner == self.guild)
                    found[table.name] = (await session.execute(query)).scalar_one()
        return {name: count for name, count in found.items() if count}

    async def let_time_pass(self) -> None:
        """All or nothing is there; then the lease runs out."""
        left = await self._rows()
        assert left in ({}, self.whole), "half erased"
        self.done_unsaid += not left
        await grow_older(self.stage, LEASE)

    async def recover(self, bot: BotProcess) -> None:
        """Everything of it goes, and nothing of the others."""
        async with asyncio.timeout(30):
            while await self._rows():
                assert bot.alive, bot.stderr
                await asyncio.sleep(0.05)
        assert "wallet" in await self.stage.wallet(BOB)
        assert await self.stage.query("SELECT id FROM guilds WHERE id = :guild AND left_at IS NULL", guild=GUILD)


FLOWS: tuple[type[Flow], ...] = (Daily, Work, GiveForm, ConfigPanel, Outbox, FirstContact, Erasure)
