"""/item as staff sees it: nothing is for sale before it is published, and what a change means is said before."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.domain.features import FeatureSettings
from bot.domain.leveling_settings import CurveSettings
from bot.domain.shop import BoostXp, Effects, GiveCoins, GiveRole, Item, ItemKind
from bot.domain.sketches import Sketch
from bot.sandbox import Exchange, SeenMessage
from bot.services.shop import By
from tests.support.crash import CrashPoints, sweep
from tests.support.market import Market
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage, is_private, words

OWNERS, VIP, TALL, MODS = ((4_000 << 22) + number for number in range(1, 5))
NEEDED = "For this you need the permission **Manage Server**, or one of the **Admin roles** chosen in `/config`."


def owner(stage: Stage) -> None:
    """Alice may manage the server and its roles; Carol may not. VIP is below both Alice's role and mine."""
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, ["manage_roles", "view_channel", "send_messages"])
    world.add_role(GUILD, "Owners", id=OWNERS, permissions=["manage_guild", "manage_roles"])
    world.add_role(GUILD, "Mods", id=MODS, permissions=["kick_members"])
    world.add_role(GUILD, "VIP", id=VIP)
    world.add_role(GUILD, "Tall", id=TALL, position=50)
    world.give_role(GUILD, ALICE, OWNERS)


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    owner(stage)
    await stage.start()
    return stage


def market(stage: Stage) -> Market:
    assert stage.app is not None
    return Market(stage.app.database, stage.app.services, GUILD)


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.alice.click(message, label)).finished()


async def form_of(stage: Stage, message: SeenMessage, label: str) -> Exchange:
    return await (await stage.alice.click(message, label)).answered()


async def send(stage: Stage, form: Exchange, **values: Any) -> SeenMessage:
    return await (await stage.alice.submit(form, values)).finished()


async def choose(stage: Stage, message: SeenMessage, start: str, *values: object) -> SeenMessage:
    [custom_id] = {one["custom_id"] for one in message.controls() if str(one.get("custom_id")).startswith(start)}
    return await (await stage.alice.select(message, custom_id, [str(value) for value in values])).finished()


async def fill(stage: Stage, message: SeenMessage, label: str, **values: Any) -> SeenMessage:
    return await send(stage, await form_of(stage, message, label), **values)


async def draft(stage: Stage, name: str = "Bronze badge", price: str = "100", **more: str) -> SeenMessage:
    form = await (await stage.alice.slash(GENERAL, "item create")).answered()
    return await send(stage, form, name=name, price=price, **more)


async def edit(stage: Stage, item: Item) -> SeenMessage:
    return await stage.ask(stage.alice, "item edit", item=f"|{item.id}")


def labels(message: SeenMessage) -> dict[str, bool]:
    return {str(one["label"]): not one.get("disabled") for one in message.controls() if one.get("label")}


def defaults(form: Exchange) -> dict[str, str]:
    assert form.modal is not None
    fields = [one["component"] for one in form.modal["components"]]
    return {one["custom_id"]: one.get("value", "") for one in fields}


async def restart(stage: Stage) -> None:
    await stage.stop()
    await stage.start()


async def for_sale(stage: Stage) -> list[str]:
    return [item.name for item in await market(stage).services.shop.suggest(GUILD, "")]


# Writing and publishing --------------------------------------------------------------------------------------


async def test_the_first_form_and_publish_make_a_thing_that_members_buy(on_stage: Stage) -> None:
    panel = await draft(on_stage, description="*Shiny.*", emoji="🏅", category="Badges")
    assert is_private(panel)
    assert "Nobody can buy it until you publish it." in words(panel)
    assert "Price: **100 coins**" in words(panel)
    assert "\\*Shiny.\\*" in words(panel)
    assert "🏅 Bronze badge" in words(panel)
    assert await for_sale(on_stage) == []
    assert "Nothing is for sale" in words(await on_stage.ask(on_stage.bob, "shop"))
    done = await press(on_stage, panel, "Publish")
    assert done.id == panel.id
    assert words(done).startswith("✅ It is for sale: members see it in `/shop`.")
    found = market(on_stage)
    await found.pay_in(BOB, 500)
    item = await found.services.shop.named(GUILD, "bronze badge")
    bought = await on_stage.ask(on_stage.bob, "buy", item=f"|{item.id}|100")
    assert "✅ You bought **Bronze badge** for 100 coins." in words(bought)
    assert "Put up for sale: Bronze badge" in words(await audit(on_stage))


