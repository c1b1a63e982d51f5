"""Giveaways as their hosts make and change them: the desk with its forms and menus, what is refused, and who may."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaway_editing import token
from bot.domain.giveaway_rules import (
    AccountFor,
    AtLevel,
    Bonus,
    BonusKind,
    Boosting,
    HasRole,
    HoldsCoins,
    MemberFor,
    Messages,
    NoWinSince,
)
from bot.domain.giveaways import Prize, Status
from bot.sandbox import Exchange, SeenMessage
from tests.support.giveaway_stage import MINE, PRIZE, VIA, begun, drawn, enter, giveaway_of, told
from tests.support.giveaway_stage import tick as turn
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, ROBOT, Stage, is_private, words

STAFF = (4_000 << 22) + 7
FANS = (4_000 << 22) + 11
POWER = (4_000 << 22) + 13
DAVE = 3_009 << 22
QUIET = (2_000 << 22) + 5
"""A channel in which I can't write."""


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """Alice makes giveaways; Bob and Carol are members."""
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, [*MINE, "attach_files"])
    world.add_role(GUILD, "Fans", id=FANS)
    world.add_role(GUILD, "Power", id=POWER, permissions=["manage_messages"])
    world.add_role(GUILD, "Staff", id=STAFF, permissions=["manage_guild"])
    world.add_role(GUILD, "Winner", id=PRIZE)
    world.give_role(GUILD, ALICE, STAFF)
    world.add_user("dave", id=DAVE)
    world.add_member(GUILD, DAVE)
    world.add_channel(GUILD, "quiet", id=QUIET)
    world.overwrite(QUIET, GUILD, deny=["send_messages"])
    await stage.start()
    return stage


async def draft(stage: Stage, **options: object) -> SeenMessage:
    desk = await stage.ask(stage.alice, "giveaway create", prize="A mug", ends="in 1 hour", **options)
    assert is_private(desk)
    return desk


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.alice.click(message, label)).finished()


async def fill(stage: Stage, message: SeenMessage, label: str, **values: Any) -> SeenMessage:
    form = await (await stage.alice.click(message, label)).answered()
    return await (await stage.alice.submit(form, values)).finished()


async def add(stage: Stage, page: SeenMessage, menu: str, kind: str, **values: Any) -> SeenMessage:
    """Choose what to add, and fill in its form if there is one."""
    chosen = await (await stage.alice.select(page, f"giveaway:{menu}", [kind])).answered()
    if not values:
        return await chosen.finished()
    return await (await stage.alice.submit(chosen, values)).finished()


def fields(message: SeenMessage) -> dict[str, str]:
    """What the preview says of who may enter, and of chances."""
    return {one["name"]: one["value"] for one in message.embeds[-1].get("fields", [])}


# Beginning --------------------------------------------------------------------------------------------------


async def test_a_form_asks_for_all_that_is_needed_when_nothing_is_said(on_stage: Stage) -> None:
    form = await (await on_stage.alice.slash(GENERAL, "giveaway create")).answered()
    values = {"prize": "A kettle", "text": "It whistles.", "ends": "3d", "winners": "2"}
    desk = await (await on_stage.alice.submit(form, values)).finished()
    assert is_private(desk)
    made = await giveaway_of(on_stage)
    assert (made.status, made.prize, made.text, made.winners, made.lasts) == (
        Status.DRAFT, "A kettle", "It whistles.", 2, 3 * 86_400,
    )  # fmt: skip
    assert (made.host_id, made.channel_id, made.ping_role_id, made.claim_within) == (ALICE, GENERAL, None, None)


async def test_the_form_reads_a_date_in_the_zone_of_the_server(on_stage: Stage) -> None:
    assert on_stage.app is not None
    berlin = GeneralSettings(time_zone="Europe/Berlin")
    await on_stage.app.services.guild_settings.change(GUILD, berlin, base=0, by=None)
    form = await (await on_stage.alice.slash(GENERAL, "giveaway create")).answered()
    values = {"prize": "A kettle", "ends": "tomorrow 18:00"}
    await (await on_stage.alice.submit(form, values)).finished()
    made = await giveaway_of(on_stage)
    assert made.lasts is None
    local = made.ends_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert (local.hour, local.minute) == (18, 0)


