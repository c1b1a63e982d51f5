"""Nothing is said to people that can't be translated.

The bot speaks a language of which every text is in wide letters (`tests.support.pseudo`), and people do all there is to
do. Whatever they see in narrow letters was never looked up, unless it is a name, a command or another piece of data.
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast, get_type_hints

import discord
import pytest
from discord import app_commands

from bot import demo
from bot.domain.audit import AuditRecord, AuditSource
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.outbox import Hindrance
from bot.domain.preferences import Preferences
from bot.domain.requirements import BalanceNeeded, LevelNeeded, Requirements, RoleNeeded
from bot.domain.roles import Problem
from bot.domain.settings import Section, Versioned
from bot.domain.settings_fields import FieldKind, SettingField, fields_of
from bot.domain.shop import Effects, GiveCoins, GiveRole, ItemKind, Say
from bot.domain.staff_notices import Story, deleted_alert, line, refused_alert, role_alert
from bot.errors import UserError
from bot.features import audited, sections
from bot.i18n import speaking
from bot.sandbox import Exchange, SeenMessage
from bot.sandbox.seen import seen
from bot.sandbox.terminal import Paint, Scene, Step
from bot.sandbox.terminal import Stage as Theatre
from bot.ui import settings_panel
from bot.ui.errors import describe, sentence
from bot.ui.phrases import teller
from bot.words import Phrase
from tests.domain.test_settings_fields import Everything
from tests.meta.test_errors import leaves
from tests.support.market import Market
from tests.support.pseudo import PSEUDO, narrow, wide
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage

OWNERS, GUEST = (4_000 << 22) + 1, (4_000 << 22) + 2
NAMES = {"alice", "bob", "carol", "robot", "Village", "general", "Owners", "Guest", "Folkmoot", "discord.py", "Python"}


@pytest.fixture
def database_kind() -> str:
    """Words are the same on both."""
    return "sqlite"


@dataclasses.dataclass
class Reader:
    """Whoever reads along everything that anybody sees, and makes a note of what can't be translated."""

    stage: Stage
    data: set[str]
    unmarked: dict[str, str] = dataclasses.field(default_factory=dict[str, str])
    read: int = 0

    def notice(self, _kind: str, message: Any) -> None:
        """A message came or changed."""
        backend = self.stage.sandbox.world.backend
        if message.author_id == backend.bot_user.id:
            self.message(seen(backend, message))

    def message(self, message: SeenMessage) -> None:
        self.look(message.text)
        for control in message.controls():
            self.control(control)

    def control(self, control: Any) -> None:
        for shown in (control, *(control.get("options") or ())):
            for name in ("label", "placeholder", "description", "title"):
                self.look(str(shown.get(name) or ""))
        for inner in (*(control.get("components") or ()), *([control["component"]] if "component" in control else ())):
            self.control(inner)

    def exchange(self, exchange: Exchange) -> None:
        if exchange.modal is not None:
            self.control(exchange.modal)
        for choice in exchange.choices:
            self.look(choice["name"])

    def look(self, shown: str) -> None:
        self.read += 1
        for word in narrow(shown, self.data):
            self.unmarked.setdefault(word, shown)


@pytest.fixture
async def reader(stage: Stage) -> AsyncGenerator[Reader]:
    """The stage, with Alice as one of its owners, and whoever reads along."""
    world = stage.sandbox.world
    world.add_role(GUILD, "Guest", id=GUEST, position=1)
    world.add_role(
        GUILD, "Owners", id=OWNERS, permissions=["manage_guild", "manage_roles", "view_audit_log"], position=2
    )
    world.give_role(GUILD, ALICE, OWNERS)
    world.set_bot_permissions(GUILD, ["manage_roles", "view_channel", "send_messages"])
    stage.tongue = lambda _name: PSEUDO
    app = await stage.start()
    commands = [one for one in app.bot.tree.walk_commands() if isinstance(one, app_commands.Command)]
    data = NAMES | {f"/{one.qualified_name}" for one in commands}
    data |= {option.display_name for one in commands for option in one.parameters}
    reading = Reader(stage, data | {app.bot.about.version})
    world.backend.message_listeners.append(reading.notice)
    yield reading
    assert not reading.unmarked
    assert reading.read > 1