async def audit(stage: Stage) -> SeenMessage:
    stage.sandbox.world.edit_role(GUILD, OWNERS, permissions=["manage_guild", "manage_roles", "view_audit_log"])
    return await stage.ask(stage.alice, "audit")


async def test_kind_limits_and_times_are_set_on_the_panel_across_restarts(on_stage: Stage) -> None:
    panel = await draft(on_stage, "Chest")
    await restart(on_stage)
    panel = await choose(on_stage, panel, "item:kind", "consumable")
    form = await form_of(on_stage, panel, "Stock and times…")
    await restart(on_stage)
    panel = await send(
        on_stage, form, stock="1k", per_member="2", cooldown="1 day", available_until="in 3 days", lifetime="2 weeks"
    )
    panel = await fill(on_stage, panel, "Selling back…", resale="25 %")
    panel = await press(on_stage, panel, "Forbid giving away")
    said = words(panel)
    for line in (
        "**Kind**: Consumable", "**Stock**: 1,000 left", "**Most a member may buy**: 2",
        "**Time between two purchases**: 1 day", "**A copy lasts**: 2 weeks", "**Paid back**: 25 % of the price",
        "**Can be given away**: no", "**For sale until**: <t:",
        "Everybody may buy 2 of them; you have bought 0.\nOnce in 1 day.\nIt lasts 2 weeks.",
    ):  # fmt: skip
        assert line in said
    await press(on_stage, panel, "Publish")
    made = (await market(on_stage).services.shop.named(GUILD, "chest")).draft
    assert (made.kind, made.stock, made.per_member, made.cooldown) == (ItemKind.CONSUMABLE, 1_000, 2, 86_400)
    assert (made.lifetime, made.resale, made.giftable) == (14 * 86_400, 25, False)
    assert made.available_until is not None


async def test_requirements_and_effects_are_set_on_their_pages_across_restarts(on_stage: Stage) -> None:
    key = await market(on_stage).put_up("Golden key", 5)
    panel = await draft(on_stage, "Chest")
    page = await press(on_stage, panel, "Requirements…")
    await restart(on_stage)
    page = await choose(on_stage, page, "item:need", VIP)
    page = await fill(on_stage, page, "Coins in the wallet…", amount="500")
    page = await fill(on_stage, page, "A level…", amount="many")
    assert words(page).startswith("⚠️ I need a whole number, such as 50 or 1,000.")
    page = await fill(on_stage, page, "A level…", amount="1001")
    assert words(page).startswith("⚠️ **Requirements** must be at most 1,000.")
    page = await fill(on_stage, page, "A level…", amount="12")
    page = await press(on_stage, page, "None of these")
    page = await fill(on_stage, page, "Another thing…", thing="silver", quantity="")
    assert words(page).startswith("⚠️ That is not in the shop.")
    page = await fill(on_stage, page, "Another thing…", thing="gold", quantity="")
    assert f"**All of these**\n• the role <@&{VIP}>\n• 500 or more in your wallet\n• level 12 or more" in words(page)
    assert "**None of these**\n• **Golden key**" in words(page)
    page = await press(on_stage, await press(on_stage, page, "Back"), "When it is bought…")
    page = await fill(on_stage, page, "Give a role…", role=str(VIP), seconds="7 days")
    page = await fill(on_stage, page, "Say something…", words="Be kind.")
    page = await press(on_stage, await press(on_stage, page, "Back"), "When it is used…")
    page = await fill(on_stage, page, "Give coins…", amount="5")
    page = await fill(on_stage, page, "Give a thing…", thing="GOLDEN KEY", quantity="3")
    page = await fill(on_stage, page, "Take a role…", role=str(VIP))
    assert "2. gives you 3 × **Golden key**" in words(page)  # noqa: RUF001 — times
    page = await choose(on_stage, page, "item:drop", 0)
    await restart(on_stage)
    panel = await press(on_stage, page, "Back")
    assert await for_sale(on_stage) == ["Golden key"]
    await press(on_stage, panel, "Publish")
    made = (await market(on_stage).services.shop.named(GUILD, "chest")).draft
    assert [one.kind for one in made.requirements.all_of] == ["role", "balance", "level"]
    assert [one.kind for one in made.requirements.none_of] == ["item"]
    assert [one.kind for one in made.effects.on_purchase] == ["give_role", "message"]
    assert [one.kind for one in made.effects.on_use] == ["item", "take_role"]
    assert made.requirements.item_ids == {key.id}