async def test_the_desk_writes_times_as_people_do_and_an_untouched_one_stays_to_the_second(on_stage: Stage) -> None:
    assert on_stage.app is not None
    berlin = GeneralSettings(time_zone="Europe/Berlin")
    await on_stage.app.services.guild_settings.change(GUILD, berlin, base=0, by=None)
    desk = await draft(on_stage, starts="in 10 minutes")
    await press(on_stage, desk, "Publish")
    before = await giveaway_of(on_stage)
    assert before.starts_at is not None
    form = await (await on_stage.alice.click(desk, "When…")).answered()
    assert form.modal is not None
    shown = {one["component"]["custom_id"]: one["component"].get("value") for one in form.modal["components"]}
    assert shown["starts"] == f"{before.starts_at.astimezone(ZoneInfo('Europe/Berlin')):%Y-%m-%d %H:%M}"
    await (await on_stage.alice.submit(form, {"claim": "24h"})).finished()
    after = await giveaway_of(on_stage)
    assert (after.starts_at, after.ends_at, after.claim_within) == (before.starts_at, before.ends_at, 86_400)


async def test_options_say_all_of_it_at_once(on_stage: Stage) -> None:
    await draft(on_stage, winners=3, host=BOB, colour="#3B6E57", claim_within="1d", prize_coins=50, text="Nice.")
    made = await giveaway_of(on_stage)
    assert (made.winners, made.host_id, made.created_by, made.colour) == (3, BOB, ALICE, 0x3B6E57)
    assert (made.claim_within, made.given, made.text) == (86_400, Prize(coins=50), "Nice.")


# Who may enter ------------------------------------------------------------------------------------------------


async def test_every_kind_of_rule_is_added_at_the_desk_and_shown_in_the_preview(on_stage: Stage) -> None:
    page = await press(on_stage, await draft(on_stage), "Who may enter…")
    page = await add(on_stage, page, "rule-add:v1:1:all", "role", roles=[FANS])
    page = await add(on_stage, page, "rule-add:v1:1:all", "member_for", least="7d")
    page = await add(on_stage, page, "rule-add:v1:1:all", "account_for", least="30d")
    page = await add(on_stage, page, "rule-add:v1:1:all", "coins", least="100")
    page = await press(on_stage, page, "One of these")
    page = await add(on_stage, page, "rule-add:v1:1:any", "level", least="5")
    page = await add(on_stage, page, "rule-add:v1:1:any", "messages", least="20")
    page = await press(on_stage, page, "None of these")
    page = await add(on_stage, page, "rule-add:v1:1:none", "boosting")
    page = await add(on_stage, page, "rule-add:v1:1:none", "no_win", least="30")
    rules = (await giveaway_of(on_stage)).rules
    days = 86_400
    assert rules.all_of == (
        HasRole(role_id=FANS), MemberFor(seconds=7 * days), AccountFor(seconds=30 * days), HoldsCoins(least=100),
    )  # fmt: skip
    assert rules.any_of == (AtLevel(level=5), Messages(least=20))
    assert rules.none_of == (Boosting(), NoWinSince(days=30))
    said = fields(page)["Who may enter"].splitlines()
    assert said[0] == f"• the role <@&{FANS}>"
    assert said[-1] == "• none of: boosting the server, no giveaway won here for 30 days"


async def test_roles_host_and_channel_can_not_be_sent_empty(on_stage: Stage) -> None:
    desk = await draft(on_stage)
    form = await (await on_stage.alice.click(desk, "More…")).answered()
    assert _needed(form) >= {"host": True, "channel": True, "ping": False}.items()
    page = await press(on_stage, desk, "Who may enter…")
    asked = await on_stage.alice.select(page, "giveaway:rule-add:v1:1:all", ["role"])
    assert _needed(await asked.answered()) == {"roles": True}.items()


