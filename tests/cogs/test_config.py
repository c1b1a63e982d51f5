"""/config as an owner uses it."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.coin_range import CoinRange
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.leveling_settings import CurveSettings
from bot.errors import FeatureOff
from bot.sandbox import CannotDo, Exchange, SeenMessage
from bot.services import Services
from bot.settings import Settings
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, ELSEWHERE, GENERAL, GUILD, Stage, is_private, words

OWNERS = (4_000 << 22) + 1
HELPERS = (4_000 << 22) + 2
RULES = (4_000 << 22) + 3
NEEDED = "For this you need the permission **Manage Server**, or one of the **Admin roles** chosen in `/config`."


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """Alice and Bob may manage the server; Carol may not."""
    world = stage.sandbox.world
    world.add_role(GUILD, "Owners", id=OWNERS, permissions=["manage_guild"])
    world.add_role(GUILD, "Helpers", id=HELPERS)
    world.add_channel(GUILD, "rules", id=RULES)
    for owner in (ALICE, BOB):
        world.give_role(GUILD, owner, OWNERS)
    await stage.start()
    return stage


def services(stage: Stage) -> Services:
    assert stage.app is not None
    return stage.app.services


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.alice.click(message, label)).finished()


async def choose(stage: Stage, message: SeenMessage, start: str, *values: object) -> SeenMessage:
    """Choose in the menu whose custom id begins so."""
    return await (await stage.alice.select(message, named(message, start), list(values))).finished()


def named(message: SeenMessage, start: str) -> str:
    [custom_id] = {one["custom_id"] for one in message.controls() if str(one.get("custom_id")).startswith(start)}
    return str(custom_id)


async def opened(stage: Stage, section: str, field: str) -> SeenMessage:
    """The panel of one field, as Alice opens it."""
    return await choose(stage, await stage.ask(stage.alice, "config", section=section), "config:field", field)


async def write(stage: Stage, message: SeenMessage, value: str) -> SeenMessage:
    form = await (await stage.alice.click(message, "Change…")).answered()
    return await (await stage.alice.submit(form, {"value": value})).finished()


async def general(stage: Stage) -> GeneralSettings:
    return (await services(stage).guild_settings.read(GUILD, GeneralSettings)).value


async def economy(stage: Stage) -> EconomySettings:
    return (await services(stage).guild_settings.read(GUILD, EconomySettings)).value


async def log(stage: Stage) -> list[tuple[object, object, int | None]]:
    entries = (await services(stage).audit.search(GUILD, count=100)).entries
    return [(one.record.before, one.record.after, one.record.actor_id) for one in entries]


async def test_an_owner_goes_through_the_sections_and_only_they_see_it(on_stage: Stage) -> None:
    first = await on_stage.ask(on_stage.alice, "config")
    assert is_private(first)
    assert "**Economy**: on" in words(first)
    second = await choose(on_stage, first, "config:section", "general")
    assert second.id == first.id
    assert "**Time zone**: `UTC`" in words(second)
    third = await choose(on_stage, second, "config:field", "time_zone")
    assert "Now: `UTC`\nDefault: `UTC`" in words(third)
    assert words(await press(on_stage, third, "Back")) == words(second)


async def test_a_number_is_written_into_a_form_and_holds_at_once(on_stage: Stage) -> None:
    done = await write(on_stage, await opened(on_stage, "economy", "daily_amount"), "1,000")
    assert "✅ Saved." in words(done)
    assert "Now: `1,000`\nDefault: `250`" in words(done)
    assert "**1,000 coins** for today" in words(await on_stage.ask(on_stage.carol, "daily"))
    assert await log(on_stage) == [({"daily_amount": 250}, {"daily_amount": 1000}, ALICE)]


async def test_a_wrong_value_is_refused_with_the_reason_and_nothing_is_saved(on_stage: Stage) -> None:
    panel = await opened(on_stage, "economy", "daily_amount")
    for wrong, reason in (("lots", "must be a whole number, or two such as 50–150"), ("0", "must be at least 1")):
        panel = await write(on_stage, panel, wrong)
        assert f"**Daily amount** {reason}. I changed nothing." in words(panel)
    most = await write(on_stage, await opened(on_stage, "leveling", "message_most"), "3")
    assert "**Message: most XP** does not fit: a message's least XP can't be above its most. I changed" in words(most)
    zone = await write(on_stage, await opened(on_stage, "general", "time_zone"), "Mars/Base")
    assert "must be a zone of the IANA database" in words(zone)
    assert await economy(on_stage) == EconomySettings()
    assert await log(on_stage) == []


async def test_channels_roles_choices_and_colours_have_controls_that_fit(on_stage: Stage) -> None:
    done = await choose(on_stage, await opened(on_stage, "general", "log_channel"), "config:choose", RULES)
    assert f"Now: <#{RULES}>" in words(done)
    done = await choose(on_stage, await opened(on_stage, "general", "support_roles"), "config:choose", HELPERS, OWNERS)
    assert f"Now: <@&{HELPERS}> <@&{OWNERS}>" in words(done)
    await choose(on_stage, await opened(on_stage, "general", "language"), "config:choose", "de")
    done = await write(on_stage, await opened(on_stage, "general", "accent"), "#ff0000")
    assert done.embeds[0]["color"] == 0xFF0000
    assert (await on_stage.ask(on_stage.carol, "balance")).embeds[0]["color"] == 0xFF0000
    expected = GeneralSettings(log_channel=RULES, support_roles=(HELPERS, OWNERS), language="de", accent=0xFF0000)
    assert await general(on_stage) == expected
    emptied = await choose(on_stage, await opened(on_stage, "general", "log_channel"), "config:choose")
    assert "Now: nothing chosen" in words(emptied)


@pytest.mark.parametrize("field", ["log_channel", "alert_channel"])
async def test_a_channel_for_staff_that_everybody_reads_is_set_with_a_warning(on_stage: Stage, field: str) -> None:
    world = on_stage.sandbox.world
    shown = await choose(on_stage, await opened(on_stage, "general", field), "config:choose", RULES)
    saved, warning, *_rest = words(shown).split("\n")
    assert saved == "✅ Saved."
    assert warning.startswith(f"⚠️ Everybody here can read <#{RULES}>. They read there what")
    assert "switch on **Private Channel**" in warning
    assert getattr(await general(on_stage), field) == RULES
    assert "⚠️" in words(await opened(on_stage, "general", field)), "it stands there as long as it is so"
    world.overwrite(RULES, GUILD, deny=["view_channel"])
    assert "⚠️" not in words(await opened(on_stage, "general", field))


async def test_the_page_of_a_section_warns_of_each_channel_for_staff_that_everybody_reads(on_stage: Stage) -> None:
    coins = await choose(on_stage, await opened(on_stage, "economy", "log_channel"), "config:choose", RULES)
    page = await press(on_stage, coins, "Back")
    assert words(page).startswith(f"⚠️ Everybody here can read <#{RULES}>. They read there what staff does to coins")
    await choose(on_stage, await opened(on_stage, "general", "log_channel"), "config:choose", RULES)
    await choose(on_stage, await opened(on_stage, "general", "alert_channel"), "config:choose", RULES)
    both = words(await on_stage.ask(on_stage.alice, "config", section="general"))
    assert both.count("⚠️") == 1, "a channel is named once, with all that is read there"
    assert "⚠️" not in words(await on_stage.ask(on_stage.alice, "config", section="features"))
    on_stage.sandbox.world.overwrite(RULES, GUILD, deny=["view_channel"])
    for section in ("economy", "general"):
        assert "⚠️" not in words(await on_stage.ask(on_stage.alice, "config", section=section))


async def test_channels_that_are_for_everybody_are_set_without_a_word(on_stage: Stage) -> None:
    shown = await choose(on_stage, await opened(on_stage, "general", "economy_channels"), "config:choose", RULES)
    assert "⚠️" not in words(shown)


async def test_a_role_that_was_deleted_does_not_break_the_panel(on_stage: Stage) -> None:
    await choose(on_stage, await opened(on_stage, "general", "support_roles"), "config:choose", HELPERS)
    on_stage.sandbox.world.remove_role(GUILD, HELPERS)
    panel = await opened(on_stage, "general", "support_roles")
    menu = panel.control(named(panel, "config:choose"))
    assert not menu.get("default_values")
    await choose(on_stage, panel, "config:choose", OWNERS)
    assert (await general(on_stage)).support_roles == (OWNERS,)


async def test_everyone_is_no_role_for_staff(on_stage: Stage) -> None:
    done = await choose(on_stage, await opened(on_stage, "general", "admin_roles"), "config:choose", GUILD)
    assert "**Admin roles** can't be everyone" in words(done)
    assert (await general(on_stage)).admin_roles == ()


async def test_payments_are_quiet_outside_the_public_channels(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    await choose(on_stage, await opened(on_stage, "general", "economy_channels"), "config:choose", RULES)
    assert is_private(await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=1))
    exchange = await on_stage.alice.slash(RULES, "pay", member=BOB, amount=1)
    assert not is_private(await exchange.finished())


async def test_one_value_or_all_of_a_section_go_back_to_their_defaults(on_stage: Stage) -> None:
    await write(on_stage, await opened(on_stage, "economy", "daily_amount"), "7")
    panel = await write(on_stage, await opened(on_stage, "economy", "starting_balance"), "9")
    panel = await press(on_stage, panel, "Reset to default")
    assert "Now: `0`" in words(panel)
    assert await economy(on_stage) == EconomySettings(daily_amount=CoinRange.fixed(7))
    section = await press(on_stage, panel, "Back")
    asked = await press(on_stage, section, "Reset all of these")
    assert "Set everything under **Economy** back" in words(asked)
    kept = await press(on_stage, asked, "Keep them")
    assert await economy(on_stage) == EconomySettings(daily_amount=CoinRange.fixed(7))
    asked = await press(on_stage, kept, "Reset all of these")
    assert "✅ Saved." in words(await press(on_stage, asked, "Yes, reset them"))
    assert await economy(on_stage) == EconomySettings()
    assert (await log(on_stage))[0] == ({"daily_amount": 7}, {"daily_amount": 250}, ALICE)


async def test_two_owners_at_once_do_not_overwrite_each_other_unseen(on_stage: Stage) -> None:
    panel = await opened(on_stage, "economy", "daily_amount")
    form = await (await on_stage.alice.click(panel, "Change…")).answered()
    settings = services(on_stage).guild_settings
    await settings.change(GUILD, EconomySettings(daily_amount=CoinRange.fixed(3)), base=0, by=BOB)
    late = await (await on_stage.alice.submit(form, {"value": "4"})).finished()
    assert "Somebody else changed this meanwhile" in words(late)
    assert "Now: `3`" in words(late)
    assert (await economy(on_stage)).daily_amount.low == 3
    assert "✅ Saved." in words(await write(on_stage, late, "4"))
    assert [by for _, _, by in await log(on_stage)] == [ALICE, BOB]


async def test_a_confirmation_is_for_what_was_shown(on_stage: Stage) -> None:
    await write(on_stage, await opened(on_stage, "economy", "daily_amount"), "7")
    section = await on_stage.ask(on_stage.alice, "config", section="economy")
    asked = await press(on_stage, section, "Reset all of these")
    await services(on_stage).guild_settings.change(
        GUILD, EconomySettings(daily_amount=CoinRange.fixed(8)), base=1, by=BOB
    )
    assert "Somebody else changed this meanwhile" in words(await press(on_stage, asked, "Yes, reset them"))
    assert (await economy(on_stage)).daily_amount.low == 8


async def test_panels_and_forms_from_before_a_restart_still_work(on_stage: Stage) -> None:
    panel = await opened(on_stage, "economy", "daily_amount")
    form = await (await on_stage.alice.click(panel, "Change…")).answered()
    await on_stage.stop()
    await on_stage.start()
    done = await (await on_stage.alice.submit(form, {"value": "12"})).finished()
    assert "Now: `12`" in words(done)
    await on_stage.stop()
    await on_stage.start()
    assert "Now: `250`" in words(await press(on_stage, done, "Reset to default"))
    assert "**Economy**: on" in words(
        await choose(on_stage, await press(on_stage, done, "Back"), "config:section", "features")
    )


async def test_whoever_may_not_manage_the_server_is_not_offered_the_command(on_stage: Stage) -> None:
    with pytest.raises(CannotDo):
        await on_stage.ask(on_stage.carol, "config")


async def forged(stage: Stage, who: int, kind: int, custom_id: str, panel: SeenMessage, **more: object) -> Exchange:
    """Somebody sends what no client would: a press of a control that they can't see."""
    stored = stage.sandbox.world.backend.messages[GENERAL][panel.id]
    actor = stage.sandbox.as_member(GUILD, who)
    return actor._interact(3, GENERAL, {"custom_id": custom_id, "component_type": kind, **more}, source=stored)