async def ask(reader: Reader, command: str, /, **options: Any) -> SeenMessage:
    return await reader.stage.ask(reader.stage.alice, command, **options)


async def press(reader: Reader, message: SeenMessage, label: str) -> SeenMessage:
    return await (await reader.stage.alice.click(message, wide(label))).finished()


async def choose(reader: Reader, message: SeenMessage, start: str, *values: object) -> SeenMessage:
    [custom_id] = {one["custom_id"] for one in message.controls() if str(one.get("custom_id")).startswith(start)}
    return await (await reader.stage.alice.select(message, custom_id, list(values))).finished()


# What is set ----------------------------------------------------------------------------------------------

TRIED: dict[FieldKind, Sequence[str]] = {
    FieldKind.NUMBER: ("many", "-5", "1,000,000,000,000,000,000", "7"),
    FieldKind.RANGE: ("many", "150-50", "7"),
    FieldKind.TEXT: ("much too long and no sign at all", "!"),
    FieldKind.DURATION: ("soon", "20 years", "1h"),
    FieldKind.COLOUR: ("green", "#112233"),
    FieldKind.ZONE: ("Mars/Base", "UTC"),
}


@pytest.mark.parametrize("model", [one for one in sections() if not one.changed_by], ids=lambda model: model.__name__)
async def test_the_settings(reader: Reader, model: type[Section]) -> None:
    shown = await ask(reader, "config", section=model.section)
    for field in fields_of(model):
        shown = await choose(reader, shown, "config:field", field.name)
        shown = await _try(reader, shown, field)
        shown = await press(reader, shown, "Back")
    if model is not FeatureSettings:  # which is as it was: off and on again
        shown = await press(reader, shown, "Reset all of these")
        shown = await press(reader, shown, "Keep them")


async def _try(reader: Reader, shown: SeenMessage, field: SettingField) -> SeenMessage:
    if field.kind.is_written:
        for value in TRIED[field.kind]:
            form = await (await reader.stage.alice.click(shown, wide("Change…"))).answered()
            reader.exchange(form)
            shown = await (await reader.stage.alice.submit(form, {"value": value})).finished()
        return shown
    match field.kind:
        case FieldKind.SWITCH:
            is_on = any(one.get("label") == wide("Switch off") for one in shown.controls())
            for label in ("Switch off", "Switch on") if is_on else ("Switch on", "Switch off"):
                shown = await press(reader, shown, label)
            return shown
        case FieldKind.CHOICE | FieldKind.CHOICES:
            return await choose(reader, shown, "config:choose", field.choices[-1][0])
        case FieldKind.CHANNEL | FieldKind.CHANNELS:
            return await choose(reader, shown, "config:choose", GENERAL)
        case _:
            shown = await choose(reader, shown, "config:choose", GUILD)  # everyone, which is refused
            return await choose(reader, shown, "config:choose", GUEST)


def drawn(view: discord.ui.View) -> Iterator[Any]:
    for row in view.to_components():
        yield from cast("Any", row)["components"]


@pytest.mark.parametrize("field", fields_of(Everything), ids=lambda field: field.name)
def test_every_kind_of_setting(field: SettingField) -> None:
    page = Reader(cast("Any", None), {field.name, "x", "y"})
    with speaking(PSEUDO):
        made = settings_panel.field_panel(Versioned(Everything(), 1), Everything(), field, None)
        page.look(f"{made.embed.title}\n{made.embed.description}")
        for control in drawn(made.view):
            page.control(control)
        if field.kind.is_written:
            form = discord.ui.Modal(title="…")
            settings_panel.fill_form(form, field, getattr(Everything(), field.name))
            page.control(form.to_dict())
    assert not page.unmarked


# What is asked --------------------------------------------------------------------------------------------


