"""Whatever can stand in the audit log reads as plain words: every act that features declare, as they write it down."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from bot.cogs.audit import pages
from bot.cogs.audit.changes import Reader
from bot.db.engine import Database
from bot.domain.audit import AuditEntry, AuditFilter, AuditRecord, AuditSource
from bot.domain.batches import Draft, Plan, Planned
from bot.domain.cases import CaseKind
from bot.domain.coin_range import CoinRange
from bot.domain.economy import Party, Pocket
from bot.domain.economy_settings import EconomySettings
from bot.domain.general import GeneralSettings
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaway_rules import Bonus, Bonuses, BonusKind, HasRole, Rules
from bot.domain.giveaways import Prize
from bot.domain.jobs import JobDraft
from bot.domain.leveling import ChangeKind, Reward, Stacking, TargetKind
from bot.domain.lock_plans import ChannelFacts, Form, plan_slowmode
from bot.domain.locks import Done, LockKind, LockOrder, LockState, Record, Wish
from bot.domain.multipliers import Multiplier
from bot.domain.purge import Report, Wanted
from bot.domain.shop import ItemDraft
from bot.domain.ticket_topics import PanelStyle, Question, RoleRule, TopicConfig
from bot.domain.tickets import ClaimMode, Mode, Priority
from bot.domain.treasury import Change
from bot.domain.warn_rules import WarnRule
from bot.domain.xp_changes import XpOrder
from bot.features import audited, sections
from bot.i18n import speaking
from bot.services import Services, purges, rewards, shop, treasury, warn_rules
from bot.services.audit import AuditPage
from bot.services.giveaway_making import NewGiveaway
from bot.services.ticket_panel_parts import By as PanelBy
from bot.services.ticket_panel_parts import PanelWords
from bot.ui.plain import Plain

GUILD, STAFF, MEMBER, ROLE, CHANNEL = ((1_100_000_000 + number) << 22 for number in range(5))

_NOW = datetime(2026, 3, 2, tzinfo=UTC)

_DRAWN = re.compile(r"<(?:@[!&]?|#)\d+>|<t:\d+:\w>|(?<=: )`\d+`")
"""What Discord draws as names and times, and the number by which staff undoes a transaction."""

_RAW = re.compile(r"\d{12,}|\w[:.]\w*[a-z]|[{}\[\]_]|None|True|False")
"""Ids, codes such as `hand:staff` and `role.give`, and values as programs write them."""


@pytest.fixture
def database_kind() -> str:
    """Words are the same on both."""
    return "sqlite"


async def done(services: Services, database: Database) -> Sequence[AuditEntry]:
    """Everything that is written down, done once, and what the log has of it."""
    settings, roles, batches = services.guild_settings, services.role_grants, services.batches
    general = GeneralSettings(log_channel=CHANNEL, admin_roles=(ROLE,), language="de", prefix="!")
    await settings.change(GUILD, general, base=0, by=STAFF, source=AuditSource.BUTTON)
    await settings.change(GUILD, GeneralSettings(), base=1, by=STAFF, source=AuditSource.DASHBOARD)
    seven = EconomySettings(daily_amount=CoinRange.fixed(7))
    await settings.change(GUILD, seven, base=0, by=None, source=AuditSource.CLI)
    for lasts in (timedelta(days=1), None):
        await roles.give(GUILD, MEMBER, ROLE, by=STAFF, lasts=lasts, reason=None)
        await roles.give(GUILD, MEMBER, ROLE, by=STAFF, lasts=timedelta(days=2), reason="won")
        await roles.take(GUILD, MEMBER, ROLE, by=STAFF, via=AuditSource.TYPED)
    await roles.give(GUILD, MEMBER, ROLE, by=STAFF, lasts=None, reason=None)
    await services.role_care.drop_role(GUILD, ROLE, by=STAFF, source=AuditSource.BUTTON)
    draft = Draft("key", "role.give", {"role": str(ROLE)}, "en", 1, STAFF)
    batch = await batches.draft(GUILD, draft, Plan("Give @Guest", "", [Planned(MEMBER, "bob")]))
    await batches.start(GUILD, batch.id, by=STAFF, channel_id=None)
    await batches.cancel(GUILD, batch.id, by=STAFF, because="", source=AuditSource.BUTTON)
    await _economy(services)
    await _rules(services)
    await _locks(services)
    some = Wanted(count=50, user_id=MEMBER, links=True, contains="free nitro", before=MEMBER)
    for wanted, reason in ((some, "raid"), (Wanted(count=50, pinned=True), None)):
        order = purges.Order(CHANNEL, wanted, STAFF, AuditSource.COMMAND, reason)
        entry_id = await services.purges.begin(GUILD, order, found=9)
        await services.purges.end(GUILD, entry_id, order, Report(9, 7))
    await _levels(services)
    await _tickets(services)
    await _giveaways(services)
    await services.privacy.erase(MEMBER, GUILD, source=AuditSource.BUTTON)
    return (await services.audit.search(GUILD, AuditFilter(), count=100)).entries


async def _levels(services: Services) -> None:
    """A reward and a multiplier that come and go, and a member's XP in every way that staff can change it."""
    by, member = rewards.By(STAFF, AuditSource.COMMAND), Party(MEMBER, is_bot=False, is_member=True)
    await services.rewards.set(GUILD, Reward(5, ROLE, Stacking.STACK, 20, "Well done!"), by)
    await services.rewards.remove(GUILD, 5, ROLE, by)
    await services.multipliers.set(GUILD, Multiplier(TargetKind.CHANNEL, CHANNEL, 1_500), by)
    await services.multipliers.remove(GUILD, TargetKind.CHANNEL, CHANNEL, by)
    for order in (
        XpOrder(ChangeKind.ADD, xp=500, reason="a good deed"),
        XpOrder(ChangeKind.REMOVE, xp=100),
        XpOrder(ChangeKind.SET, level=3),
        XpOrder(ChangeKind.RESET),
    ):
        changed = await services.xp_staff.change(GUILD, member, order, by)
    await services.xp_staff.undo(GUILD, changed.change.id, by)