async def test_staff_reads_why_nobody_would_reach_a_level_and_a_clone_asks_for_it_too(on_stage: Stage) -> None:
    page = await press(on_stage, await draft(on_stage, "Throne"), "Requirements…")
    page = await fill(on_stage, page, "A level…", amount="12")
    assert "⚠️" not in words(page)
    settings = market(on_stage).services.guild_settings
    await settings.change(GUILD, CurveSettings(cap=10), base=0, by=None)
    await settings.change(GUILD, FeatureSettings(economy=True), base=0, by=None)
    panel = await press(on_stage, page, "Back")
    assert "⚠️ Leveling is switched off here. Levels count all the same" in words(panel)
    assert "⚠️ Nobody reaches level 12: the highest here is 10." in words(panel)
    assert "**You need**\n❌ level 12 or more (you are at level 0)" in words(panel)
    await press(on_stage, panel, "Publish")
    cloned = await on_stage.ask(on_stage.alice, "item clone", item="throne", name="Stool")
    assert "❌ level 12 or more" in words(cloned)


async def test_a_boost_is_set_where_a_thing_is_used_and_tells_its_owner_what_it_does(on_stage: Stage) -> None:
    panel = await choose(on_stage, await draft(on_stage, "Brew"), "item:kind", "boost")
    page = await press(on_stage, panel, "When it is used…")
    page = await fill(on_stage, page, "Boost XP…", factor="x1", seconds="2 hours")
    assert words(page).startswith("⚠️ A boost has to be more than x1")
    page = await fill(on_stage, page, "Boost XP…", factor="150%", seconds="2 hours")
    await press(on_stage, await press(on_stage, page, "Back"), "Publish")
    found = market(on_stage)
    item = await found.services.shop.named(GUILD, "brew")
    assert item.draft.effects.on_use == (BoostXp(per_mille=1_500, seconds=7_200),)
    await found.pay_in(BOB, 500)
    await found.buy(BOB, item, key="k")
    used = words(await on_stage.ask(on_stage.bob, "use", item=f"|{item.id}"))
    assert "multiplies the XP that you earn by \N{MULTIPLICATION SIGN}1.5 for 2 hours" in used


async def test_a_boost_is_set_where_a_thing_is_bought_shown_before_and_told_with_its_whole_time(
    on_stage: Stage,
) -> None:
    page = await press(on_stage, await draft(on_stage, "Bell"), "When it is bought…")
    page = await fill(on_stage, page, "Boost XP…", factor="x2", seconds="1 hour")
    assert "1. multiplies the XP that you earn by \N{MULTIPLICATION SIGN}2 for 1 hour" in words(page)
    panel = await press(on_stage, page, "Back")
    assert "⚠️" not in words(panel)
    await press(on_stage, panel, "Publish")
    found = market(on_stage)
    item = await found.services.shop.named(GUILD, "bell")
    assert item.draft.effects.on_purchase == (BoostXp(per_mille=2_000, seconds=3_600),)
    await found.pay_in(BOB, 500)
    assert "by \N{MULTIPLICATION SIGN}2 for 1 hour" in words(await on_stage.ask(on_stage.bob, "shop", item="bell"))
    bought = words(await on_stage.ask(on_stage.bob, "buy", item=f"|{item.id}|{item.draft.price}", quantity=3))
    assert "multiplies the XP that you earn by \N{MULTIPLICATION SIGN}2 for 3 hours" in bought
    await found.switch_leveling_off()
    panel = await on_stage.ask(on_stage.alice, "item edit", item="bell")
    assert "⚠️ Leveling is switched off here. What boosts XP can be neither bought nor used up" in words(panel)
    refused = words(await on_stage.ask(on_stage.bob, "buy", item=f"|{item.id}|{item.draft.price}"))
    assert "**Leveling** is switched off in this server" in refused
    assert await found.owned(BOB) == {item.id: 3}