async def test_the_manual_and_the_page_about_the_bot(reader: Reader) -> None:
    manual = await ask(reader, "help")
    for option in next(one["options"] for one in manual.controls() if one.get("options")):
        manual = await choose(reader, manual, "help:chapter", option["value"])
    for word in ("pay", "config", "role give", "42"):
        await ask(reader, "help", command=word)
    reader.exchange(await (await reader.stage.alice.autocomplete(GENERAL, "help", "command", "")).answered())
    await ask(reader, "about")


async def test_what_is_kept_about_people(reader: Reader) -> None:
    await ask(reader, "privacy")
    await ask(reader, "daily")
    await ask(reader, "role give", member=ALICE, role=GUEST)
    await ask(reader, "config")
    held = await ask(reader, "privacy")
    await press(reader, held, "Get my data")
    asked = await press(reader, held, "Erase what is from here…")
    await press(reader, asked, "Yes, erase it")


async def test_roles(reader: Reader) -> None:
    await ask(reader, "role list")
    for more in ({}, {"duration": "2h", "reason": "42"}, {"duration": "soon"}, {"duration": "1s"}, {"duration": "9y"}):
        await ask(reader, "role give", member=BOB, role=GUEST, **more)
    await ask(reader, "role give", member=BOB, role=OWNERS)
    await ask(reader, "role list")
    await ask(reader, "role end", member=BOB, role=GUEST)
    await ask(reader, "role end", member=BOB, role=GUEST)


async def test_coins(reader: Reader) -> None:
    purse = await ask(reader, "balance")
    await ask(reader, "transactions")
    await ask(reader, "balance", member=BOB)
    for name in ("daily", "weekly", "work") * 2:
        await ask(reader, name)
    for member, amount in ((BOB, 5), (BOB, 1), (BOB, 0), (ALICE, 5), (BOB, 10**6)):
        await ask(reader, "pay", member=member, amount=amount)
    reader.exchange(await (await reader.stage.alice.click(purse, wide("Pay someone"))).answered())
    statement = await press(reader, purse, "Statement")
    assert statement.embeds


async def rich(reader: Reader) -> Market:
    """A shop that can give roles, and Alice with coins."""
    app = reader.stage.app
    assert app is not None
    world = reader.stage.sandbox.world
    world.edit_role(GUILD, world.bot_role(GUILD), position=9)
    found = Market(app.database, app.services, GUILD)
    await found.pay_in(ALICE, 100)
    return found


async def test_the_shop_and_what_is_owned(reader: Reader) -> None:
    found = await rich(reader)
    does = Effects(on_purchase=(GiveRole(role_id=GUEST, seconds=3_600),), on_use=(GiveCoins(amount=1), Say(words="42")))
    needs = Requirements(
        all_of=(BalanceNeeded(least=1),), none_of=(LevelNeeded(least=900),), any_of=(RoleNeeded(role_id=OWNERS),)
    )
    item = await found.put_up(
        "43", 1, kind=ItemKind.SPECIAL, description="44", category="45", stock=9, per_member=3, requirements=needs,
        effects=does,
    )  # fmt: skip
    other = await found.put_up("46", 2, kind=ItemKind.BADGE, resale=50, cooldown=60, giftable=False)
    for command in ("shop", "inventory"):
        await ask(reader, command)
    throne = await found.put_up("50", 2, requirements=Requirements(all_of=(LevelNeeded(least=900),)))
    await ask(reader, "buy", item=f"|{throne.id}|2")
    reader.exchange(await (await reader.stage.alice.autocomplete(GENERAL, "buy", "item", "")).answered())
    for bought in (item, other, other):
        await ask(reader, "shop", item=bought.name)
        await ask(reader, "buy", item=f"|{bought.id}|{bought.draft.price}")
    await ask(reader, "buy", item=f"|{item.id}|7")
    for one in (item, other):
        await choose(reader, await ask(reader, "inventory"), "inv:item", str(one.id))
        for command in ("use", "equip", "unequip"):
            await ask(reader, command, item=one.name)
        await ask(reader, "gift", item=one.name, member=BOB)
    await press(reader, await ask(reader, "sell", item=other.name), "Sell")
    gem = await found.put_up("51", 1)
    await ask(reader, "buy", item=f"|{gem.id}|1")
    page = await choose(reader, await ask(reader, "inventory"), "inv:item", str(gem.id))
    await fill(reader, page, "Give away…", recipient=[BOB], quantity="")