def _needed(form: Exchange) -> set[tuple[str, bool]]:
    """The fields of a shown form, each with whether it must be filled in."""
    assert form.modal is not None
    return {(one["component"]["custom_id"], one["component"]["required"]) for one in form.modal["components"]}


async def test_more_says_who_hosts_where_it_is_and_what_else_holds(on_stage: Stage) -> None:
    desk = await draft(on_stage)
    values = {"host": [BOB], "channel": [GENERAL], "ping": [], "switches": ["host_enters"], "colour": "#00FF00"}
    await fill(on_stage, desk, "More…", **values)
    made = await giveaway_of(on_stage)
    assert (made.host_id, made.host_enters, made.letter, made.colour) == (BOB, True, False, 0x00FF00)
    refused = await fill(on_stage, desk, "More…", **(values | {"channel": [QUIET]}))
    assert "Send Messages" in words(refused)


async def test_what_i_hand_out_and_the_times_are_changed_by_forms(on_stage: Stage) -> None:
    desk = await draft(on_stage)
    await fill(on_stage, desk, "What I hand out…", role=[], role_for="", coins="1k")
    await fill(on_stage, desk, "When…", ends="2d", starts="in 3 hours", claim="24h")
    made = await giveaway_of(on_stage)
    assert (made.given, made.lasts, made.claim_within) == (Prize(coins=1_000), 2 * 86_400, 86_400)
    done = await press(on_stage, desk, "Publish")
    assert words(done).startswith("✅ It starts <t:")
    assert (await giveaway_of(on_stage)).status is Status.SCHEDULED


async def test_a_rule_is_taken_out_again_and_one_twice_stands_once(on_stage: Stage) -> None:
    page = await press(on_stage, await draft(on_stage), "Who may enter…")
    for level in ("5", "5", "9"):
        page = await add(on_stage, page, "rule-add:v1:1:all", "level", least=level)
    assert (await giveaway_of(on_stage)).rules.all_of == (AtLevel(level=5), AtLevel(level=9))
    page = await add(on_stage, page, "rule-drop:v1:1:all", token(AtLevel(level=5)))
    assert fields(page)["Who may enter"] == "• level 9"


async def test_numbers_out_of_bounds_and_the_role_of_everybody_are_refused(on_stage: Stage) -> None:
    page = await press(on_stage, await draft(on_stage), "Who may enter…")
    refused = await add(on_stage, page, "rule-add:v1:1:all", "level", least="0")
    assert words(refused) == "The giveaway can't be like that: **0** is no number from 1 to 10,000."
    refused = await add(on_stage, page, "rule-add:v1:1:all", "role", roles=[GUILD])
    assert "everybody" in words(refused).lower()
    assert (await giveaway_of(on_stage)).rules.all_of == ()


async def test_chances_are_added_replaced_and_counted_as_staff_says(on_stage: Stage) -> None:
    page = await press(on_stage, await draft(on_stage), "Chances…")
    page = await add(on_stage, page, "chance-add:v1:1", "role", roles=[FANS], weight="2")
    page = await add(on_stage, page, "chance-add:v1:1", "level", level="10", weight="3")
    page = await add(on_stage, page, "chance-add:v1:1", "boost", weight="1")
    page = await add(on_stage, page, "chance-add:v1:1", "role", roles=[FANS], weight="0")
    page = await press(on_stage, page, "Count only the highest")
    bonuses = (await giveaway_of(on_stage)).bonuses
    fans = Bonus(kind=BonusKind.ROLE, target=FANS, weight=0)
    assert bonuses.highest
    assert bonuses.of == (
        fans, Bonus(kind=BonusKind.LEVEL, target=10, weight=3), Bonus(kind=BonusKind.BOOST, weight=1),
    )  # fmt: skip
    assert fields(page)["Chances"].splitlines()[0] == f"• <@&{FANS}> can't enter"
    page = await add(on_stage, page, "chance-drop:v1:1", token(fans))
    assert f"<@&{FANS}>" not in fields(page)["Chances"]
    refused = await add(on_stage, page, "chance-add:v1:1", "boost", weight="0")
    assert "is no number from 1 to 10,000" in words(refused), "only a role can be excluded"