async def test_what_makes_no_sense_is_said_above_the_draft_and_changes_nothing(on_stage: Stage) -> None:
    panel = await draft(on_stage)
    for values, said in (
        ({"cooldown": "soon"}, "I need a length of time"),
        ({"lifetime": "1s"}, "minute"),
        ({"available_until": "someday"}, "I need a date or time"),
        ({"available_until": "1.1.2020"}, "It must lie between"),
        ({"stock": "-1"}, "**Stock** must be at least 0"),
        ({"per_member": "0"}, "**Most a member may buy** must be at least 1"),
    ):
        panel = await fill(on_stage, panel, "Stock and times…", **values)
        assert words(panel).startswith("⚠️ ")
        assert said in words(panel).split("\n")[0], words(panel)
    panel = await fill(on_stage, panel, "Selling back…", resale="101")
    assert "⚠️ **Paid back** must be a whole number of per cent" in words(panel)
    panel = await fill(on_stage, panel, "Basics…", name="Bronze *badge*", price="7")
    assert "⚠️ **Name** has a character that is markup." in words(panel)
    form = await form_of(on_stage, panel, "Basics…")
    assert defaults(form)["price"] == "100"


async def test_a_refused_first_form_gives_back_what_was_written(on_stage: Stage) -> None:
    refused = await draft(on_stage, price="many", description="Long `words`")
    assert "I need a whole number" in words(refused)
    assert "**Description**\n```\nLong ˋwordsˋ\n```" in words(refused)  # noqa: RUF001 — no backtick is meant
    panel = await fill(on_stage, refused, "Write it again…", name="Badge", price="7")
    assert "Draft · Badge" in words(panel)
    assert "Emoji** must be one emoji" in words(await draft(on_stage, emoji="smile"))