async def fill(reader: Reader, message: SeenMessage, label: str, **values: Any) -> SeenMessage:
    form = await (await reader.stage.alice.click(message, wide(label))).answered()
    reader.exchange(form)
    return await (await reader.stage.alice.submit(form, values)).finished()


async def written(reader: Reader, **values: str) -> SeenMessage:
    form = await (await reader.stage.alice.slash(GENERAL, "item create")).answered()
    reader.exchange(form)
    return await (await reader.stage.alice.submit(form, {"name": "42", "price": "5", **values})).finished()


async def test_what_staff_writes_for_the_shop(reader: Reader) -> None:
    """Every form and every page of the panel, with what is refused there."""
    await ask(reader, "item list")
    await written(reader, price="many")
    panel = await written(reader, description="43", emoji="🏅", category="44")
    for kind in ItemKind:
        panel = await choose(reader, panel, "item:kind", kind.value)
    panel = await choose(reader, panel, "item:kind", "special")
    panel = await fill(reader, panel, "Stock and times…", per_member="0")
    panel = await fill(
        reader,
        panel,
        "Stock and times…",
        stock="7",
        per_member="2",
        cooldown="60 s",
        available_until="1.1.2030",
        lifetime="1h",
    )
    panel = await fill(reader, panel, "Selling back…", resale="many")
    panel = await fill(reader, panel, "Selling back…", resale="7")
    panel = await press(reader, panel, "Forbid giving away")
    page = await press(reader, panel, "Requirements…")
    page = await choose(reader, page, "item:need", str(GUEST))
    page = await fill(reader, page, "Coins in the wallet…", amount="5")
    page = await fill(reader, page, "A level…", amount="900")
    page = await press(reader, page, "One of these")
    page = await press(reader, await press(reader, page, "Back"), "When it is bought…")
    page = await fill(reader, page, "Give a role…", role=str(OWNERS))
    page = await fill(reader, page, "Give a role…", role=str(GUEST), seconds="1h")
    page = await fill(reader, page, "Say something…", words="45")
    page = await press(reader, await press(reader, page, "Back"), "When it is used…")
    for label, values in (("Give coins…", {"amount": "5"}), ("Take a role…", {"role": str(GUEST)})):
        page = await fill(reader, page, label, **values)
    page = await fill(reader, page, "Give a thing…", thing="99")
    page = await choose(reader, page, "item:drop", "0")
    panel = await press(reader, page, "Back")
    panel = await press(reader, await press(reader, panel, "Discard"), "Keep it")
    reader.exchange(await (await reader.stage.alice.autocomplete(GENERAL, "item edit", "item", "")).answered())
    await press(reader, panel, "Publish")