async def test_what_other_features_count_is_asked_only_where_they_are_on(on_stage: Stage) -> None:
    page = await press(on_stage, await draft(on_stage), "Who may enter…")
    assert on_stage.app is not None
    on = FeatureSettings(giveaways=True)
    await on_stage.app.services.guild_settings.change(GUILD, on, base=0, by=None)
    assert "Leveling" in words(await add(on_stage, page, "rule-add:v1:1:all", "level", least="5"))
    refused = await on_stage.ask(on_stage.alice, "giveaway create", prize="Coins", prize_coins=5)
    assert "Economy" in words(refused)
    made = await giveaway_of(on_stage)
    assert (made.rules.all_of, made.number) == ((), 1)


# What Discord allows --------------------------------------------------------------------------------------------


async def test_nobody_gives_a_role_that_they_could_not_give_by_hand(on_stage: Stage) -> None:
    refused = await on_stage.ask(on_stage.alice, "giveaway create", prize="A role", prize_role=PRIZE)
    assert f"<@&{PRIZE}>" in words(refused)
    on_stage.sandbox.world.add_role(GUILD, "Keys", id=STAFF + 1, permissions=["manage_roles"], position=3)
    on_stage.sandbox.world.give_role(GUILD, ALICE, STAFF + 1)
    refused = await on_stage.ask(on_stage.alice, "giveaway create", prize="A role", prize_role=POWER)
    assert "Manage Messages" in words(refused), "a role with such a power I hand out to nobody"
    await on_stage.ask(on_stage.alice, "giveaway create", prize="A role", prize_role=PRIZE, prize_role_for="30d")
    assert (await giveaway_of(on_stage)).given == Prize(PRIZE, 30 * 86_400)


async def test_who_may_make_no_coins_gives_none_away_however_they_ask(on_stage: Stage) -> None:
    await draft(on_stage, host=BOB, prize_coins=50)
    desk = await on_stage.ask(on_stage.bob, "giveaway edit", giveaway="1")

    async def says(label: str, **values: Any) -> str:
        form = await (await on_stage.bob.click(desk, label)).answered()
        return words(await (await on_stage.bob.submit(form, values)).finished())

    assert "Manage Server" in await says("What I hand out…", role=[], role_for="", coins="51")
    assert "Manage Server" in await says("Text…", prize="A mug", text="", winners="2"), "each winner gets them"
    assert (await giveaway_of(on_stage)).given == Prize(coins=50)
    await says("Text…", prize="A jug", text="", winners="1")
    await says("What I hand out…", role=[], role_for="", coins="40")
    made = await giveaway_of(on_stage)
    assert (made.prize, made.winners, made.given) == ("A jug", 1, Prize(coins=40)), (
        "what costs nobody anything is theirs"
    )


async def test_who_could_not_give_a_role_gives_it_neither_for_longer_nor_to_more(on_stage: Stage) -> None:
    await begun(on_stage, "A role", given=Prize(PRIZE, 86_400))
    desk = await on_stage.ask(on_stage.alice, "giveaway edit", giveaway="1")
    refused = await fill(on_stage, desk, "What I hand out…", role=[str(PRIZE)], role_for="", coins="")
    assert f"<@&{PRIZE}>" in words(refused)
    refused = await fill(on_stage, desk, "Text…", prize="A role", text="", winners="2")
    assert f"<@&{PRIZE}>" in words(refused)
    made = await giveaway_of(on_stage)
    assert (made.given, made.winners) == (Prize(PRIZE, 86_400), 1)


async def test_i_call_nobody_whom_they_could_not_call_themselves(on_stage: Stage) -> None:
    refused = await on_stage.ask(on_stage.alice, "giveaway create", prize="A mug", ping_role=FANS)
    assert "Mention" in words(refused)
    refused = await on_stage.ask(on_stage.alice, "giveaway create", prize="A mug", ping_role=GUILD)
    assert "everybody" in words(refused).lower()
    on_stage.sandbox.world.add_role(GUILD, "Loud", id=STAFF + 1, permissions=["mention_everyone"], position=3)
    on_stage.sandbox.world.give_role(GUILD, ALICE, STAFF + 1)
    await on_stage.ask(on_stage.alice, "giveaway create", prize="A mug", ping_role=FANS)
    assert (await giveaway_of(on_stage)).ping_role_id == FANS