async def _giveaways(services: Services) -> None:
    """One that is started, changed in all that can be, and ended; and one that is called off."""
    making, via = services.giveaway_making, AuditSource.COMMAND
    for key, prize in (("a", "A mug"), ("b", "A cup")):
        new = NewGiveaway(key, STAFF, CHANNEL, Changes({"prize": prize}))
        draft = await making.begin(GUILD, new)
        await making.publish(GUILD, draft.number, by=STAFF, via=via)
    everything = {
        "prize": "Two mugs", "text": "Blue ones", "winners": 2, "host_id": MEMBER, "ends_at": _NOW + timedelta(days=2),
        "ping_role_id": ROLE, "colour": 0xAA00BB, "claim_within": 3_600, "host_enters": True, "letter": False,
        "rules": Rules(all_of=(HasRole(role_id=ROLE),)),
        "bonuses": Bonuses(of=(Bonus(kind=BonusKind.ROLE, target=ROLE, weight=2),)),
        "given": Prize(ROLE, 86_400, 500),
    }  # fmt: skip
    await making.edit(GUILD, 1, Changes(everything), by=STAFF, via=via)
    await making.end(GUILD, 1, by=STAFF, via=via)
    await making.cancel(GUILD, 2, by=STAFF, reason="It broke", via=via)


async def _tickets(services: Services) -> None:
    """A panel that is made, written anew, sent and deleted, with a topic that sets all that it can; and a block."""
    panels, by = services.ticket_panels, PanelBy(STAFF)
    sent = await panels.create(GUILD, PanelWords("support", "Help", "Press."), "Help", CHANNEL, by)
    panel, [topic] = sent.panel, sent.panel.topics
    menu = PanelWords("support", "Help!", "Press here.", PanelStyle.MENU)
    await panels.edit(GUILD, panel.id, menu, base=panel.version, by=by)
    config = TopicConfig(
        mode=Mode.THREAD, categories=(CHANNEL,), thread_channel=CHANNEL, support_roles=(ROLE,), ping_roles=(ROLE,),
        escalation_roles=(ROLE,), log_channel=CHANNEL, transcript_channel=CHANNEL, opening="Hello", open_at_once=2,
        questions=(Question(text="Who"),), rules=(RoleRule(role_id=ROLE, allows=True),), account_age=86_400,
        member_age=3_600, cooldown=60, auto_close=7_200, claim_mode=ClaimMode.READ_ONLY, name_pattern="t-1",
        priority=Priority.HIGH,
    )  # fmt: skip
    for after in (config, TopicConfig()):
        edit = partial(replace, emoji="🎫", config=after)
        topic = await services.ticket_topics.change(GUILD, topic.id, edit, base=topic.version, by=by)
    other = await services.ticket_topics.add(GUILD, panel.id, "Other", by)
    await services.ticket_topics.move(GUILD, other.id, up=True, by=by)
    await services.ticket_topics.remove(GUILD, other.id, by)
    await panels.send(GUILD, panel.id, CHANNEL + 1, by)
    await panels.delete(GUILD, panel.id, by)
    for until in (None, _NOW + timedelta(days=2)):
        await services.ticket_blocks.block(GUILD, MEMBER, reason="spam", until=until, by=by)
    await services.ticket_blocks.unblock(GUILD, MEMBER, by)