async def test_what_staff_does_to_what_is_for_sale(reader: Reader) -> None:
    alice, found = reader.stage.alice, await rich(reader)
    does = Effects(on_purchase=(GiveRole(role_id=GUEST),), on_use=(GiveCoins(amount=1),))
    item = await found.put_up("42", 5, kind=ItemKind.SPECIAL, stock=2, per_member=2, lifetime=3_600, effects=does)
    await found.buy(ALICE, await found.put_up("49", 1), key="k")
    shown = await choose(reader, await ask(reader, "item list"), "item:choose", str(item.id))
    await fill(reader, shown, "Restock…", stock="+3")
    await ask(reader, "item restock", item="42", stock="many")
    reader.exchange(await (await alice.autocomplete(GENERAL, "item edit", "item", "")).answered())
    panel = await ask(reader, "item edit", item="42")
    panel = await fill(reader, panel, "Stock and times…", per_member="", cooldown="", available_until="", lifetime="")
    panel = await fill(reader, panel, "Basics…", name="46", price="0", description="47")
    panel = await fill(reader, panel, "Selling back…", resale="")
    panel = await press(reader, panel, "Forbid giving away")
    page = await choose(reader, await press(reader, panel, "When it is bought…"), "item:drop", "0")
    panel = await press(reader, page, "Back")
    await press(reader, await press(reader, panel, "Discard"), "Throw it away")
    await ask(reader, "item clone", item="42", name="48")
    await ask(reader, "item list")
    asked = await ask(reader, "item archive", item="42")
    await press(reader, asked, "Archive it")
    reader.exchange(await (await alice.autocomplete(GENERAL, "item restore", "item", "")).answered())
    await ask(reader, "item list")
    await ask(reader, "item restore", item="42")


async def added(reader: Reader, page: SeenMessage, menu: str, kind: str, **values: Any) -> SeenMessage:
    """What the form of a menu's choice leads to, if it has one."""
    [custom_id] = {one["custom_id"] for one in page.controls() if str(one.get("custom_id")).startswith(menu)}
    form = await (await reader.stage.alice.select(page, custom_id, [kind])).answered()
    if not values:
        return await form.finished()
    reader.exchange(form)
    return await (await reader.stage.alice.submit(form, values)).finished()


async def test_what_hosts_make_of_giveaways(reader: Reader) -> None:
    """Every form and every page of the desk, what is refused there, and what is shown of one that runs."""
    alice = reader.stage.alice
    reader.data |= {"24h", "7d", "30d"}  # as lengths are written in every language
    form = await (await alice.slash(GENERAL, "giveaway create")).answered()
    reader.exchange(form)
    await (await alice.submit(form, {"prize": "42", "ends": "1d", "winners": "0"})).finished()
    desk = await ask(reader, "giveaway create", prize="42", ends="in 2 hours", winners=2, prize_coins=5)
    await fill(reader, desk, "Text…", prize="43", text="44", winners="999")
    await fill(reader, desk, "When…", ends="in 1 second", starts="in 3 hours", claim="1h")
    await fill(reader, desk, "When…", ends="1h", starts="", claim="1h")
    await fill(reader, desk, "What I hand out…", role=[GUEST], role_for="1h", coins="7")
    await fill(reader, desk, "More…", host=[BOB], channel=[GENERAL], ping=[], switches=[], colour="9")
    page = await press(reader, desk, "Who may enter…")
    for kind in ("member_for", "account_for"):
        page = await added(reader, page, "giveaway:rule-add", kind, least="1d")
    for kind in ("level", "messages", "coins", "no_win"):
        page = await added(reader, page, "giveaway:rule-add", kind, least="1")
    page = await added(reader, page, "giveaway:rule-add", "role", roles=[GUEST])
    page = await press(reader, page, "None of these")
    page = await added(reader, page, "giveaway:rule-add", "boosting")
    page = await press(reader, await press(reader, page, "Back"), "Chances…")
    page = await added(reader, page, "giveaway:chance-add", "role", roles=[GUEST], weight="2")
    await added(reader, page, "giveaway:chance-add", "level", level="3", weight="0")
    page = await added(reader, page, "giveaway:chance-add", "level", level="3", weight="2")
    page = await added(reader, page, "giveaway:chance-add", "boost", weight="2")
    page = await press(reader, page, "Count only the highest")
    await press(reader, await press(reader, page, "Back"), "Publish")
    reader.exchange(await (await alice.autocomplete(GENERAL, "giveaway edit", "giveaway", "")).answered())
    await ask(reader, "giveaway edit", giveaway="1")
    for command in ("info", "entrants", "end", "reroll"):
        await ask(reader, f"giveaway {command}", giveaway="1")
    await ask(reader, "giveaway list")
    await press(reader, await ask(reader, "giveaway cancel", giveaway="1", reason="45"), "Cancel it")
    assert "#1" in (await ask(reader, "giveaway list", which="over")).text
    await ask(reader, "giveaway list", which="drafts")