async def test_it_stands_only_where_i_can_write_and_is_hosted_only_by_people(on_stage: Stage) -> None:
    refused = await on_stage.ask(on_stage.alice, "giveaway create", prize="A mug", channel=QUIET)
    assert (
        words(refused) == f"For this I need the permission **Send Messages** in <#{QUIET}>, and I don't have it there."
    )
    refused = await on_stage.ask(on_stage.alice, "giveaway create", prize="A mug", host=ROBOT)
    assert "no bot" in words(refused)
    desk = await draft(on_stage)
    on_stage.sandbox.world.overwrite(GENERAL, GUILD, deny=["embed_links"])
    assert "Embed Links" in words(await press(on_stage, desk, "Publish"))
    assert (await giveaway_of(on_stage)).status is Status.DRAFT


# Who may --------------------------------------------------------------------------------------------------------


async def test_members_make_none_change_none_and_are_shown_no_drafts(on_stage: Stage) -> None:
    await draft(on_stage)
    refused = await on_stage.ask(on_stage.bob, "giveaway create", prize="A mug")
    assert "Giveaway host roles" in words(refused)
    for command in ("edit", "cancel", "entrants", "end"):
        refused = await on_stage.ask(on_stage.bob, f"giveaway {command}", giveaway="1")
        assert words(refused).startswith("Only the host of this giveaway"), command
    typed = await on_stage.bob.autocomplete(GENERAL, "giveaway edit", "giveaway", "")
    await typed.answered()
    assert typed.choices == []
    typed = await on_stage.alice.autocomplete(GENERAL, "giveaway edit", "giveaway", "mug")
    await typed.answered()
    assert [one["name"] for one in typed.choices] == ["#1 A mug"]
    assert "no giveaway" in words(await on_stage.ask(on_stage.bob, "giveaway info", giveaway="1"))


async def test_a_draft_that_is_thrown_away_is_known_to_nobody(on_stage: Stage) -> None:
    desk = await draft(on_stage)
    assert words(await press(on_stage, desk, "Discard")) == "Thrown away."
    await draft(on_stage)
    question = await on_stage.ask(on_stage.alice, "giveaway cancel", giveaway="2")
    await press(on_stage, question, "Cancel it")
    for number in ("1", "2"):
        assert "no giveaway" in words(await on_stage.ask(on_stage.alice, "giveaway info", giveaway=number))
    desk = await draft(on_stage)
    await press(on_stage, await on_stage.ask(on_stage.alice, "giveaway edit", giveaway="3"), "Publish")
    assert "published already" in words(await press(on_stage, desk, "Discard"))
    assert (await giveaway_of(on_stage, 3)).status is Status.RUNNING


async def test_the_desk_works_after_a_restart(on_stage: Stage) -> None:
    page = await press(on_stage, await draft(on_stage), "Who may enter…")
    await on_stage.stop()
    await on_stage.start()
    page = await add(on_stage, page, "rule-add:v1:1:all", "level", least="5")
    desk = await press(on_stage, page, "Back")
    assert "It runs" in words(await press(on_stage, desk, "Publish"))
    assert (await giveaway_of(on_stage)).rules.all_of == (AtLevel(level=5),)


async def test_extending_only_makes_it_longer_and_what_has_not_begun_is_not_ended(on_stage: Stage) -> None:
    await draft(on_stage, starts="in 10 minutes")
    await press(on_stage, await on_stage.ask(on_stage.alice, "giveaway edit", giveaway="1"), "Publish")
    refused = await on_stage.ask(on_stage.alice, "giveaway extend", giveaway="1", ends="in 30 minutes")
    assert "would not end later" in words(refused)
    assert "has not started yet" in words(await on_stage.ask(on_stage.alice, "giveaway end", giveaway="1"))