async def _rules(services: Services) -> None:
    by = warn_rules.By(STAFF, AuditSource.COMMAND)
    for lasts in (timedelta(hours=1), timedelta(days=1)):
        await services.warn_rules.put(GUILD, WarnRule(3, 30, CaseKind.TIMEOUT, lasts), by)
    await services.warn_rules.remove(GUILD, (3, 30), by)


async def _locks(services: Services) -> None:
    """A lock that is given another end and lifted, and a slowmode."""
    locks, found = services.locks, ChannelFacts(CHANNEL, Form.TEXT)
    for kind, wish in ((LockKind.LOCK, Wish()), (LockKind.SLOWMODE, Wish(seconds=30))):
        order = LockOrder(CHANNEL, kind, STAFF, wish, reason="a raid", lasts=timedelta(hours=2))
        claimed = (await locks.order(GUILD, order)).claimed
        assert claimed is not None
        record = Record(thread=True) if kind is LockKind.LOCK else plan_slowmode(found, 30, None)
        begun = await locks.begin(claimed, LockState.APPLYING, record)
        assert begun is not None
        await locks.settle(begun, Done())
        if kind is LockKind.LOCK:
            await locks.change(GUILD, CHANNEL, version=1, lasts=None, by=STAFF)
        lifting = (await locks.lift(GUILD, CHANNEL, kind, by=STAFF)).claimed
        assert lifting is not None
        await locks.settle(lifting, Done())


async def _economy(services: Services) -> None:
    job = await services.jobs.add(GUILD, JobDraft("You rang the bell."), by=STAFF, source=AuditSource.BUTTON)
    rung = JobDraft("You rang the bells.", CoinRange(low=5, high=9))
    job = await services.jobs.change(GUILD, job.id, rung, base=job.version, by=STAFF, source=AuditSource.BUTTON)
    await services.jobs.remove(GUILD, job.id, base=job.version, by=STAFF, source=AuditSource.BUTTON)
    keeper = shop.By(STAFF)
    thing = await services.shop.create(GUILD, ItemDraft(name="Lantern", price=100, stock=3), keeper)
    await services.shop.edit(
        GUILD, thing.id, lambda draft: draft.model_copy(update={"price": 120}), base=thing.version, by=keeper
    )
    await services.shop.restock(GUILD, thing.id, 9, keeper)
    await services.shop.archive(GUILD, thing.id, keeper)
    await services.shop.restore(GUILD, thing.id, keeper, hand=None)
    member = Party(MEMBER, is_bot=False, is_member=True)
    for change, amount in ((Change.ADD, "50"), (Change.REMOVE, "all"), (Change.SET, "70")):
        order = treasury.ChangeOrder(change, member, Pocket.WALLET, amount, "the fair")
        made = await services.treasury.change(GUILD, order, treasury.By(STAFF, AuditSource.COMMAND, change.value))
    await services.undoing.undo(GUILD, made.transaction_id, treasury.By(STAFF, AuditSource.BUTTON, "undo"))
    again = treasury.ChangeOrder(Change.ADD, member, Pocket.BANK, "5")
    await services.treasury.change(GUILD, again, treasury.By(STAFF, AuditSource.COMMAND, "again"))
    await services.treasury.reset(GUILD, member, treasury.By(STAFF, AuditSource.BUTTON, "reset"))


def told(entry: AuditEntry, reader: Reader) -> list[str]:
    """All texts in which an entry is shown."""
    row = pages.option(entry, reader, Plain(None, {STAFF: "Alice"}, UTC))
    found = AuditPage((entry,), None, None)
    embeds = [pages.page(found, AuditFilter(), reader), pages.details(entry, reader)]
    return [row.label, row.description or "", *(one.description or "" for one in embeds)]


@pytest.mark.parametrize("language", ["en", "de"])
async def test_every_act_is_told_without_ids_codes_and_documents(
    services: Services, database: Database, language: str
) -> None:
    entries = await done(services, database)
    assert {one.record.action for one in entries} == set(audited()), "each act is done here"
    reader = Reader(sections(), audited())
    with speaking(language):
        raw = {one: _RAW.findall(_DRAWN.sub("", one)) for entry in entries for one in told(entry, reader)}
    assert {one: found for one, found in raw.items() if found} == {}


def test_what_an_older_version_wrote_is_no_document_either() -> None:
    old = AuditRecord(
        "settings.change", STAFF, AuditSource.BUTTON, "settings", "economy", {"x": [1, None]}, {"x": {"y": True}}
    )
    assert Reader(sections(), audited()).lines(AuditEntry(1, _NOW, old), 60) == ["X: 1, nothing → y: on"]