async def test_a_forged_press_is_refused_whatever_it_asks_for(on_stage: Stage) -> None:
    section = await on_stage.ask(on_stage.alice, "config", section="features")
    ids = [(one["type"], one["custom_id"], {"values": ["economy"]}) for one in section.controls() if "custom_id" in one]
    panel = await choose(on_stage, section, "config:field", "economy")
    ids += [(one["type"], one["custom_id"], {}) for one in panel.controls() if "custom_id" in one]
    kept = on_stage.sandbox.world.backend.messages[GENERAL][panel.id]
    for kind, custom_id, more in ids:
        kept.components = [
            {"type": 1, "components": [{"type": kind, "custom_id": custom_id, "label": "x", "style": 1}]}
        ]
        exchange = await forged(on_stage, CAROL, kind, custom_id, panel, **more)
        answer = await exchange.finished()
        assert words(answer) == NEEDED, custom_id
        assert is_private(answer)
    assert await log(on_stage) == []


async def test_a_role_named_as_admins_may_once_discord_shows_them_the_command(on_stage: Stage) -> None:
    done = await choose(on_stage, await opened(on_stage, "general", "admin_roles"), "config:choose", HELPERS, OWNERS)
    hint = f"Allow it for <@&{HELPERS}> under **Server Settings → Integrations → Folkmoot → /config**."
    assert hint in words(done)
    assert hint in words(await press(on_stage, done, "Back"))
    assert hint not in words(await opened(on_stage, "general", "time_zone"))
    on_stage.sandbox.world.give_role(GUILD, CAROL, HELPERS)
    stored = on_stage.sandbox.world.backend.messages[GENERAL][done.id]
    stored.components = [{"type": 1, "components": [{"type": 2, "custom_id": "config:open:v1:general", "style": 2}]}]
    opened_by_carol = await forged(on_stage, CAROL, 2, "config:open:v1:general", done)
    assert "**Time zone**: `UTC`" in words(await opened_by_carol.finished())
    on_stage.sandbox.world.edit_role(GUILD, HELPERS, permissions=["manage_guild"])
    assert "Integrations" not in words(await on_stage.ask(on_stage.carol, "config", section="general"))