async def test_jobs(reader: Reader) -> None:
    await ask(reader, "jobs list")
    for text, pay in (("42", "5-7"), ("43", ""), ("43", ""), ("*", ""), ("44", "x")):
        form = await (await reader.stage.alice.slash(GENERAL, "jobs add")).answered()
        reader.exchange(form)
        await (await reader.stage.alice.submit(form, {"text": text, "pay": pay})).finished()
    page = await ask(reader, "jobs list")
    [menu] = [one for one in page.controls() if one.get("options")]
    shown = await choose(reader, page, "jobs:choose", menu["options"][0]["value"])
    asked = await press(reader, shown, "Remove…")
    await press(reader, asked, "Keep it")
    asked = await ask(reader, "jobs remove", job=menu["options"][0]["value"])
    await press(reader, asked, "Remove it")
    await ask(reader, "jobs remove", job=menu["options"][0]["value"])
    await ask(reader, "work")


async def test_the_audit_log(reader: Reader) -> None:
    await ask(reader, "audit")
    await ask(reader, "role give", member=BOB, role=GUEST, duration="2h", reason="42")
    await ask(reader, "role give", member=BOB, role=GUEST)
    await ask(reader, "role end", member=BOB, role=GUEST)
    shown = await choose(reader, await ask(reader, "config", section="economy"), "config:field", "daily_amount")
    form = await (await reader.stage.alice.click(shown, wide("Change…"))).answered()
    await (await reader.stage.alice.submit(form, {"value": "7"})).finished()
    page = await ask(reader, "audit")
    menu = next(one for one in page.controls() if one.get("options"))
    for option in menu["options"]:
        page = await ask(reader, "audit")
        menu = next(one for one in page.controls() if one.get("options"))
        await (await reader.stage.alice.select(page, menu["custom_id"], [option["value"]])).finished()
    page = await ask(reader, "audit")
    for button in [one["label"] for one in page.controls() if one.get("label") and not one.get("disabled")]:
        reader.exchange(await (await reader.stage.alice.click(page, button)).answered())


async def test_what_people_set_for_themselves(reader: Reader) -> None:
    shown = await ask(reader, "me")
    for field in fields_of(Preferences):
        shown = await choose(reader, shown, "config:field", field.name)
        shown = await _try(reader, shown, field)
        shown = await press(reader, shown, "Back")
    shown = await press(reader, shown, "Reset all of these")
    await press(reader, shown, "Keep them")


async def test_who_somebody_is(reader: Reader) -> None:
    await ask(reader, "daily")
    await ask(reader, "userinfo")
    await ask(reader, "userinfo", member="42")
    await ask(reader, "userinfo", member=f"<@{BOB}>")


async def test_the_leaderboards(reader: Reader) -> None:
    await ask(reader, "leaderboard")
    await ask(reader, "daily")
    await ask(reader, "leaderboard")


async def test_typed_commands(reader: Reader) -> None:
    for text in ("balance", "pay", "pay x", "pay @nobody 5", "about too many words", "role list", "config"):
        await reader.stage.alice.say(GENERAL, f"<@{reader.stage.sandbox.world.backend.bot_user.id}> {text}")
        await reader.stage.ask(reader.stage.bob, "about")  # comes after, so whatever was to be said has been


def said_wide(step: Step) -> Step:
    """A step as somebody takes it who reads everything in wide letters."""
    line = f"press {wide(step.line[6:])}" if step.line.startswith("press ") else step.line
    form = {wide(label): value for label, value in step.form.items()}
    return dataclasses.replace(step, line=line, form=form, expect=(), only_if=step.only_if and wide(step.only_if))


