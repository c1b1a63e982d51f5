"""What members do and what the bot answers, over real sockets."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.sandbox import CannotDo, NotAnswered
from tests.sandbox.meadow import ALICE, BOB, CHANNEL, GUILD, Client, Connect, Meadow, channel_of


def cashier(client: Client) -> None:
    """A bot with a bit of everything."""
    tree = client.tree

    @tree.command(description="Give somebody coins")
    async def pay(interaction: discord.Interaction, member: discord.Member, amount: int) -> None:
        await interaction.response.send_message(f"{amount} to {member.mention}", view=Receipt())

    @tree.command(description="Look into your own purse")
    async def purse(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("12 coins", ephemeral=True)

    @tree.command(description="Think first")
    async def ponder(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="thought")
        await interaction.followup.send("and another thing", ephemeral=True)

    @tree.command(description="Thinks aloud, then better of it")
    async def reconsider(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.delete_original_response()
        await interaction.followup.send("between us", ephemeral=True)

    @tree.command(description="Fill in a form")
    async def apply(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Form())

    @tree.command(description="Send a picture")
    async def show(interaction: discord.Interaction, picture: discord.Attachment) -> None:
        await interaction.response.send_message((await picture.read()).decode())

    tree.add_command(shop())

    @tree.command(description="Mind the order")
    @app_commands.default_permissions(ban_members=True)
    async def banish(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("gone")


def surveyor(client: Client) -> None:
    """A bot with a form of every other kind of field."""

    @client.tree.command(description="Ask around")
    async def survey(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Survey())


def waver(client: Client) -> None:
    """A bot with context menus."""

    @client.tree.context_menu(name="Wave")
    async def wave(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"waves at {member.display_name}")

    @client.tree.context_menu(name="Shout")
    async def shout(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(message.content.upper())


def shop() -> app_commands.Group:
    """A command with a subcommand that suggests."""
    group = app_commands.Group(name="shop", description="Things", guild_only=True)

    @group.command(description="Buy something")
    async def buy(interaction: discord.Interaction, thing: str) -> None:
        await interaction.response.send_message(f"bought {thing}")

    @buy.autocomplete("thing")
    async def things(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        wares = ["apple", "apricot", "bread"]
        return [app_commands.Choice(name=ware, value=ware) for ware in wares if ware.startswith(typed)]

    return group


class Receipt(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Stamp", custom_id="receipt:stamp")
    async def stamp(self, interaction: discord.Interaction, button: discord.ui.Button) -> None:
        button.disabled = True
        await interaction.response.edit_message(content="stamped", view=self)

    @discord.ui.select(cls=discord.ui.UserSelect, custom_id="receipt:witness")
    async def witness(self, interaction: discord.Interaction, select: discord.ui.UserSelect) -> None:
        await interaction.response.send_message(f"seen by {select.values[0].name}")


class Form(discord.ui.Modal, title="Application"):
    name = discord.ui.Label(text="Name", component=discord.ui.TextInput(custom_id="name"))
    colour = discord.ui.Label(
        text="Colour",
        component=discord.ui.Select(
            custom_id="colour", options=[discord.SelectOption(label=one, value=one) for one in ("red", "blue")]
        ),
    )
    paper = discord.ui.Label(text="Paper", component=discord.ui.FileUpload(custom_id="paper", required=False))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        name, colour, paper = self.name.component, self.colour.component, self.paper.component
        assert isinstance(name, discord.ui.TextInput)
        assert isinstance(colour, discord.ui.Select)
        assert isinstance(paper, discord.ui.FileUpload)
        text = (await paper.values[0].read()).decode() if paper.values else "no paper"
        await interaction.response.send_message(f"{name.value}, {colour.values[0]}, {text}")


class Survey(discord.ui.Modal, title="Survey"):
    size: discord.ui.Label[Any] = discord.ui.Label(
        text="Size",
        component=discord.ui.RadioGroup(
            options=[discord.RadioGroupOption(label=one, value=one) for one in ("small", "large")]
        ),
    )
    likes: discord.ui.Label[Any] = discord.ui.Label(
        text="Likes",
        component=discord.ui.CheckboxGroup(
            options=[discord.CheckboxGroupOption(label=one, value=one) for one in ("hay", "straw", "rain")]
        ),
    )
    sure: discord.ui.Label[Any] = discord.ui.Label(text="Sure?", component=discord.ui.Checkbox())
    where: discord.ui.Label[Any] = discord.ui.Label(text="Where", component=discord.ui.ChannelSelect())
    whom: discord.ui.Label[Any] = discord.ui.Label(text="Whom", component=discord.ui.MentionableSelect())

    async def on_submit(self, interaction: discord.Interaction) -> None:
        fields: list[Any] = [one.component for one in (self.size, self.likes, self.sure, self.where, self.whom)]
        size, likes, sure, where, whom = fields
        words = [size.value, *likes.values, str(sure.value), where.values[0].name, whom.values[0].name]
        await interaction.response.send_message(" ".join(words))


async def test_a_member_runs_a_command_and_sees_the_answer(meadow: Meadow, connect: Connect) -> None:
    client = await connect(cashier)
    assert {one.name for one in client.synced} >= {"pay", "purse", "shop", "banish"}
    exchange = await meadow.alice.slash(CHANNEL, "pay", member=BOB, amount=50)
    answer = await exchange.finished()
    assert answer.content == f"50 to <@{BOB}>"
    assert exchange.kind == "message"
    assert meadow.sandbox.view(BOB).messages(CHANNEL) == [answer]


async def test_an_ephemeral_answer_is_seen_by_its_member_alone(meadow: Meadow, connect: Connect) -> None:
    await connect(cashier)
    with meadow.sandbox.view(ALICE) as alice, meadow.sandbox.view(BOB) as bob:
        answer = await (await meadow.alice.slash(CHANNEL, "purse")).finished()
        assert answer.ephemeral
        assert (await alice.wait_for(lambda message: message.content == "12 coins")) == answer
        assert bob.messages() == []
    with pytest.raises(CannotDo, match="sees no message"):
        await meadow.bob.click(answer.id, "anything")


async def test_a_button_changes_its_message_and_cannot_be_pressed_twice(meadow: Meadow, connect: Connect) -> None:
    await connect(cashier)
    receipt = await (await meadow.alice.slash(CHANNEL, "pay", member=BOB, amount=1)).finished()
    pressed = await meadow.bob.click(receipt, "Stamp")
    stamped = await pressed.finished()
    assert (stamped.id, stamped.content, pressed.kind) == (receipt.id, "stamped", "update")
    with pytest.raises(CannotDo, match="disabled"):
        await meadow.alice.click(stamped, "receipt:stamp")
    with pytest.raises(CannotDo, match="no button"):
        await meadow.alice.click(stamped, "Burn")


async def test_a_select_hands_over_whom_it_was_given(meadow: Meadow, connect: Connect) -> None:
    await connect(cashier)
    receipt = await (await meadow.alice.slash(CHANNEL, "pay", member=BOB, amount=1)).finished()
    chosen = await meadow.alice.select(receipt, "receipt:witness", [BOB])
    assert (await chosen.finished()).content == "seen by bob"


async def test_a_form_is_shown_filled_in_and_sent_once(meadow: Meadow, connect: Connect) -> None:
    await connect(cashier)
    shown = await (await meadow.alice.slash(CHANNEL, "apply")).answered()
    assert shown.kind == "modal"
    with pytest.raises(CannotDo, match="must be filled in"):
        await meadow.alice.submit(shown, {"Colour": "red"})
    with pytest.raises(CannotDo, match="shows this person no modal"):
        await meadow.bob.submit(shown, {"name": "Bob", "colour": "red"})
    fields = {"Name": "Alice", "colour": "blue", "Paper": ("cv.txt", b"I sheared sheep.")}
    sent = await meadow.alice.submit(shown, fields)
    assert (await sent.finished()).content == "Alice, blue, I sheared sheep."
    with pytest.raises(CannotDo, match="already"):
        await meadow.alice.submit(shown, fields)


async def test_every_kind_of_field_can_be_filled_in(meadow: Meadow, connect: Connect) -> None:
    await connect(surveyor)
    role = meadow.world.add_role(GUILD, "Shepherd")
    shown = await (await meadow.alice.slash(CHANNEL, "survey")).answered()
    answers = {"Size": "large", "Likes": ["hay", "rain"], "Sure?": True, "Where": CHANNEL, "Whom": role}
    with pytest.raises(CannotDo, match="offers"):
        await meadow.alice.submit(shown, answers | {"Size": "huge"})
    sent = await meadow.alice.submit(shown, answers)
    assert (await sent.finished()).content == "large hay rain True general Shepherd"


async def test_typing_brings_suggestions(meadow: Meadow, connect: Connect) -> None:
    await connect(cashier)
    typing = await (await meadow.alice.autocomplete(CHANNEL, "shop buy", "thing", "ap")).answered()
    assert [choice["value"] for choice in typing.choices] == ["apple", "apricot"]
    bought = await (await meadow.alice.slash(CHANNEL, "shop buy", thing="apple")).finished()
    assert bought.content == "bought apple"


async def test_a_deferred_answer_is_completed_and_followed_up(meadow: Meadow, connect: Connect) -> None:
    await connect(cashier)
    exchange = await meadow.alice.slash(CHANNEL, "ponder")
    assert (await exchange.finished()).content == "thought"
    (more,) = await exchange.followed_up()
    assert (more.content, more.ephemeral) == ("and another thing", True)


async def test_a_placeholder_taken_back_gives_way_to_a_private_word(meadow: Meadow, connect: Connect) -> None:
    await connect(cashier)
    answer = await (await meadow.alice.slash(CHANNEL, "reconsider")).finished()
    assert (answer.content, answer.ephemeral) == ("between us", True)
    assert meadow.sandbox.view(BOB).messages() == []


async def test_an_attached_file_can_be_read_by_the_bot(meadow: Meadow, connect: Connect) -> None:
    await connect(cashier)
    shown = await meadow.alice.slash(CHANNEL, "show", picture=("sheep.txt", b"baa"))
    assert (await shown.finished()).content == "baa"


async def test_context_menus_know_their_target(meadow: Meadow, connect: Connect) -> None:
    await connect(waver)
    waved = await meadow.alice.context_menu(CHANNEL, "Wave", user=BOB)
    assert (await waved.finished()).content == "waves at bob"
    said = await meadow.bob.say(CHANNEL, "hello")
    shouted = await meadow.alice.context_menu(CHANNEL, "Shout", message=said)
    assert (await shouted.finished()).content == "HELLO"


async def test_nobody_does_what_discord_would_not_let_them(meadow: Meadow, connect: Connect) -> None:
    await connect(cashier)
    hidden = meadow.world.add_channel(GUILD, "cellar", hidden_from_everyone=True)
    for refused in (
        meadow.alice.say(hidden, "hello?"),
        meadow.alice.slash(hidden, "purse"),
        meadow.alice.slash(CHANNEL, "nosuch"),
        meadow.alice.slash(CHANNEL, "banish"),
        meadow.alice.slash(CHANNEL, "shop"),
        meadow.alice.slash(CHANNEL, "pay", member=BOB),
        meadow.alice.slash(CHANNEL, "pay", member=BOB, amount="lots"),
        meadow.alice.slash(CHANNEL, "pay", member=12345, amount=1),
    ):
        with pytest.raises(CannotDo):
            await refused


async def test_after_three_seconds_the_answer_comes_too_late(meadow: Meadow, connect: Connect) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()
    refusals: list[int] = []

    def slowcoach(client: Client) -> None:
        @client.tree.command(description="Too slow")
        async def slow(interaction: discord.Interaction) -> None:
            asked.set()
            await go_on.wait()
            try:
                await interaction.response.send_message("at last")
            except discord.NotFound as error:
                refusals.append(error.code)
            go_on.clear()

    await connect(slowcoach)
    exchange = await meadow.alice.slash(CHANNEL, "slow")
    await asked.wait()
    meadow.sandbox.clock.advance(3.0)
    assert (await exchange.answered()).failed == "The application did not respond"
    with pytest.raises(NotAnswered, match="did not respond"):
        await exchange.finished()
    go_on.set()
    async with asyncio.timeout(5):
        while not refusals:
            await asyncio.sleep(0.01)
    assert refusals == [10062]


async def test_after_fifteen_minutes_the_token_is_dead(meadow: Meadow, connect: Connect) -> None:
    kept: list[discord.Interaction] = []

    def keeper(client: Client) -> None:
        @client.tree.command(description="Keeps its interaction")
        async def keep(interaction: discord.Interaction) -> None:
            kept.append(interaction)
            await interaction.response.send_message("yes")

    await connect(keeper)
    await (await meadow.alice.slash(CHANNEL, "keep")).finished()
    meadow.sandbox.clock.advance(15 * 60)
    with pytest.raises(discord.NotFound) as refusal:
        await kept[0].followup.send("still there?")
    assert refusal.value.code == 10015


async def test_a_member_writes_in_private_and_is_answered(meadow: Meadow, connect: Connect) -> None:
    client = await connect()
    with meadow.sandbox.view(ALICE) as alice, meadow.sandbox.view(BOB) as bob:
        await meadow.alice.send_dm("psst")
        assert await client.until_heard(1) == ["psst"]
        await (await client.fetch_user(ALICE)).send("I hear you")
        await alice.wait_for(lambda message: message.content == "I hear you")
        assert [message.content for message in alice.direct_messages()] == ["psst", "I hear you"]
        assert bob.messages() == []


async def test_the_same_interaction_can_arrive_twice(meadow: Meadow, connect: Connect) -> None:
    seen: list[int] = []
    twice = asyncio.Event()

    def counter(client: Client) -> None:
        @client.tree.command(description="Counts")
        async def count(interaction: discord.Interaction) -> None:
            seen.append(interaction.id)
            if len(seen) == 1:
                await interaction.response.send_message("one")
            else:
                twice.set()

    await connect(counter)
    exchange = await meadow.alice.slash(CHANNEL, "count")
    await exchange.finished()
    meadow.sandbox.replay(exchange)
    await asyncio.wait_for(twice.wait(), 5)
    assert seen == [exchange.id, exchange.id]


async def test_a_lost_interaction_looks_like_silence(meadow: Meadow, connect: Connect) -> None:
    await connect(cashier)
    meadow.sandbox.faults.drop_interactions()
    lost = await meadow.alice.slash(CHANNEL, "purse")
    meadow.sandbox.clock.advance(3)
    assert (await lost.answered()).failed
    assert (await (await meadow.alice.slash(CHANNEL, "purse")).finished()).content == "12 coins"


async def test_two_hundred_members_may_ask_at_once(meadow: Meadow, connect: Connect) -> None:
    await connect(cashier)
    exchanges = [await meadow.alice.slash(CHANNEL, "purse") for _ in range(200)]
    answers = await asyncio.gather(*(exchange.finished() for exchange in exchanges))
    assert len({answer.id for answer in answers}) == 200


async def test_members_come_write_change_their_mind_and_go(meadow: Meadow, connect: Connect) -> None:
    client = await connect()
    carol = meadow.sandbox.as_member(GUILD, meadow.world.add_user("carol"))
    joined = asyncio.create_task(client.wait_for("member_join", timeout=5))
    edited = asyncio.create_task(client.wait_for("message_edit", timeout=5))
    deleted = asyncio.create_task(client.wait_for("message_delete", timeout=5))
    left = asyncio.create_task(client.wait_for("member_remove", timeout=5))
    await asyncio.sleep(0)
    await carol.join()
    said = await carol.say(CHANNEL, "helo", files=[("a.txt", b"a")])
    await carol.edit(said, "hello")
    await carol.delete(said)
    await carol.leave()
    assert (await joined).name == "carol"
    assert (await edited)[1].content == "hello"
    assert (await deleted).id == said.id
    assert (await left).name == "carol"


async def test_a_view_tells_changes_as_they_happen(meadow: Meadow) -> None:
    with meadow.sandbox.view(BOB) as bob:
        changes = bob.changes()
        first = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        said = await meadow.alice.say(CHANNEL, "one")
        assert (await asyncio.wait_for(first, 5)).message == said
        await meadow.alice.delete(said)
        gone = await asyncio.wait_for(anext(changes), 5)
        assert (gone.kind, gone.message.id) == ("deleted", said.id)
        with pytest.raises(TimeoutError, match="saw no such message"):
            await bob.wait_for(lambda message: message.content == "two", timeout=0.05)
        await changes.aclose()


async def test_the_clock_is_the_real_one(meadow: Meadow) -> None:
    assert abs((meadow.sandbox.clock.now() - datetime.now(UTC)).total_seconds()) < 1
    meadow.sandbox.clock.advance(3600)
    assert abs((meadow.sandbox.clock.now() - datetime.now(UTC)).total_seconds() - 3600) < 1


async def test_the_client_sees_the_channel_it_was_told_of(connect: Connect) -> None:
    assert channel_of(await connect()).name == "general"