async def test_nobody_confirms_for_somebody_else_and_a_question_outlives_a_restart(on_stage: Stage) -> None:
    await write(on_stage, await opened(on_stage, "economy", "daily_amount"), "7")
    asked = await press(on_stage, await on_stage.ask(on_stage.alice, "config", section="economy"), "Reset all of these")
    yes = named(asked, f"config:reset-sure:v2:{ALICE}:y")
    refused = await (await forged(on_stage, BOB, 2, yes, asked)).finished()
    assert words(refused) == f"These buttons belong to <@{ALICE}>. Use the command yourself to get your own."
    await on_stage.stop()
    await on_stage.start()
    assert await economy(on_stage) == EconomySettings(daily_amount=CoinRange.fixed(7))
    assert "✅ Saved." in words(await press(on_stage, asked, "Yes, reset them"))
    assert await economy(on_stage) == EconomySettings()


async def test_a_permission_that_was_taken_away_ends_the_panel(on_stage: Stage) -> None:
    panel = await opened(on_stage, "economy", "daily_amount")
    form = await (await on_stage.alice.click(panel, "Change…")).answered()
    on_stage.sandbox.world.take_role(GUILD, ALICE, OWNERS)
    refused = await (await on_stage.alice.submit(form, {"value": "12"})).finished()
    assert "Manage Server" in words(refused)
    assert await economy(on_stage) == EconomySettings()