async def test_the_opening_scene_of_the_demonstration(reader: Reader) -> None:
    people = {"ola": ALICE, "regular": BOB, "newcomer": CAROL}
    for name, user_id in people.items():
        reader.stage.sandbox.world.backend.users[user_id].name = name
    reader.data |= people.keys() | {"Lantern", "Lights", "the", "way", "home"}
    with Theatre(reader.stage.sandbox, GUILD, [ALICE, BOB, CAROL], start=GENERAL) as theatre:
        _, steps = demo.scenes()[demo.OPENING]
        await Scene(theatre, Paint(colour=False, width=100), lambda _line: None).play([*map(said_wide, steps)])


# What staff is told ---------------------------------------------------------------------------------------


def entries() -> Iterator[AuditRecord]:
    """An entry of every action, and one for each field of the settings."""
    by, way = 7, AuditSource.COMMAND
    for model in (*sections(), Everything):
        usual = model().model_dump(mode="json")
        yield AuditRecord("settings.change", by, way, "settings", model.section, usual, dict.fromkeys(usual))
        yield AuditRecord("settings.change", None, way, "settings", model.section, dict.fromkeys(usual), usual)
    yield AuditRecord("settings.change", by, way, "settings", "gone", {"a": 1}, {"a": 2})
    yield AuditRecord("role.give", by, way, "member", "8", None, {"role": "5"}, "42")
    yield AuditRecord("role.end", by, way, "member", "8", {"role": "5"})
    yield AuditRecord("lock.set", by, way, "channel", "8", None, {"until": None}, "42")
    yield AuditRecord("privacy.erase", None, way)
    yield AuditRecord("something.else", by, way)
    yield AuditRecord("something.else", by, way, "member", "8", description="42")


def test_the_log_and_the_alerts() -> None:
    tell = teller(lambda _name: PSEUDO)
    story = Story((*sections(), Everything), {**audited(), "something.else": "Something else"})
    named = [(GeneralSettings, field) for field in fields_of(GeneralSettings)]
    alerts = [role_alert(5, problem) for problem in Problem]
    alerts += [refused_alert(5, hindrance) for hindrance in Hindrance] + [deleted_alert(5, "general", named)]
    said = [tell("en", line(entry, story)) for entry in entries()] + [tell("en", one.said) for one in alerts]
    assert [words for one in said if (words := narrow(one))] == []


# What is refused ------------------------------------------------------------------------------------------

SAMPLES: dict[Any, Any] = {
    int: 1234,
    str: "Something",
    datetime: datetime(2026, 1, 1, tzinfo=UTC),
    timedelta: timedelta(hours=2),
    Phrase: Phrase("must be {what}", {"what": Phrase("something else")}),
}
OWN = {
    "role", "channel", "case", "option", "word", "key", "name", "item", "wanted", "written",
    "ticket", "giveaway", "panel", "question", "where", "least", "most",
}  # fmt: skip
"""Fields that hold what people, or Discord, call something."""


@pytest.mark.parametrize("kind", list(leaves()), ids=lambda kind: kind.__name__)
def test_every_answer_that_is_an_error(kind: type[UserError]) -> None:
    hints = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    values = {name: "42" if name in OWN else SAMPLES[hints[name]] for name in names}
    with speaking(PSEUDO):
        assert not narrow(describe(kind(**values)))


@pytest.mark.parametrize(
    "error",
    [
        app_commands.CommandOnCooldown(app_commands.Cooldown(1, 1), 5),
        app_commands.MissingPermissions(["manage_guild"]),
        app_commands.BotMissingPermissions(["send_messages", "embed_links"]),
        app_commands.NoPrivateMessage(),
        app_commands.CommandNotFound("x", []),
        app_commands.CheckFailure(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_refusal_of_the_library(error: app_commands.AppCommandError) -> None:
    with speaking(PSEUDO):
        said = sentence(error)
    assert said
    assert not narrow(said)


def test_a_word_that_was_not_looked_up_is_found_and_data_is_not() -> None:
    said = f"{wide('You have')} 5 coins, <@1>! **{wide('Settings')}** `1d 12h` <t:5:R> </pay:7> alice"
    assert narrow(said, {"alice"}) == ["coins"]