async def test_a_host_who_may_make_none_runs_their_own(on_stage: Stage) -> None:
    await draft(on_stage, host=BOB)
    desk = await on_stage.ask(on_stage.bob, "giveaway edit", giveaway="1")
    done = await (await on_stage.bob.click(desk, "Publish")).finished()
    assert "It runs" in words(done)


# While it runs --------------------------------------------------------------------------------------------------


async def test_what_changes_while_it_runs_is_shown_under_it_with_what_it_was(on_stage: Stage) -> None:
    await begun(on_stage, "A mug")
    await turn(on_stage)
    desk = await on_stage.ask(on_stage.alice, "giveaway edit", giveaway="1")
    await fill(on_stage, desk, "Text…", prize="A cup", text="", winners="2")
    page = await press(on_stage, desk, "Who may enter…")
    page = await add(on_stage, page, "rule-add:v1:1:all", "level", least="5")
    await add(on_stage, page, "rule-add:v1:1:all", "level", least="6")
    await on_stage.ask(on_stage.alice, "giveaway extend", giveaway="1", ends="in 2 days")
    desk = await on_stage.ask(on_stage.alice, "giveaway edit", giveaway="1")
    await fill(on_stage, desk, "Text…", prize="A cup", text="", winners="3")
    await turn(on_stage)
    [board] = told(on_stage)
    said = words(board)
    assert "Prize was changed" in said
    assert "A mug → A cup" in said
    assert "1 → 3" in said, "what was promised first, however often it was changed since"
    assert "Before: none" in said
    assert "End was changed" in said
    assert board.embeds[0]["title"] == "A cup"


async def test_no_number_of_changes_hides_an_earlier_one_and_what_is_as_it_was_is_no_change(on_stage: Stage) -> None:
    await begun(on_stage, "A mug")
    await turn(on_stage)
    desk = await on_stage.ask(on_stage.alice, "giveaway edit", giveaway="1")
    page = await press(on_stage, desk, "Who may enter…")
    await add(on_stage, page, "rule-add:v1:1:all", "level", least="5")
    desk = await on_stage.ask(on_stage.alice, "giveaway edit", giveaway="1")
    for winners in (2, 3, 4, 5, 6, 7, 1):
        await fill(on_stage, desk, "Text…", prize="A mug", text="", winners=str(winners))
    await turn(on_stage)
    [board] = told(on_stage)
    assert "Who may enter was changed" in words(board)
    assert "Winners was changed" not in words(board)


async def test_nothing_is_changed_once_it_is_drawn(on_stage: Stage) -> None:
    await begun(on_stage, "A mug")
    desk = await on_stage.ask(on_stage.alice, "giveaway edit", giveaway="1")
    form = await (await on_stage.alice.click(desk, "Text…")).answered()
    on_stage.clock.advance(seconds=3_600)
    late = await (await on_stage.alice.submit(form, {"prize": "A cup", "text": "", "winners": "1"})).finished()
    assert words(late) == "Giveaway #1 is over."
    assert (await giveaway_of(on_stage)).prize == "A mug"
    assert words(await on_stage.ask(on_stage.alice, "giveaway extend", giveaway="1", ends="in 2 days")) == words(late)


# Ending and drawing once more -------------------------------------------------------------------------------------


async def test_the_menu_of_its_message_ends_it_and_draws_another(on_stage: Stage) -> None:
    await begun(on_stage, "A mug")
    await enter(on_stage, 1, BOB, CAROL)
    await turn(on_stage)
    [board] = told(on_stage)
    question = await (await on_stage.alice.context_menu(GENERAL, "End giveaway", message=board)).finished()
    assert words(question).startswith("End giveaway #1")
    assert (await giveaway_of(on_stage)).status is Status.RUNNING, "it asks first"
    await press(on_stage, question, "End it now")
    await turn(on_stage)
    [first] = [one for one in await drawn(on_stage) if one.state.holds]
    refused = await (await on_stage.bob.context_menu(GENERAL, "Reroll giveaway", message=board)).finished()
    assert words(refused).startswith("Only the host")
    question = await (await on_stage.alice.context_menu(GENERAL, "Reroll giveaway", message=board)).finished()
    chosen = await on_stage.alice.select(question, "giveaway:whom:v1:1", [str(first.user_id)])
    assert words(await chosen.finished()).startswith("Another winner of giveaway #1 is drawn")
    await turn(on_stage)
    [second] = [one for one in await drawn(on_stage) if one.state.holds]
    assert {first.user_id, second.user_id} == {BOB, CAROL}