async def test_a_forged_choice_of_another_servers_channel_is_refused(on_stage: Stage) -> None:
    panel = await opened(on_stage, "general", "log_channel")
    custom_id = named(panel, "config:choose")
    exchange = await forged(on_stage, ALICE, 8, custom_id, panel, values=[str(ELSEWHERE)], resolved={})
    assert "**Log channel** must be chosen from this server" in words(await exchange.finished())
    assert (await general(on_stage)).log_channel is None


async def test_a_feature_that_is_off_says_so_and_whoever_may_switches_it_on(on_stage: Stage) -> None:
    await on_stage.stop()
    on_stage.settings = Settings()
    await on_stage.start()
    told = await on_stage.ask(on_stage.carol, "balance")
    assert words(told).startswith("The feature **Economy** is switched off in this server.")
    assert is_private(told)
    assert not list(told.controls())
    await services(on_stage).guild_settings.change(GUILD, GeneralSettings(admin_roles=(HELPERS,)), base=0, by=ALICE)
    on_stage.sandbox.world.give_role(GUILD, CAROL, HELPERS)
    by_role = await on_stage.ask(on_stage.carol, "balance")
    assert by_role.control("Switch it on"), "to admins by role as well"
    on_stage.sandbox.world.take_role(GUILD, CAROL, HELPERS)
    late = await (await on_stage.carol.click(by_role, "Switch it on")).finished()
    assert words(late) == NEEDED
    offered = await on_stage.ask(on_stage.alice, "daily")
    on_stage.sandbox.world.take_role(GUILD, ALICE, OWNERS)
    refused = await (await on_stage.alice.click(offered, "Switch it on")).finished()
    assert "Manage Server" in words(refused)
    on_stage.sandbox.world.give_role(GUILD, ALICE, OWNERS)
    await on_stage.stop()
    await on_stage.start()
    done = await press(on_stage, offered, "Switch it on")
    assert "✅ Saved." in words(done)
    assert "Now: on" in words(done)
    assert words(await on_stage.ask(on_stage.carol, "balance")) == "Your wallet: **0 coins**"
    assert "Now: off" in words(await press(on_stage, done, "Switch off"))
    assert "switched off" in words(await on_stage.ask(on_stage.carol, "balance"))