async def test_a_name_that_is_taken_and_a_full_shop_leave_the_draft(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = market(on_stage)
    await found.put_up("Bronze badge")
    panel = await press(on_stage, await draft(on_stage), "Publish")
    assert "⚠️ There is a thing called **Bronze badge** in the shop already." in words(panel)
    panel = await fill(on_stage, panel, "Basics…", name="Silver badge", price="100")
    monkeypatch.setattr("bot.services.shop.MOST_ITEMS", 1)
    panel = await press(on_stage, panel, "Publish")
    assert "⚠️ A shop can have 1 things at most." in words(panel)
    monkeypatch.setattr("bot.services.shop.MOST_ITEMS", 2)
    await press(on_stage, panel, "Publish")
    assert sorted(await for_sale(on_stage)) == ["Bronze badge", "Silver badge"]


async def test_a_draft_that_was_lost_from_sight_is_found_again(on_stage: Stage) -> None:
    await draft(on_stage, "Lantern")
    typed = await (await on_stage.alice.autocomplete(GENERAL, "item edit", "item", "lan")).answered()
    [choice] = typed.choices
    assert choice["name"] == "Lantern — your draft"
    panel = await on_stage.ask(on_stage.alice, "item edit", item=choice["value"])
    asked = await press(on_stage, panel, "Discard")
    panel = await press(on_stage, asked, "Keep it")
    assert "Draft · Lantern" in words(panel)
    gone = await press(on_stage, await press(on_stage, panel, "Discard"), "Throw it away")
    assert words(gone) == "Discarded. Nothing was changed in the shop."
    again = await on_stage.ask(on_stage.alice, "item edit", item=choice["value"])
    assert "This draft is no longer there" in words(again)


async def test_a_stale_panel_changes_nothing_and_shows_how_it_stands(on_stage: Stage) -> None:
    panel = await draft(on_stage)
    form, other = [await form_of(on_stage, panel, "Basics…") for _ in range(2)]
    await send(on_stage, form, name="One", price="1")
    late = await send(on_stage, other, name="Two", price="2")
    assert "You changed this draft elsewhere meanwhile" in words(late)
    assert "Draft · One" in words(late)
    typed = await (await on_stage.alice.autocomplete(GENERAL, "item edit", "item", "one")).answered()
    second = await on_stage.ask(on_stage.alice, "item edit", item=typed.choices[0]["value"])
    await press(on_stage, late, "Forbid giving away")
    assert words(await press(on_stage, second, "Publish")).startswith("⚠️ You changed this draft")
    assert await for_sale(on_stage) == []


async def test_publish_pressed_thrice_makes_one_thing(on_stage: Stage) -> None:
    panel = await draft(on_stage)
    presses = [await on_stage.alice.click(panel, "Publish") for _ in range(3)]
    for one in presses:
        assert "Price: **100 coins**" in words(await one.finished())
    assert await for_sale(on_stage) == ["Bronze badge"]


# Roles, and who may -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "said"),
    [(TALL, "stands above my own highest role"), (MODS, "has the permission **Kick"), (OWNERS, "**Manage")],
)
async def test_a_role_that_i_or_they_could_not_give_is_refused_at_once(on_stage: Stage, role: int, said: str) -> None:
    page = await press(on_stage, await draft(on_stage), "When it is bought…")
    page = await fill(on_stage, page, "Give a role…", role=str(role))
    assert words(page).startswith("⚠️ ")
    assert said in words(page)
    assert "It does nothing yet." in words(page)


