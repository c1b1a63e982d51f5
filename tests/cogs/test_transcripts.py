"""What the bot says, to be read through by people who judge words: the same conversations in every language.

They are kept in docs/transcripts, one file for each language, and stand there as the bot really says them: this fails
when it says something else. `make transcripts` writes them anew.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from discord.utils import time_snowflake

from bot.domain.general import GeneralSettings
from bot.domain.leveling_settings import LevelingSettings
from bot.domain.moderation import ModerationSettings
from bot.domain.requirements import BalanceNeeded, Requirements
from bot.domain.shop import Effects, GiveCoins, ItemKind
from bot.i18n import LANGUAGES, tongue
from bot.jobs.ticket_record import TicketRecordJob
from bot.jobs.xp import XpJob
from bot.sandbox import Exchange
from bot.sandbox.terminal import Paint, Scene, Step
from bot.sandbox.terminal import Stage as Theatre
from bot.sandbox.terminal import stage as theatre_of
from bot.sandbox.terminal.lines import Action, Say
from bot.sandbox.terminal.names import Names
from bot.sandbox.terminal.render import Renderer
from tests.support.market import Market
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage

FOLDER = Path(__file__).parents[2] / "docs" / "transcripts"
WRITE = "TRANSCRIPTS"
"""Set in the environment, the files are written instead of compared."""

OWNERS, LOG = (4_000 << 22) + 1, (4_000 << 22) + 2
CASES, MODERATORS = (4_000 << 22) + 3, (4_000 << 22) + 4
REGULAR, REGULARS = (4_000 << 22) + 5, "Regulars"
MODERATING = ["kick_members", "ban_members", "moderate_members", "manage_messages", "manage_channels", "manage_roles"]
WIDTH = 100
_LINK = re.compile(r"(?<=/)\d{17,}\b")
"""The last part of a link to a message, which is another in each run."""

Told = Callable[[str], str]


def helping(_say: Told) -> Sequence[Step]:
    """/help, its chapters, and some of its pages."""
    lines = ("/help", "select economy", "select role_grants", "/help command:pay", "/help command:role give")
    return [Step("alice", line) for line in lines]


def setting(say: Told) -> Sequence[Step]:
    """/config: its sections, a setting of each kind, and refusals."""
    change, field = f"press {say('Change…')}", f"select {say('Change a setting…')}: "

    def written(name: str, *values: str) -> list[Step]:
        lines = [Step("alice", change, form={say(name): value}) for value in values]
        return [*lines, Step("alice", f"press {say('Back')}")]

    return [
        Step("alice", "/config"),
        Step("alice", f"{field}economy"),
        Step("alice", f"press {say('Switch off')}"),
        Step("alice", f"press {say('Switch on')}"),
        Step("alice", f"press {say('Back')}"),
        Step("alice", "select general"),
        Step("alice", f"{field}time_zone"),
        *written("Time zone", "Mars/Base", "Europe/Berlin"),
        Step("alice", f"{field}accent"),
        *written("Accent colour", "green", "#112233"),
        Step("alice", f"{field}admin_roles"),
        Step("alice", f"select {say('Admin roles')}: Owners"),
        Step("alice", f"press {say('Back')}"),
        Step("alice", "select economy"),
        Step("alice", f"{field}daily_amount"),
        *written("Daily amount", "many", "0", "1000"),
        Step("alice", f"press {say('Reset all of these')}"),
        Step("alice", f"press {say('Yes, reset them')}"),
    ]


def diagnosing(say: Told) -> Sequence[Step]:
    """/diagnose: what is wrong, and a step that the bot takes itself."""
    return [
        Step("alice", "/diagnose"),
        Step("alice", f"press 1 · {say('Forget it')}"),
    ]


def leveling(say: Told) -> Sequence[Step]:
    """A rank and why it is what it is, what levels bring, a curve before it holds, and XP from staff."""
    return [
        Step("bob", "/rank"),
        Step("bob", "/level why"),
        Step("alice", f"/xp reward set level:1 role:@{REGULARS} coins:100"),
        Step("alice", "/xp reward set level:5 message:Well done, {member}!"),
        Step("bob", "/level rewards"),
        Step("bob", "/level calculate level:5"),
        Step("alice", "/xp announce"),
        Step("alice", "/xp curve numbers:0 -1 10 0"),
        Step("alice", "/xp curve preset:lurkr cap:100"),
        Step("alice", f"press {say('Keep XP')}"),
        Step("alice", f"press {say('Undo')}"),
        Step("alice", "/xp add who:@bob xp:200 reason:Won the quiz"),
        Step("bob", "/level rewards"),
        Step("alice", "/xp undo member:@bob"),
        Step("alice", f"press {say('Yes, undo it')}"),
        Step("alice", "/xp undo member:@bob"),
        Step("bob", "/level notify ping:True"),
        Step("carol", "/leaderboard"),
    ]


def ticketing(say: Told) -> Sequence[Step]:
    """A panel is made, and a member asks by it; staff takes it, notes, asks to close; it is rated and followed up."""
    ticket, ask = "in #ticket-0001", say("Ask for help")
    panel = {
        say("Name"): "support",
        say("Title"): "Need help?",
        say("Text"): "Open a ticket, and we will see to it.",
        say("First topic"): ask,
        say("Where members see it"): "#general",
    }
    return [
        Step("alice", "/panel create", form=panel),
        Step("alice", f"select {say('Change a topic…')}: {ask}"),
        Step("alice", f"press {say('Who answers…')}", form={say("Support"): "@Moderators"}),
        Step("carol", f"press {ask}"),
        Step("carol", f"press {ask}"),
        Step("carol", ticket),
        Step("carol", "say The bench in the meadow is broken."),
        Step("carol", f"press {say('Claim')}"),
        Step("bob", ticket),
        Step("bob", f"press {say('Claim')}"),
        Step("bob", "say I will mend it tonight."),
        Step("bob", "/ticket note text:The third bench this month"),
        Step("bob", f"press {say('Staff…')}"),
        Step("bob", "/ticket info"),
        Step("bob", "/ticket close reason:Mended"),
        Step("bob", f"press {say('Ask the member')}"),
        Step("carol", f"press {say('There is more')}"),
        Step("bob", "/ticket close reason:Mended"),
        Step("bob", f"press {say('Close it')}"),
        Step("carol", "dm"),
        Step("carol", "press ★★★★★"),
        Step("carol", f"press {say('Say why…')}", form={say("How was it?"): "Quick and kind"}),
        Step("carol", ticket),
        Step("carol", f"press {say('Reopen')}"),
        Step("bob", "/ticket list"),
        Step("alice", "/ticket stats"),
        Step("alice", "/ticket doctor"),
        Step("carol", "in #general"),
        Step("bob", "in #general"),
    ]


def moderating(say: Told) -> Sequence[Step]:
    """What an owner, a moderator and a member see: rules, a sanction, its letter and its log, a file, a lock, many."""
    return [
        Step("alice", "/warnrules list"),
        Step("alice", f"press {say('Set the usual rules')}"),
        Step("bob", "/warn member:@carol reason:Spam severity:3"),
        Step("bob", "/timeout member:@carol duration:2d reason:Spam"),
        Step("bob", "/case reason number:3 reason:Advertising"),
        Step("bob", "/history member:@carol"),
        Step("bob", "/undo case:3"),
        Step("bob", f"press {say('Yes, undo it')}"),
        Step("carol", "/mylogs"),
        Step("bob", "/ban member:@alice"),
        Step("bob", "/lock duration:10m reason:A breath of air"),
        Step("bob", "/unlock"),
        Step("carol", "say Cheap coins at example.com"),
        Step("carol", "say Buy now"),
        Step("bob", "/purge count:5 user:@carol reason:Advertising"),
        Step("alice", f"/massban ids:{CAROL} {BOB} {CAROL} 12 reason:Raid"),
    ]


def furnish(stage: Stage) -> None:
    """Alice owns the village, and Bob moderates it; staff has a channel of its own, where the log is."""
    world = stage.sandbox.world
    world.backend.get_guild(GUILD).owner_id = ALICE
    world.add_role(GUILD, "Moderators", id=MODERATORS, permissions=MODERATING)
    world.give_role(GUILD, BOB, MODERATORS)
    world.add_channel(GUILD, "cases", id=CASES, hidden_from_everyone=True)
    world.overwrite(CASES, MODERATORS, allow=["view_channel"])
    world.overwrite(CASES, world.bot_id, allow=["view_channel"])


async def talked(stage: Stage) -> None:
    """Bob wrote three messages, of which the first earned, and they are counted."""
    assert stage.app is not None
    app = stage.app
    stage.sandbox.world.add_role(GUILD, REGULARS, id=REGULAR)
    found = await app.services.guild_settings.read(GUILD, LevelingSettings)
    always = found.value.model_copy(update={"message_least": 20, "message_most": 20})
    await app.services.guild_settings.change(GUILD, always, base=found.version, by=None)
    backend, now = stage.sandbox.world.backend, time_snowflake(stage.clock.now())
    for number, said in enumerate(("Good morning, everybody!", "good morning, everybody!", "How are you?")):
        with backend.next_id(now + number):  # a message bears its time
            await stage.bob.say(GENERAL, said)
    await stage.ask(stage.bob, "about")  # comes after, so the messages have been read
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "discord.py: on_message"))
    for job in app.periodic:
        if isinstance(job, XpJob):
            assert await job.flush()


async def moderated(stage: Stage) -> None:
    """The village, with cases told in the channel of staff."""
    furnish(stage)
    assert stage.app is not None
    settings = stage.app.services.guild_settings
    found = await settings.read(GUILD, ModerationSettings)
    await settings.change(GUILD, ModerationSettings(log_channel=CASES), base=found.version, by=None)


async def told(stage: Stage) -> None:
    """What was to be said before is said, so that what comes is about tickets alone."""
    assert stage.app is not None
    while await stage.app.ticker.tick():
        await stage.app.ticker.finish()
        stage.clock.advance(seconds=5)


def giving(say: Told) -> Sequence[Step]:
    """A giveaway: its draft, its message, entering, a question before its end, the winner, the proof."""
    return [
        Step("alice", "/giveaway create prize:A basket of apples winners:1 claim_within:1d"),
        Step("alice", f"press {say('Publish')}"),
        Step("bob", f"press {say('Enter')}"),
        Step("alice", f"press {say('Enter')}"),
        Step("alice", "/giveaway end giveaway:1"),
        Step("alice", f"press {say('End it now')}"),
        Step("bob", f"press {say('Claim your prize')}"),
        Step("carol", f"press {say('Claim your prize')}"),
        Step("alice", "/giveaway info giveaway:1"),
        Step("alice", "/giveaway list which:over"),
    ]


def shopping(_say: Told) -> Sequence[Step]:
    """/shop and what comes after it: looking, buying, what is refused, and what is owned."""
    lines = (
        "/shop",
        "/shop item:Tea",
        "press 1",
        "/buy item:Crown",
        "press 1",
        "/buy item:Sofa",
        "/buy item:Bronze badge",
        "press 1",
        "/buy item:Bronze badge",
        "press 1",
        "/inventory",
        "/use item:Tea",
        "/use item:Tea",
        "/equip item:Bronze badge",
        "/gift item:Bronze badge member:@carol",
        "/inventory member:@carol",
    )
    return [Step("bob", line) for line in lines]


def reporting(_say: Told) -> Sequence[Step]:
    """What the books of a server tell its owner."""
    return [Step("alice", "/economy report"), Step("alice", "/economy audit")]


async def stocked(stage: Stage) -> None:
    """Put some things up for sale, and give twelve members coins."""
    assert stage.app is not None
    market = Market(stage.app.database, stage.app.services, GUILD)
    tea = Effects(on_use=(GiveCoins(amount=5),))
    await market.put_up("Tea", 20, kind=ItemKind.CONSUMABLE, category="Kitchen", description="Warms.", effects=tea)
    await market.put_up("Bronze badge", 100, kind=ItemKind.BADGE, stock=3, per_member=1, emoji="🥉")
    crown = Requirements(all_of=(BalanceNeeded(least=5_000),))
    await market.put_up("Crown", 1_000, kind=ItemKind.COLLECTIBLE, requirements=crown)
    await market.pay_in(BOB, 400)
    for number in range(11):
        await market.pay_in((9_000 + number) << 22, 50 * (number + 1))


async def broken(stage: Stage) -> None:
    """Delete the channel that is set as the log, so that there is something to find."""
    assert stage.app is not None
    settings = stage.app.services.guild_settings
    found = await settings.read(GUILD, GeneralSettings)
    stage.sandbox.world.add_channel(GUILD, "log", id=LOG)
    await settings.change(GUILD, found.value.model_copy(update={"log_channel": LOG}), base=found.version, by=None)
    stage.sandbox.world.remove_channel(LOG)


CONVERSATIONS: dict[str, Callable[[Told], Sequence[Step]]] = {
    "/help": helping,
    "/config": setting,
    "Leveling": leveling,
    "Moderation": moderating,
    "Tickets": ticketing,
    "Giveaways": giving,
    "/diagnose": diagnosing,
    "/shop": shopping,
    "/economy": reporting,
}
"""Every conversation that is kept, by the command that it begins with. Further ones are added here."""


BEFORE = {
    "Leveling": talked,
    "Moderation": moderated,
    "Tickets": told,
    "Giveaways": told,
    "/diagnose": broken,
    "/shop": stocked,
}
"""What is brought about before a conversation."""


@pytest.fixture
def database_kind() -> str:
    """Words are the same on both."""
    return "sqlite"


class Desk(Theatre):
    """Where each step waits until what follows from it for tickets is done, and a quarter of a minute goes by."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.sandbox, GUILD, [ALICE, BOB, CAROL], start=GENERAL)
        assert stage.app is not None
        self._village, self._app, self._said = stage, stage.app, 0

    async def perform(self, user: int, action: Action) -> Exchange | None:
        """As anybody would; a message bears the time of the bot's clock, and has been read when this returns."""
        if not isinstance(action, Say):
            return await super().perform(user, action)
        self._said += 1
        heard = asyncio.create_task(self._app.bot.wait_for("message", check=lambda one: one.author.id == user))
        await asyncio.sleep(0)  # it listens from here on
        with self._village.sandbox.world.backend.next_id(time_snowflake(self._village.clock.now()) + self._said):
            done = await super().perform(user, action)
        await heard
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "discord.py: on_message"))
        return done

    async def quiet(self, patience: float = 1.0) -> None:
        """Do what is owed before looking whether anything is new."""
        for job in self._app.periodic:
            if isinstance(job, TicketRecordJob):
                await job.round()
                await job.settled()
        for _turn in range(3):
            self._village.clock.advance(seconds=5)
            await self._app.ticker.tick()
            await self._app.ticker.finish()
        await super().quiet(patience)


