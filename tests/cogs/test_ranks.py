"""/rank and the boards of leveling, as members see them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert

from bot.cogs.leveling import ranks
from bot.db.models.leveling import LevelWish, MemberLevel, XpBucket, XpPeriod
from bot.db.models.shop import InventoryItem, ShopItem
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.leveling import Span
from bot.domain.leveling_settings import CurveSettings
from bot.domain.preferences import Preferences
from bot.domain.shop import ItemKind
from bot.domain.xp_buckets import bucket
from bot.pictures.specs import Backdrop, Card, Picture
from tests.support.stage import ALICE, BOB, CAROL, GUILD, ROBOT, Stage, is_private, words

WEEK = date(2026, 3, 2)


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    await stage.start()
    return stage


def app_of(stage: Stage) -> Any:
    assert stage.app is not None
    return stage.app


async def put(stage: Stage, model: Any, *rows: Mapping[str, Any]) -> None:
    async with app_of(stage).database.write() as session:
        await session.execute(insert(model), [{"guild_id": GUILD, **row} for row in rows])


async def earn(stage: Stage, xp: Mapping[int, int], **more: int) -> None:
    counted = {"messages": 120, "voice_seconds": 0, **more}
    await put(stage, MemberLevel, *({"user_id": who, "xp": amount, **counted} for who, amount in xp.items()))
    numbers = [bucket(amount) for amount in xp.values()]
    await put(stage, XpBucket, *({"bucket": one, "members": numbers.count(one)} for one in set(numbers)))


async def change(stage: Stage, section: Any) -> None:
    await app_of(stage).services.guild_settings.change(GUILD, section, base=0, by=ALICE)


@pytest.fixture
def cards(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[Card]:
    """The cards that are drawn."""
    made: list[Card] = []
    draw = app_of(on_stage).pictures.draw

    async def noted(card: Card, **more: Any) -> Any:
        made.append(card)
        return await draw(card, **more)

    monkeypatch.setattr(app_of(on_stage).pictures, "draw", noted)
    return made


async def test_everybody_sees_a_rank_in_words_and_as_a_card_that_says_the_same(
    on_stage: Stage, cards: list[Card]
) -> None:
    await earn(on_stage, {ALICE: 300, BOB: 1_299}, voice_seconds=12_000)
    await put(on_stage, XpPeriod, {"user_id": ALICE, "span": Span.WEEK, "begins": WEEK, "xp": 70,
                                   "messages": 4, "voice_seconds": 0})  # fmt: skip
    answer = await on_stage.ask(on_stage.alice, "rank")
    assert not is_private(answer)
    assert list(answer.pings) == []
    assert words(answer) == "\n".join(
        (
            f"<@{ALICE}>", "**Level 2**, place 2", "175 XP to level 3", "",
            "**XP**: 300", "**This week**: 70 XP", "**Messages**: 120", "**In voice**: 3 hours 20 minutes", "Rank",
        )
    )  # fmt: skip
    [picture] = answer.attachments
    assert picture["description"] == (
        "alice. @alice. Rank: #2. Level: 2. XP this week: 70. Messages: 120. Progress: 20% (45 / 220 XP / Level 3)"
    )
    assert f"<@{BOB}>\n**Level 5**, place 1" in words(await on_stage.ask(on_stage.alice, "rank", member=BOB))
    assert [card.name for card in cards] == ["alice", "bob"]


async def test_who_has_no_xp_has_no_place_yet_and_a_bot_never_has(on_stage: Stage) -> None:
    said = words(await on_stage.ask(on_stage.alice, "rank"))
    assert "No XP yet, and so no place.\n100 XP to level 1" in said
    refused = await on_stage.ask(on_stage.alice, "rank", member=ROBOT)
    assert "Bots earn no XP" in words(refused)
    assert is_private(refused)


async def test_at_the_highest_level_there_is_no_way_on(on_stage: Stage, cards: list[Card]) -> None:
    await earn(on_stage, {ALICE: 5_000})
    await change(on_stage, CurveSettings(cap=3))
    assert "**Level 3**, place 1\nThat is the highest level." in words(await on_stage.ask(on_stage.alice, "rank"))
    assert cards[0].progress is not None
    assert (cards[0].progress.share, cards[0].progress.goal) == (1.0, "Highest level")


async def test_a_card_has_the_colours_that_its_subject_chose_and_what_they_wear(
    on_stage: Stage, cards: list[Card]
) -> None:
    await earn(on_stage, {BOB: 10})
    chosen = Preferences(accent=0xFF8800, background="sea")
    await app_of(on_stage).services.preferences.edit(BOB, lambda _: chosen, base=0)
    await on_stage.ask(on_stage.alice, "rank", member=BOB)
    await wear(on_stage, 7, ItemKind.BADGE, "Early bird", "<:bird:123456789012345678>")
    await wear(on_stage, 8, ItemKind.BACKGROUND, "Deep forest", "🌲")
    said = words(await on_stage.ask(on_stage.alice, "rank", member=BOB))
    assert f"<@{BOB}> · <:bird:123456789012345678> Early bird" in said
    assert [(one.accent, one.backdrop, one.subtitle) for one in cards] == [
        (0xFF8800, Backdrop.SEA, "@bob"), (0xFF8800, Backdrop.FOREST, "Early bird"),
    ]  # fmt: skip


async def wear(stage: Stage, item: int, kind: ItemKind, name: str, emoji: str) -> None:
    thing = {
        "id": item, "name": name, "search_name": name, "description": "", "emoji": emoji, "category": "", "price": 1,
        "kind": kind, "giftable": True, "requirements": {}, "effects": {}, "sold": 0, "version": 1,
    }  # fmt: skip
    await put(stage, ShopItem, thing)
    await put(stage, InventoryItem, {"user_id": BOB, "item_id": item, "lot": 0, "quantity": 1, "equipped": kind})


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_card_that_takes_too_long_leaves_the_words_and_is_drawn_to_its_end(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures, released, finished = app_of(on_stage).pictures, asyncio.Event(), asyncio.Event()

    async def slow(_spec: Card) -> Picture:
        await released.wait()
        finished.set()
        return Picture(b"", "")

    monkeypatch.setattr(pictures, "_drawn", slow)
    monkeypatch.setattr(ranks, "PATIENCE", 0.01)
    answer = await on_stage.ask(on_stage.alice, "rank")
    assert "No XP yet" in words(answer)
    assert not answer.attachments
    released.set()
    async with asyncio.timeout(10):
        await finished.wait()


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_card_that_can_not_be_drawn_leaves_the_words(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_spec: Card) -> None:
        return None

    monkeypatch.setattr(app_of(on_stage).pictures, "_drawn", broken)
    answer = await on_stage.ask(on_stage.alice, "rank")
    assert "No XP yet" in words(answer)
    assert not answer.attachments


async def test_who_wishes_to_be_nameless_is_somebody_to_others_and_sees_their_rank_alone(on_stage: Stage) -> None:
    await earn(on_stage, {ALICE: 300, BOB: 1_300, CAROL: 5})
    await put(on_stage, LevelWish, {"user_id": BOB, "ping": False, "nameless": True})
    others = words(await on_stage.ask(on_stage.alice, "leaderboard"))
    assert "🥇 somebody · **1,300 XP**\n" in others
    assert f"🥈 <@{ALICE}> · **300 XP**\n" in others
    assert "XP · all time" in others
    assert str(BOB) not in others
    refused = await on_stage.ask(on_stage.alice, "rank", member=BOB)
    assert "keeps their rank to themselves" in words(refused)
    assert is_private(refused)
    assert "Level" not in words(await on_stage.ask(on_stage.alice, "userinfo", member=f"<@{BOB}>"))
    own = await on_stage.ask(on_stage.bob, "rank")
    assert is_private(own)
    assert "place 1" in words(own)
    assert "place 1" not in words(await on_stage.ask(on_stage.bob, "leaderboard"))


async def test_boards_lead_to_ones_own_place_however_far_down(on_stage: Stage) -> None:
    await earn(on_stage, {(9_000 + number) << 22: 50_000 - number for number in range(1_204)} | {ALICE: 5})
    first = await on_stage.ask(on_stage.alice, "leaderboard", board="XP")
    assert f"<@{ALICE}>: place 1,205 with 5 XP" in words(first)
    own = await (await on_stage.alice.click(first, "My place")).finished()
    assert f"`1,205.` <@{ALICE}> · **5 XP**" in words(own)
    higher = await (await on_stage.alice.click(own, "Higher")).finished()
    assert "`1,191.`" in words(higher)
    assert words(await (await on_stage.alice.click(higher, "Lower")).finished()) == words(own)


async def test_each_board_says_its_numbers_in_its_own_words(on_stage: Stage) -> None:
    await earn(on_stage, {ALICE: 300}, messages=1, voice_seconds=7_260)
    assert "**1 message**" in words(await on_stage.ask(on_stage.bob, "leaderboard", board="Messages"))
    assert "**2 hours 1 minute**" in words(await on_stage.ask(on_stage.bob, "leaderboard", board="Time in voice"))
    today = words(await on_stage.ask(on_stage.bob, "leaderboard", board="XP", period="today"))
    assert "Nobody has any XP yet." in today
    assert "XP · today" in today


async def test_userinfo_tells_the_level(on_stage: Stage) -> None:
    await earn(on_stage, {BOB: 1_300})
    assert "**Level**: 5" in words(await on_stage.ask(on_stage.alice, "userinfo", member=f"<@{BOB}>"))


async def test_where_levels_are_quiet_or_off_nobody_else_reads_of_a_rank(on_stage: Stage) -> None:
    await change(on_stage, GeneralSettings(leveling_channels=(12345,)))
    assert is_private(await on_stage.ask(on_stage.alice, "rank", member=BOB))
    await change(on_stage, FeatureSettings(leveling=False))
    assert "switched off" in words(await on_stage.ask(on_stage.alice, "rank"))