async def test_a_menu_on_any_other_message_says_that_it_is_no_giveaway(on_stage: Stage) -> None:
    other = await on_stage.bob.say(GENERAL, "Hello")
    refused = await (await on_stage.alice.context_menu(GENERAL, "End giveaway", message=other)).finished()
    assert words(refused) == "That message is no giveaway."


async def test_a_reroll_of_several_winners_asks_in_whose_place_and_keeps_the_reason(on_stage: Stage) -> None:
    await begun(on_stage, "A mug", winners=2)
    await enter(on_stage, 1, BOB, CAROL, DAVE)
    on_stage.clock.advance(seconds=3_601)
    await turn(on_stage)
    held = [one.user_id for one in await drawn(on_stage) if one.state.holds]
    question = await on_stage.ask(on_stage.alice, "giveaway reroll", giveaway="1", reason="No answer")
    assert words(question).startswith("In whose place")
    people = {BOB: "bob", CAROL: "carol", DAVE: "dave"}
    menu = question.control("giveaway:whom:v1:1")
    assert [one["label"] for one in menu["options"]] == [f"{at}. {people[one]}" for at, one in enumerate(held, 1)]
    await (await on_stage.alice.select(question, "giveaway:whom:v1:1", [str(held[0])])).finished()
    [gone] = [one for one in await drawn(on_stage) if one.reason is not None]
    assert len(held) == 2
    assert (gone.user_id, gone.reason) == (held[0], "No answer")


async def test_coins_that_were_paid_are_not_paid_to_another_by_who_may_make_none(on_stage: Stage) -> None:
    await begun(on_stage, "Coins", host_id=BOB, given=Prize(coins=50))
    await enter(on_stage, 1, CAROL, DAVE)
    on_stage.clock.advance(seconds=3_601)
    await turn(on_stage)
    [held] = [one for one in await drawn(on_stage) if one.state.holds]
    refused = await on_stage.ask(on_stage.bob, "giveaway reroll", giveaway="1", winner=held.user_id)
    assert "Manage Server" in words(refused)
    assert [one for one in await drawn(on_stage) if one.state.holds] == [held]
    await on_stage.ask(on_stage.alice, "giveaway reroll", giveaway="1", winner=held.user_id)
    assert len(await drawn(on_stage)) == 2


async def test_a_reroll_names_a_winner_who_holds_a_prize(on_stage: Stage) -> None:
    await begun(on_stage, "A mug")
    await enter(on_stage, 1, BOB, CAROL)
    on_stage.clock.advance(seconds=3_601)
    await turn(on_stage)
    refused = await on_stage.ask(on_stage.alice, "giveaway reroll", giveaway="1", winner=DAVE)
    assert words(refused) == "Giveaway #1 has no such winner in whose place another could be drawn."


async def test_cancelling_asks_first_and_says_why(on_stage: Stage) -> None:
    await begun(on_stage, "A mug")
    question = await on_stage.ask(on_stage.alice, "giveaway cancel", giveaway="1", reason="The mug broke")
    assert (await giveaway_of(on_stage)).status is Status.RUNNING
    await press(on_stage, question, "Cancel it")
    made = await giveaway_of(on_stage)
    assert (made.status, made.reason, made.closed_by) == (Status.CANCELLED, "The mug broke", ALICE)


# Knowing ----------------------------------------------------------------------------------------------------------


async def test_the_list_turns_its_pages_and_shows_drafts_to_their_writers_alone(on_stage: Stage) -> None:
    for number in range(1, 13):
        await begun(on_stage, f"Prize {number}")
    await draft(on_stage)
    page = await on_stage.ask(on_stage.bob, "giveaway list")
    assert "**#12** Prize 12 · running" in words(page)
    assert "Prize 2 " not in words(page)
    older = next(one["custom_id"] for one in page.controls() if one.get("label") and not one.get("disabled"))
    page = await (await on_stage.bob.click(page, older)).finished()
    assert "Prize 2 " in words(page)
    assert "There are none." in words(await on_stage.ask(on_stage.bob, "giveaway list", which="drafts"))
    assert "A mug" in words(await on_stage.ask(on_stage.alice, "giveaway list", which="drafts"))