async def test_a_role_is_looked_at_again_when_it_is_published(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    page = await press(on_stage, await draft(on_stage), "When it is bought…")
    panel = await press(on_stage, await fill(on_stage, page, "Give a role…", role=str(VIP)), "Back")
    world.edit_role(GUILD, OWNERS, permissions=["manage_guild"])
    refused = await press(on_stage, panel, "Publish")
    assert "⚠️ You can give and end only roles below your own highest role" in words(refused)
    assert await for_sale(on_stage) == []
    world.edit_role(GUILD, OWNERS, permissions=["manage_guild", "manage_roles"])
    assert "✅ It is for sale" in words(await press(on_stage, refused, "Publish"))


async def test_whoever_may_not_is_refused_by_every_command_button_menu_and_form(on_stage: Stage) -> None:
    item = await market(on_stage).put_up()
    panel, form = await draft(on_stage, "Mine"), await (await on_stage.alice.slash(GENERAL, "item create")).answered()
    home = await edit(on_stage, item)
    basics = await form_of(on_stage, panel, "Basics…")
    needs = await press(on_stage, await draft(on_stage, "Other"), "Requirements…")
    listed = await on_stage.ask(on_stage.alice, "item list")
    shown = await choose(on_stage, await on_stage.ask(on_stage.alice, "item list"), "item:choose", item.id)
    restock = await form_of(on_stage, shown, "Restock…")
    asked = await on_stage.ask(on_stage.alice, "item archive", item=f"|{item.id}")
    on_stage.sandbox.world.edit_role(GUILD, OWNERS, permissions=["manage_roles"])
    on_stage.sandbox.world.show_command(GUILD, "item", GUILD, allowed=True)
    answers = [await press(on_stage, panel, label) for label in ("Publish", "Discard", "Basics…", "Requirements…")]
    answers += [await press(on_stage, panel, "Forbid giving away"), await choose(on_stage, panel, "item:kind", "badge")]
    answers += [await press(on_stage, home, "Discard"), await press(on_stage, asked, "Archive it")]
    answers += [await choose(on_stage, needs, "item:need", VIP), await choose(on_stage, listed, "item:choose", item.id)]
    answers += [await press(on_stage, shown, label) for label in ("Change…", "Archive…", "Clone…", "Restock…")]
    answers += [await send(on_stage, form, name="x", price="1"), await send(on_stage, basics, name="x", price="1")]
    answers += [await send(on_stage, restock, stock="5")]
    for command, options in (
        ("create", {}), ("list", {}), ("edit", {"item": f"|{item.id}"}), ("archive", {"item": "x"}),
        ("restore", {"item": "x"}), ("restock", {"item": "x", "stock": "1"}), ("clone", {"item": "x", "name": "y"}),
    ):  # fmt: skip
        exchange = await on_stage.carol.slash(GENERAL, f"item {command}", **options)
        answers.append(await exchange.finished())
    assert {words(one) for one in answers} == {NEEDED}
    suggested = await (await on_stage.carol.autocomplete(GENERAL, "item edit", "item", "")).answered()
    assert suggested.choices == []
    assert await for_sale(on_stage) == ["Bronze badge"]


async def test_a_draft_is_its_writers_alone(on_stage: Stage) -> None:
    panel = await draft(on_stage)
    on_stage.sandbox.world.give_role(GUILD, CAROL, OWNERS)
    [sketch] = await market(on_stage).services.sketches.of_person(GUILD, ALICE)
    assert panel.controls()
    other = await on_stage.ask(on_stage.carol, "item edit", item=f"~{sketch.id}")
    assert "This draft is no longer there" in words(other)


async def test_whoever_asks_for_a_draft_while_its_writer_waits_for_it_does_not_get_the_answer(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_stage.app is not None
    panel = await draft(on_stage)
    on_stage.sandbox.world.give_role(GUILD, CAROL, OWNERS)
    shown = await on_stage.ask(on_stage.carol, "transactions")
    stored = on_stage.sandbox.world.backend.messages[GENERAL][shown.id]
    button = next(one for one in panel.controls() if str(one.get("custom_id")).startswith("item:write:"))
    stored.components = [{"type": 1, "components": [button]}]  # a custom id is no secret
    sketches, both = on_stage.app.services.sketches, asyncio.Barrier(2)
    get = sketches.get

    async def slowly(guild_id: int, user_id: int, sketch_id: int) -> Sketch:
        await both.wait()
        return await get(guild_id, user_id, sketch_id)

    monkeypatch.setattr(sketches, "get", slowly)
    monkeypatch.setattr("bot.cogs.economy.items.desk.PATIENCE", 30.0)
    own, other = await asyncio.gather(
        on_stage.alice.click(panel, button["custom_id"]), on_stage.carol.click(shown, button["custom_id"])
    )
    assert "This draft is no longer there" in words(await other.finished())
    assert other.modal is None
    await own.answered()
    assert own.modal is not None


# What is for sale already ------------------------------------------------------------------------------------


async def test_an_edit_says_what_it_means_for_those_who_own_one(on_stage: Stage) -> None:
    found = market(on_stage)
    await found.pay_in(BOB, 1_000)
    does = Effects(on_use=(GiveCoins(amount=1),))
    item = await found.put_up("Potion", 100, kind=ItemKind.CONSUMABLE, effects=does, stock=9)
    await found.buy(BOB, item, 3, key="k")
    panel = await edit(on_stage, item)
    assert "Nothing is changed yet." in words(panel)
    assert "**3 copies are owned by 1 member.**" in words(panel)
    assert "**Stock**: 6 left" in words(panel)
    assert labels(panel)["Save"] is False
    assert not any("item:kind" in str(one.get("custom_id")) for one in panel.controls())
    form = await form_of(on_stage, panel, "Stock and times…")
    assert "stock" not in defaults(form)
    panel = await send(on_stage, form, lifetime="1 day")
    panel = await fill(on_stage, panel, "Basics…", name="Potion", price="120")
    page = await fill(on_stage, await press(on_stage, panel, "When it is used…"), "Give coins…", amount="2")
    panel = await press(on_stage, page, "Back")
    for line in (
        "• **Price**: 100 coins → 120 coins", "• **A copy lasts**: for ever → 1 day", "• **Effects**: 1 → 2",
        "• **A copy lasts**: They keep the end that they have",
        "• **Effects**: Using a copy that is owned does what is written now.",
    ):  # fmt: skip
        assert line in words(panel)
    assert (await found.item(item)).draft == item.draft.model_copy(update={"stock": 6})
    await restart(on_stage)
    await market(on_stage).buy(BOB, item, 1, key="meanwhile")
    saved = await press(on_stage, panel, "Save")
    assert words(saved).startswith("✅ Saved.")
    now = (await market(on_stage).item(item)).draft
    assert (now.price, now.lifetime, now.stock, len(now.effects.on_use)) == (120, 86_400, 5, 2)
    used = await on_stage.ask(on_stage.bob, "use", item="potion")
    assert "gives you 2 coins" in words(used)


async def test_a_change_by_somebody_else_is_not_overwritten_and_ones_own_is_kept(on_stage: Stage) -> None:
    found = market(on_stage)
    item = await found.put_up("Potion", 100)
    panel = await fill(on_stage, await edit(on_stage, item), "Basics…", name="Elixir", price="100")
    await found.services.shop.edit(
        GUILD, item.id, lambda draft: draft.model_copy(update={"price": 150}), base=1, by=By(CAROL)
    )
    panel = await press(on_stage, panel, "Save")
    assert "⚠️ Somebody else changed **Potion** meanwhile, so I saved nothing yet." in words(panel)
    assert "• **Name**: Potion → Elixir" in words(panel)
    assert "Price: **150 coins**" in words(panel)
    assert "✅ Saved." in words(await press(on_stage, panel, "Save"))
    now = (await found.item(item)).draft
    assert (now.name, now.price) == ("Elixir", 150)


async def test_what_was_left_unsaved_is_there_again(on_stage: Stage) -> None:
    item = await market(on_stage).put_up("Potion", 100)
    await fill(on_stage, await edit(on_stage, item), "Basics…", name="Potion", price="7")
    again = await edit(on_stage, item)
    assert words(again).startswith("This is what you left unsaved.")
    assert "100 coins → 7 coins" in words(again)


async def test_a_clone_is_a_draft_of_its_own(on_stage: Stage) -> None:
    item = await market(on_stage).put_up("Bronze badge", 100, stock=3, description="Shiny.", kind=ItemKind.BADGE)
    panel = await on_stage.ask(on_stage.alice, "item clone", item="bronze badge", name="Silver badge")
    assert "Draft · Silver badge" in words(panel)
    panel = await choose(on_stage, panel, "item:kind", "collectible")
    await press(on_stage, panel, "Publish")
    clone = await market(on_stage).services.shop.named(GUILD, "silver badge")
    assert clone.draft == item.draft.model_copy(update={"name": "Silver badge", "kind": ItemKind.COLLECTIBLE})
    refused = await on_stage.ask(on_stage.alice, "item clone", item="bronze badge", name="@everyone")
    assert "**Name** has a character that is markup" in words(refused)


async def test_archive_asks_first_and_restore_undoes_it(on_stage: Stage) -> None:
    found = market(on_stage)
    await found.pay_in(BOB, 1_000)
    item = await found.put_up_role("VIP", effects=Effects(on_purchase=(GiveRole(role_id=VIP),)))
    badge = await found.put_up()
    await found.buy(BOB, badge, 2, key="k")
    asked = await on_stage.ask(on_stage.alice, "item archive", item="bronze badge")
    assert "**2 copies are owned by 1 member.**" in words(asked)
    assert "Archived" not in words(await press(on_stage, asked, "Keep it"))
    asked = await on_stage.ask(on_stage.alice, "item archive", item="bronze badge")
    await restart(on_stage)
    archived = await press(on_stage, asked, "Archive it")
    assert words(archived).startswith("✅ Archived: nobody can buy it any more.")
    assert await for_sale(on_stage) == ["VIP"]
    page = await on_stage.ask(on_stage.alice, "item list")
    assert "• **Bronze badge** — archived · 2 sold\n• **VIP** — 100 coins · as many as anybody wants · 0 sold" in words(
        page
    )
    typed = await (await on_stage.alice.autocomplete(GENERAL, "item restore", "item", "")).answered()
    assert [one["name"] for one in typed.choices] == ["Bronze badge — archived"]
    restored = await on_stage.ask(on_stage.alice, "item restore", item="bronze badge")
    assert words(restored).startswith("✅ It is for sale again.")
    await press(on_stage, await on_stage.ask(on_stage.alice, "item archive", item="vip"), "Archive it")
    on_stage.sandbox.world.edit_role(GUILD, OWNERS, permissions=["manage_guild"])
    refused = await on_stage.ask(on_stage.alice, "item restore", item=f"|{item.id}")
    assert "You can give and end only roles below your own highest role" in words(refused)
    assert await for_sale(on_stage) == ["Bronze badge"]


async def test_restock_takes_a_number_more_or_no_limit_and_adds_once(on_stage: Stage) -> None:
    item = await market(on_stage).put_up(stock=3)
    exchange = await on_stage.alice.slash(GENERAL, "item restock", item="bronze badge", stock="+10")
    assert words(await exchange.finished()).startswith("✅ In stock: 13 left")
    exchange.replay()
    for written, said in (
        ("20", "✅ In stock: 20 left"),
        ("-5", "✅ In stock: 15 left"),
        ("-16", "A stock is from 0 to"),
        ("many", "Write how many there are to sell"),
        ("unlimited", "✅ In stock: as many as anybody wants"),
        ("+1", "has no stock to add to"),
        ("0", "✅ In stock: sold out"),
    ):
        shown = await on_stage.ask(on_stage.alice, "item restock", item="bronze badge", stock=written)
        assert said in words(shown)
    shown = await choose(on_stage, await on_stage.ask(on_stage.alice, "item list"), "item:choose", item.id)
    assert "In stock: 4 left" in words(await fill(on_stage, shown, "Restock…", stock="+4"))


async def test_the_list_is_read_page_by_page(on_stage: Stage) -> None:
    found = market(on_stage)
    assert "There is nothing yet." in words(await on_stage.ask(on_stage.alice, "item list"))
    for number in range(12):
        await found.put_up(f"Thing {number:02}")
    page = await on_stage.ask(on_stage.alice, "item list")
    assert words(page).count("•") == 10
    after = await press(on_stage, page, "Next page")
    assert words(after).startswith("• **Thing 10**")
    assert words(await press(on_stage, after, "Page before")).startswith("• **Thing 00**")


async def test_publishing_that_dies_anywhere_leaves_the_draft_or_one_thing(stage: Stage) -> None:
    owner(stage)

    async def story(points: CrashPoints) -> None:
        stage.arrange = points.plant
        await stage.start()
        name = f"Badge {market(stage).services.shop.new_id()}"
        panel = await draft(stage, name)
        await points.arm()
        exchange = await stage.alice.click(panel, "Publish")
        await points.heard(exchange)
        points.armed = False
        await stage.die()
        stage.arrange = None
        await stage.start()
        found = market(stage)
        drafts = [one.draft.name for one in await found.services.sketches.of_person(GUILD, ALICE)]
        sold = [one for one in await for_sale(stage) if one == name]
        assert (drafts == [name]) != (sold == [name])
        if drafts:
            await press(stage, panel, "Publish")
        assert name in await for_sale(stage)
        assert await found.services.sketches.of_person(GUILD, ALICE) == []
        await stage.stop()

    assert len(await sweep(story)) >= 4


async def test_a_draft_knows_only_what_a_thing_may_be(on_stage: Stage) -> None:
    panel = await draft(on_stage, "Potion")
    page = await fill(on_stage, await press(on_stage, panel, "When it is used…"), "Say something…", words="Hi")
    panel = await press(on_stage, page, "Back")
    panel = await choose(on_stage, panel, "item:kind", "badge")
    assert "⚠️ **Potion** can't be used: it is of a kind that is not used up." in words(panel)
    panel = await choose(on_stage, await draft(on_stage, "Pin"), "item:kind", "badge")
    assert labels(panel)["When it is used…"] is False