async def test_a_refusal_is_said_also_when_its_buttons_fail_or_take_too_long(on_stage: Stage) -> None:
    await services(on_stage).guild_settings.change(GUILD, FeatureSettings(economy=False), base=0, by=ALICE)
    assert on_stage.app is not None

    async def fails(_interaction: object, _error: object) -> None:
        raise RuntimeError("no buttons today")

    async def sleeps(_interaction: object, _error: object) -> None:
        await asyncio.sleep(60)

    for remedy in (fails, sleeps):
        on_stage.app.bot.reporter.offer(FeatureOff, remedy)
        told = await on_stage.ask(on_stage.alice, "balance")
        assert words(told).startswith("The feature **Economy** is switched off in this server.")
        assert not list(told.controls())


async def test_a_change_that_dies_anywhere_is_made_once_or_not_at_all(on_stage: Stage) -> None:
    await on_stage.stop()

    async def story(points: CrashPoints) -> None:
        on_stage.arrange = points.plant
        await on_stage.start()
        found = await services(on_stage).guild_settings.read(GUILD, EconomySettings)
        entries = len(await log(on_stage))
        panel = await opened(on_stage, "economy", "daily_amount")
        form = await (await on_stage.alice.click(panel, "Change…")).answered()
        wanted = found.value.daily_amount.low + 1
        await points.arm()
        exchange = await on_stage.alice.submit(form, {"value": str(wanted)})
        await points.heard(exchange)
        acknowledged = exchange.kind == "update"
        points.armed = False
        await on_stage.die()
        on_stage.arrange = None
        await on_stage.start()
        now = await services(on_stage).guild_settings.read(GUILD, EconomySettings)
        assert now.version - found.version == len(await log(on_stage)) - entries
        assert now.value.daily_amount.low == wanted or not acknowledged
        on_stage.sandbox.replay(exchange)
        async with asyncio.timeout(5):
            while (
                last := await services(on_stage).guild_settings.read(GUILD, EconomySettings)
            ).version == found.version:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)  # a second change would come now
        last = await services(on_stage).guild_settings.read(GUILD, EconomySettings)
        assert last.version == found.version + 1
        assert last.value == replace_amount(found.value, wanted)
        assert len(await log(on_stage)) == entries + 1
        await on_stage.stop()

    assert "before commit" in await sweep(story)


def replace_amount(value: EconomySettings, amount: int) -> EconomySettings:
    return value.model_copy(update={"daily_amount": CoinRange.fixed(amount)})


def test_defaults_are_what_production_has() -> None:
    assert FeatureSettings.of(Settings().default_features) == FeatureSettings(economy=False)


async def test_a_section_that_has_a_command_of_its_own_is_on_no_panel(on_stage: Stage) -> None:
    first = await on_stage.ask(on_stage.alice, "config")
    offered = {one["value"] for menu in first.controls() for one in menu.get("options", ())}
    assert "levels" in offered
    assert CurveSettings.section not in offered
    for custom_id in ("config:open:v1:curve", "config:switch:v1:curve:cap:0:on", "config:reset-all:v1:curve:0"):
        button = {"type": 2, "custom_id": custom_id, "label": "x", "style": 1}
        on_stage.sandbox.world.backend.messages[GENERAL][first.id].components = [{"type": 1, "components": [button]}]
        refused = await (await forged(on_stage, ALICE, 2, custom_id, first)).finished()
        assert "Highest level" not in words(refused), custom_id
    assert (await services(on_stage).guild_settings.read(GUILD, CurveSettings)).version == 0
