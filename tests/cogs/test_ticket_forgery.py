"""Custom ids of one server's tickets, pressed and sent in another: they change nothing, and tell nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from bot.db.base import Base
from bot.db.repositories.tickets import tickets as rows
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import EventKind, Mode, Origin, Status, Ticket
from bot.sandbox import Actor
from bot.ui.controls import Menu
from tests.support.stage import ALICE, BOB, ELSEWHERE, GUILD, OTHER_GUILD, OUTSIDER, Stage, words
from tests.support.tickets import TOPIC, add_topic

BOSS, ROOM = 9_100 << 22, (2_400 << 22) + 1
WORDS = "Nobody elsewhere shall read this"
_LETTERS = re.compile(r"\(\?P<\w+>\[(\w)[^]]*\](?:\{(\d+).*?\})?\)")
_ABOUT = re.compile(r"\(\?P<about>\[omuw\][^)]*\)")
"""What a list is about: all open ones."""
_GUILD = re.compile(r"\(\?P<guild\w*>.*?\)")
_NUMBER = re.compile(r"\(\?P<(?:number|ticket)\w*>.*?\)")
_USER = re.compile(r"\(\?P<(?:asker|owner|user|member)\w*>.*?\)")
_TOPIC = re.compile(r"\(\?P<topic\w*>.*?\)")
_PANEL = re.compile(r"\(\?P<panel\w*>.*?\)")
_WORDS = re.compile(r"\(\?P<\w+>([a-z_]+)\|[a-z_|]+\)")
_OTHER = re.compile(r"\(\?P<\w+>.*?\)")


def forged(pattern: str) -> str:
    """A custom id of the pattern that is about ticket 1, its topic, and the server that both are of."""
    known = ((_ABOUT, "o...."), (_GUILD, GUILD), (_NUMBER, 1), (_USER, OUTSIDER), (_TOPIC, TOPIC), (_PANEL, TOPIC - 1))
    for which, value in known:
        pattern = which.sub(str(value), pattern)
    pattern = _LETTERS.sub(lambda found: found[1] * int(found[2] or 1), pattern)
    pattern = _OTHER.sub("1", _WORDS.sub(r"\1", pattern))
    return pattern.replace("(?:", "").replace(")?", "").replace("\\", "")


async def everything(stage: Stage) -> dict[str, list[Any]]:
    """All that is kept about tickets of the server that they are of."""
    assert stage.app is not None
    found: dict[str, list[Any]] = {}
    for name, table in Base.metadata.tables.items():
        if name.startswith("ticket"):
            query = select(table).where(table.c.guild_id == GUILD)
            read = await stage.app.database.query(lambda session, query=query: session.execute(query))
            found[name] = sorted(map(repr, read))
    return found


@pytest.fixture
async def desk(stage: Stage) -> Stage:
    """Alice has a ticket in the village; the outsider owns the other server, which has a ticket of the same number."""
    stage.sandbox.world.add_role(OTHER_GUILD, "Boss", id=BOSS, permissions=["administrator"])
    stage.sandbox.world.give_role(OTHER_GUILD, OUTSIDER, BOSS)
    stage.sandbox.world.add_channel(GUILD, "ticket-0001", id=ROOM)
    app = await stage.start()
    await add_topic(app.database, GUILD, TopicConfig(opening=WORDS))
    now = stage.clock.now()
    ticket = Ticket(
        guild_id=GUILD, number=1, topic_id=TOPIC, opener_id=ALICE, opened_by=ALICE, origin=Origin.PANEL,
        status=Status.OPENING, status_at=now, mode=Mode.CHANNEL, slot=1, key="i:1", opened_at=now, subject=WORDS,
    )  # fmt: skip

    async def unit(session: Any) -> None:
        await rows.add(session, ticket, due_at=now)
        made = {"status": Status.OPEN, "channel_id": ROOM, "applied": 1, "name": "ticket-0001", "rating": 1}
        locked = await app.services.ticket_file.locked(session, GUILD, 1)
        await app.services.ticket_file.change(session, locked, (EventKind.OPENED, {}), by=BOB, **made)

    await app.database.transact(unit)
    return stage


async def test_every_control_of_tickets_refuses_one_of_another_server(desk: Stage) -> None:
    assert desk.app is not None
    outsider = desk.sandbox.as_member(OTHER_GUILD, OUTSIDER)
    before = await everything(desk)
    assert len(before["tickets"]) == 1
    kinds = [one for one in known_controls(desk) if one[1].pattern.startswith(("ticket:", "panel:"))]
    for kind, pattern in kinds:
        custom_id = forged(pattern.pattern)
        assert pattern.fullmatch(custom_id), (pattern.pattern, custom_id)
        assert WORDS not in await answer(desk, outsider, kind, custom_id), custom_id
        assert await everything(desk) == before, custom_id
    assert len(kinds) > 20


def known_controls(stage: Stage) -> list[tuple[str, re.Pattern[str]]]:
    """What the router knows: whether it is a button, a menu or a form, and its pattern."""
    assert stage.app is not None
    router = stage.app.bot.router
    found = [("form", one.template) for one in router._forms]
    for one in router._controls:
        pattern: Any = one.__discord_ui_compiled_template__
        found.append(("menu" if issubclass(one, Menu) else "button", pattern))
    return found


async def answer(stage: Stage, who: Actor, kind: str, custom_id: str) -> str:
    """Press, choose or send what stands on no message of the bot's."""
    if kind == "form":
        field = {"type": 4, "custom_id": "field", "value": "x"}
        data: dict[str, Any] = {"custom_id": custom_id, "components": [{"type": 18, "component": field}]}
        exchange = who._interact(5, ELSEWHERE, data)
    else:
        shown = await (await who.slash(ELSEWHERE, "help")).finished()
        stored = stage.sandbox.world.backend.messages[ELSEWHERE][shown.id]
        number = 2 if kind == "button" else 3
        part = {"type": number, "custom_id": custom_id, "style": 2, "label": "x", "options": []}
        stored.components = [{"type": 1, "components": [part]}]
        data = {"custom_id": custom_id, "component_type": number}
        data |= {} if kind == "button" else {"values": [str(TOPIC)]}
        exchange = who._interact(3, ELSEWHERE, data, source=stored)
    seen = await exchange.answered()
    return words(await seen.finished()) if seen.modal is None else ""