async def conversation(stage: Stage, theatre: Theatre, steps: Sequence[Step], monkeypatch: pytest.MonkeyPatch) -> str:
    lines: list[str] = []

    # Relative times are those of the bot's clock, so that a page reads the same tomorrow.
    def drawn(names: Names, _now: datetime, paint: Paint, **more: Any) -> Renderer:
        return Renderer(names, stage.clock.now(), paint, **more)

    monkeypatch.setattr(theatre_of, "Renderer", drawn)
    with theatre:
        await Scene(theatre, Paint(colour=False, width=WIDTH), lines.append).play(steps)
    return "\n".join(line.rstrip() for line in lines).strip("\n")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_transcripts_are_what_the_bot_says(
    stage: Stage, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.sandbox.world.add_role(GUILD, "Owners", id=OWNERS, permissions=["manage_guild", "manage_roles"])
    stage.sandbox.world.give_role(GUILD, ALICE, OWNERS)
    stage.tongue = lambda _name: tongue(language)
    await stage.start()
    parts = [
        f"# What Folkmoot says ({LANGUAGES[language]})",
        "",
        "`make transcripts` writes this page. Alice is an owner, Bob (as to moderation) a moderator, Carol a member.",
    ]
    for command, steps in CONVERSATIONS.items():
        if prepare := BEFORE.get(command):
            await prepare(stage)
        plain = Theatre(stage.sandbox, GUILD, [ALICE, BOB, CAROL], start=GENERAL)
        theatre = Desk(stage) if command in {"Tickets", "Giveaways"} else plain
        said = await conversation(stage, theatre, steps(tongue(language).texts.gettext), monkeypatch)
        said = _LINK.sub("…", said)
        parts += ["", f"## {command}", "", "```text", said, "```"]
    page = "\n".join(parts) + "\n"
    path = FOLDER / f"{language}.md"
    if os.environ.get(WRITE):
        path.parent.mkdir(exist_ok=True)
        path.write_text(page, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == page, (
        "the bot says something else now; run `make transcripts` and read it"
    )
