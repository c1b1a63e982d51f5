"""What the outbox is promised of a giveaway: within Discord's limits whatever it says, and each thing once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot.domain.audit import AuditSource
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaway_rules import AnyOf, Bonus, Bonuses, BonusKind, HasRole, NoneOf, Rule, Rules
from bot.domain.giveaway_words import plainly
from bot.domain.giveaways import MAX_PRIZE, MAX_TEXT, Failure, Giveaway, Status
from bot.domain.guilds import ShardRange
from bot.domain.outbox import Claimed, Delivered, Hindrance, MessageKind, Outcome, Payload, Place, Refused
from bot.services import Services
from bot.services.giveaway_making import NewGiveaway
from tests.support.clock import ManualClock

GUILD, CHANNEL, HOST = 1_000 << 22, 5_000, 3_000
ALL = ShardRange(1, frozenset({0}))
VIA = AuditSource.COMMAND
MESSAGE = 7_000 << 22

MANY = tuple(HasRole(role_id=(1 << 62) + one) for one in range(25))


async def published(services: Services, **values: Any) -> Giveaway:
    changes = Changes({"prize": "A mug", "lasts": 3_600, **values})
    draft = await services.giveaway_making.begin(GUILD, NewGiveaway("i:1", HOST, CHANNEL, changes))
    return await services.giveaway_making.publish(GUILD, draft.number, by=HOST, via=VIA)


async def settle(services: Services, outcome: Outcome | None = None) -> list[Claimed]:
    """Let the outbox hear what became of all that is due; without an outcome it was delivered."""
    claimed = list(await services.outbox.claim(ALL, 20))
    for one in claimed:
        place = Place(one.destination.id, one.message_id or MESSAGE)
        await services.outbox.settle(one, outcome or Delivered(place))
    return claimed


def length(payload: Payload) -> int:
    """As Discord counts what an embed holds."""
    embed: Any = payload.embed
    fields: Sequence[Any] = embed["fields"]
    assert all(len(one["value"]) <= 1_024 and len(one["name"]) <= 256 for one in fields)
    assert len(embed["title"]) <= 256
    assert len(embed["description"]) <= 4_096
    told = sum(len(one["value"]) + len(one["name"]) for one in fields)
    return len(embed["title"]) + len(embed["description"]) + len(embed["footer"]["text"]) + told


@pytest.mark.parametrize(
    "rules",
    [Rules(all_of=MANY), Rules(any_of=MANY), Rules(none_of=(AnyOf(of=(NoneOf(of=MANY),)),))],
    ids=["all", "any", "deep"],
)
async def test_the_fullest_giveaway_fits_into_a_message(services: Services, rules: Rules) -> None:
    bonuses = Bonuses(of=tuple(Bonus(kind=BonusKind.ROLE, target=one.role_id, weight=10_000) for one in MANY))
    giveaway = await published(
        services, prize="*" * MAX_PRIZE, text="_" * MAX_TEXT, rules=rules, bonuses=bonuses, winners=100
    )
    for turn in range(8):
        changes = Changes({"prize": "*" * (MAX_PRIZE - turn % 2)})
        giveaway = await services.giveaway_making.edit(GUILD, giveaway.number, changes, by=HOST, via=VIA)
    payload = await services.giveaway_message.preview(giveaway)
    assert length(payload) <= 6_000
    description: str = (payload.embed or {})["description"]
    assert description.startswith("_" * MAX_TEXT)
    assert "**Winners:** 100" in description
    assert "Prize was changed" in description


async def test_rules_that_do_not_fit_are_counted_and_none_is_cut_in_its_middle(services: Services) -> None:
    rules: tuple[Rule, ...] = tuple(AnyOf(of=(NoneOf(of=(one, HasRole(role_id=1 << 61))),)) for one in MANY[:12])
    payload = await services.giveaway_message.preview(await published(services, rules=Rules(all_of=rules)))
    [field] = (payload.embed or {})["fields"]
    *lines, last = field["value"].split("\n")
    assert all(one.startswith("• one of: none of: ") and one.endswith(">") for one in lines)
    assert len(lines) < len(rules)
    assert last == f"… and {len(rules) - len(lines)} more"


def test_a_prize_amid_words_calls_nobody_and_changes_no_style() -> None:
    assert plainly("A  *big*\nmug_1") == r"A \*big\* mug\_1"
    assert plainly("<@1> @here") == r"\<@" + "\u200b" + r"1\> @" + "\u200b" + "here"
    assert plainly("see https://a.example/x_y_z *now*") == r"see https://a.example/x_y_z \*now\*"


async def test_a_message_that_is_refused_ends_what_nobody_could_enter(services: Services) -> None:
    giveaway = await published(services)
    await settle(services, Refused("400: too long"))
    after = await services.giveaway_making.find(GUILD, giveaway.number)
    assert (after.status, after.failure, after.detail) == (Status.FAILED, Failure.REFUSED, "400: too long")
    [letter] = await settle(services)
    assert letter.destination.id == HOST
    assert "could not be started: Discord did not take its message." in letter.payload.content


@pytest.mark.parametrize(
    ("refused", "gone"),
    [
        (Refused("no such message", message_gone=True), True),
        (Refused("no such channel", Hindrance.GONE), True),
        (Refused("not allowed", Hindrance.FORBIDDEN), False),
        (Refused("400: something else"), False),
    ],
    ids=["message", "channel", "forbidden", "other"],
)
async def test_only_an_edit_that_has_nothing_to_edit_says_that_the_message_is_gone(
    services: Services, clock: ManualClock, refused: Refused, gone: bool
) -> None:
    giveaway = await published(services)
    await settle(services)
    await services.giveaway_making.edit(GUILD, giveaway.number, Changes({"text": "New"}), by=HOST, via=VIA)
    clock.advance(seconds=20)
    [edit] = await settle(services, refused)
    assert edit.kind is MessageKind.EDIT
    after = await services.giveaway_making.find(GUILD, giveaway.number)
    assert (after.status, after.gone) == (Status.RUNNING, gone)
    assert len(await settle(services)) == int(gone)


async def test_what_became_of_a_message_is_noted_once_however_often_it_is_said(services: Services) -> None:
    giveaway = await published(services)
    [claimed] = await services.outbox.claim(ALL, 20)
    here = Delivered(Place(CHANNEL, MESSAGE))
    assert await services.outbox.settle(claimed, here)
    assert not await services.outbox.settle(claimed, Refused("too late", Hindrance.GONE))
    after = await services.giveaway_making.find(GUILD, giveaway.number)
    assert (after.status, after.message_id, after.gone) == (Status.RUNNING, MESSAGE, False)