async def test_what_is_known_of_a_giveaway_begins_with_its_times_and_who_may_enter(on_stage: Stage) -> None:
    desk = await draft(on_stage, starts="in 10 minutes")
    page = await press(on_stage, desk, "Who may enter…")
    await add(on_stage, page, "rule-add:v1:1:all", "role", roles=[FANS])
    await press(on_stage, await on_stage.ask(on_stage.alice, "giveaway edit", giveaway="1"), "Publish")
    begins = (await giveaway_of(on_stage)).starts_at
    assert begins is not None
    starts = int(begins.timestamp())
    about = await on_stage.ask(on_stage.bob, "giveaway info", giveaway="1")
    assert f"**Starts:** <t:{starts}:R>\n**Ends:** <t:" in words(about)
    assert about.embeds[0]["fields"][0] == {
        "name": "Who may enter", "value": f"• the role <@&{FANS}>", "inline": False,
    }  # fmt: skip
    assert f"scheduled · <t:{starts}:R>" in words(await on_stage.ask(on_stage.bob, "giveaway list"))


async def test_what_became_of_a_letter_is_read_by_staff_alone(on_stage: Stage) -> None:
    on_stage.sandbox.world.close_dms(BOB)
    await begun(on_stage, "A mug")
    await enter(on_stage, 1, BOB)
    on_stage.clock.advance(seconds=3_601)
    await turn(on_stage, 5)
    shown = (await on_stage.ask(on_stage.alice, "giveaway info", giveaway="1")).embeds[0]["fields"]
    assert shown[0]["value"] == f"1. <@{BOB}>: won, takes no direct messages"
    shown = (await on_stage.ask(on_stage.carol, "giveaway info", giveaway="1")).embeds[0]["fields"]
    assert shown[0]["value"] == f"1. <@{BOB}>: won"
    assert [one["name"] for one in shown] == ["Drawn, in order", "History", "Commitment"]


async def test_of_a_long_history_the_latest_is_told_and_no_line_is_cut(on_stage: Stage) -> None:
    await begun(on_stage, "A mug " * 18)
    making = on_stage.app.services.giveaway_making if on_stage.app is not None else None
    assert making is not None
    for winners in range(2, 11):
        await making.edit(GUILD, 1, Changes({"winners": winners}), by=ALICE, via=VIA)
    await making.cancel(GUILD, 1, by=ALICE, reason=None, via=VIA)
    shown = (await on_stage.ask(on_stage.bob, "giveaway info", giveaway="1")).embeds[0]["fields"]
    lines = next(one["value"] for one in shown if one["name"] == "History").split("\n")
    assert "was cancelled by" in lines[-1]
    assert len(lines) > 1
    assert all(line.startswith("<t:") and line.rstrip().endswith("mug") for line in lines)


async def test_entrants_are_paged_and_put_into_a_file_for_staff_alone(on_stage: Stage) -> None:
    await begun(on_stage, "A mug")
    await enter(on_stage, 1, *range(9_000, 9_012))
    page = await on_stage.ask(on_stage.alice, "giveaway entrants", giveaway="1")
    assert words(page).endswith("Entrants of giveaway #1: 12")
    assert words(page).count("weight 1") == 10
    page = await press(on_stage, page, "Next")
    assert words(page).count("weight 1") == 2
    page = await press(on_stage, page, "From the beginning")
    assert "<@9000>" in words(page)
    file = await on_stage.ask(on_stage.alice, "giveaway entrants", giveaway="1", file=True)
    [attached] = file.attachments
    assert attached["filename"] == "entrants-1.csv"
    assert words(await on_stage.ask(on_stage.bob, "giveaway entrants", giveaway="1")).startswith("Only the host")
