"""The prompt and the scene player, driven through a pipe, with a real discord.py client at the other end."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import discord
import pytest
from discord import app_commands
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.sandbox import Sandbox
from bot.sandbox.terminal import Paint, Prompt, Scene, SceneFailed, Stage, Step
from tests.sandbox.meadow import ALICE, BOB, CHANNEL, GUILD, WAIT, Client, Connect

STAFF = 900_000_000_000_000_020


class Form(discord.ui.Modal, title="A gift"):
    whom = discord.ui.Label(text="To whom", component=discord.ui.UserSelect())
    what = discord.ui.Label(text="What", component=discord.ui.TextInput(placeholder="a pie"))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        assert isinstance(self.whom.component, discord.ui.UserSelect)
        assert isinstance(self.what.component, discord.ui.TextInput)
        someone = self.whom.component.values[0]
        await interaction.response.send_message(f"{someone.mention} gets **{self.what.component.value}**")


class Buttons(discord.ui.View):
    @discord.ui.button(label="Give")
    async def give(self, interaction: discord.Interaction[Any], _button: Any) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.button(label="Later", disabled=True)
    async def later(self, interaction: discord.Interaction[Any], _button: Any) -> None: ...

    @discord.ui.select(
        placeholder="Colour", options=[discord.SelectOption(label="Red", value="r"), discord.SelectOption(label="Blue")]
    )
    async def colour(self, interaction: discord.Interaction[Any], select: Any) -> None:
        await interaction.response.edit_message(content=f"You chose {select.values[0]}.")


class Label(discord.ui.Modal, title="A label"):
    note = discord.ui.Label(text="Note", component=discord.ui.TextInput(default="old", required=False))
    name = discord.ui.Label(text="Name", component=discord.ui.TextInput())
    extra = discord.ui.Label(text="Extra", component=discord.ui.TextInput(required=False))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        note, name, extra = (one.component.value for one in (self.note, self.name, self.extra))  # pyright: ignore[reportAttributeAccessIssue]
        await interaction.response.send_message(f"Kept: {note!r}, name: {name!r}, extra: {extra!r}")


class Desk(discord.ui.View):
    """Controls as bots like to call them."""

    @discord.ui.button(label="💸 Pay someone…")
    async def pay(self, interaction: discord.Interaction[Any], _button: Any) -> None:
        await interaction.response.edit_message(content="You pay.")

    @discord.ui.button(label="Page 2")
    async def second(self, interaction: discord.Interaction[Any], _button: Any) -> None:
        await interaction.response.edit_message(content="The second page.")

    @discord.ui.button(label="Page 3")
    async def third(self, interaction: discord.Interaction[Any], _button: Any) -> None: ...

    @discord.ui.button(emoji="\N{BLACK RIGHT-POINTING TRIANGLE}")
    async def onward(self, interaction: discord.Interaction[Any], _button: Any) -> None:
        await interaction.response.edit_message(content="Onward.")

    @discord.ui.select(
        placeholder="🎨 Colour…", options=[discord.SelectOption(label="🔴 Red"), discord.SelectOption(label="Reddish")]
    )
    async def colour(self, interaction: discord.Interaction[Any], select: Any) -> None:
        await interaction.response.edit_message(content=f"In {select.values[0]}.")

    @discord.ui.select(
        placeholder="Size",
        options=[discord.SelectOption(label=one) for one in ("Large", "In red", "Shoes: wide, flat")],
    )
    async def size(self, interaction: discord.Interaction[Any], select: Any) -> None:
        await interaction.response.edit_message(content=f"{select.values[0]} it is.")


def prepare(client: Client) -> None:
    @client.tree.command(name="desk", description="Sit down.")
    async def desk(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message("A desk.", view=Desk())

    @client.tree.command(name="label", description="Write a label.")
    async def label(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_modal(Label())

    @client.tree.command(name="when", description="Tell the time.")
    async def when(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(f"{interaction.locale}: <t:1772625600:f>", ephemeral=True)

    @client.tree.context_menu(name="Wave at")
    async def wave(interaction: discord.Interaction[Any], member: discord.Member) -> None:
        await interaction.response.send_message(f"{interaction.user.mention} waves at {member.mention}.")

    @client.tree.command(name="shop", description="Look at the shop.")
    async def shop(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message("Only for you.", ephemeral=True, view=Buttons())

    @client.tree.command(name="greet", description="Greet somebody.")
    async def greet(interaction: discord.Interaction[Any], member: discord.Member, word: str = "Hello") -> None:
        await interaction.response.send_message(f"{word}, {member.mention}!")

    @greet.autocomplete("word")
    async def suggest(_interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current} day", value=f"{current} day")]


@pytest.fixture
def stage(sandbox: Sandbox) -> Iterator[Stage]:
    sandbox.world.add_channel(GUILD, "staff", id=STAFF, hidden_from_everyone=True)
    sandbox.world.overwrite(STAFF, BOB, allow=["view_channel"])
    with Stage(sandbox, GUILD, [ALICE, BOB], start=CHANNEL) as stage:
        yield stage


@pytest.fixture
async def client(connect: Connect, stage: Stage) -> Client:
    return await connect(prepare)


@pytest.fixture
def keyboard() -> Iterator[PipeInput]:
    with create_pipe_input() as keyboard:
        yield keyboard


Typed = Callable[..., Any]


@pytest.fixture
async def typed(stage: Stage, keyboard: PipeInput) -> AsyncIterator[Typed]:
    """Type lines as alice, and see what is shown; the prompt must end by itself."""

    async def typed(*lines: str, end: str = "quit\r") -> str:
        shown: list[str] = []
        prompt = Prompt(stage, Paint(), shown.append, user=ALICE, source=keyboard, target=DummyOutput())
        keyboard.send_text("".join(f"{line}\r" for line in lines) + end)
        async with asyncio.timeout(WAIT * 2):
            await prompt.run()
        return "\n".join(shown)

    yield typed  # noqa: PT022 — a coroutine fixture keeps the loop of the test


async def test_a_command_is_seen_by_everyone(client: Client, typed: Typed) -> None:
    shown = await typed("/greet member:@bob word:Good day")
    assert shown == "  everyone in #general sees:\n    Folkmoot [BOT]\n    Good day, @bob!"


async def test_a_private_answer_a_button_and_its_form(client: Client, typed: Typed) -> None:
    shown = await typed("/shop", "press give", "@nobody", "@bob", "an apple pie")
    assert "  only alice sees:\n    Folkmoot [BOT] · only you can see this\n    Only for you." in shown
    assert "[ Give ]  ( Later )" in shown
    assert "│ A gift" in shown
    assert "“To whom” takes one of" in shown
    assert "everyone in #general sees:\n    Folkmoot [BOT]\n    @bob gets an apple pie" in shown


async def test_fields_are_kept_emptied_and_named(client: Client, typed: Typed) -> None:
    shown = await typed("/label", "", "name: Ann", "")
    assert "Kept: 'old', name: 'Ann', extra: ''" in shown
    shown = await typed("/label", '""', '""', "Ann", 'extra:""')
    assert "“Name” must be filled in." in shown
    assert "Kept: '', name: 'Ann', extra: ''" in shown
    shown = await typed("/label", "extra: more", "new", "Ann")
    assert "Kept: 'new', name: 'Ann', extra: 'more'" in shown


async def test_a_button_by_number_and_a_closed_form(client: Client, typed: Typed) -> None:
    shown = await typed("/shop", "press 1", end="\x04quit\r")
    assert shown.endswith("The form is closed, and nothing was sent.")


async def test_a_choice_in_a_menu(client: Client, typed: Typed) -> None:
    shown = await typed("/shop", "select green", "select Colour: red")
    assert "“Colour” offers Red, Blue; “green” is none of them." in shown
    assert "only alice sees this change:" in shown
    assert "You chose r." in shown


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("press pay", "You pay."),
        ("press PAY SOMEONE", "You pay."),
        ("press 💸 Pay someone…", "You pay."),
        ("press page 2", "The second page."),
        ("press \N{BLACK RIGHT-POINTING TRIANGLE}", "Onward."),
        ("press page", "“page” may be “Page 2” or “Page 3”; type more of it."),
        ("press pages", "There is no button “pages” in sight here; there is 💸 Pay someone…, Page 2, Page 3, ▶."),
        ("select red", "In 🔴 Red."),
        ("select in r", "In red it is."),
        ("select col: reddish", "In Reddish."),
        ("select colour: re", "“re” may be “🔴 Red” or “Reddish”; type more of it."),
        ("select large", "Large it is."),
        ("select Shoes: wide, flat", "Shoes: wide, flat it is."),
        ("select size: shoes", "Shoes: wide, flat it is."),
        ("select green", "one of 🎨 Colour…, Size"),
        ("select flavour: mint", "There is no menu “flavour” in sight here; there is 🎨 Colour…, Size."),
        ("menu wave @bob", "@alice waves at @bob."),
        ("menu @bob", "@alice waves at @bob."),
        ("menu", "On a person: menu Wave at @name"),
        ("menu Hug @bob", "There is no “Hug” in that menu; there is Wave at."),
    ],
)
async def test_controls_are_called_as_one_types(client: Client, typed: Typed, line: str, seen: str) -> None:
    assert seen.casefold() in (await typed("/desk", line)).casefold()


async def test_tab_offers_what_is_in_sight(client: Client, stage: Stage, typed: Typed, keyboard: PipeInput) -> None:
    await typed("/desk")
    prompt = Prompt(stage, Paint(), lambda _: None, user=ALICE, source=keyboard, target=DummyOutput())
    for line, offered in {"press pay": "💸 Pay someone…", "select red": "🔴 Red", "menu w": "Wave at"}.items():
        assert offered in [offer.text for offer in prompt._offers(line)]


async def test_what_cannot_be_done_is_one_line(client: Client, typed: Typed) -> None:
    shown = await typed(
        "press 1", "/shop", "press Later", "press Nothing", "press 7", "in #staff", "foo", "/grt", "join"
    )
    for line in (
        "There is no button in sight here.",
        "“Later” can't be pressed just now.",
        "There is no button “Nothing” in sight here; there is Give.",
        "You see no channel #staff; you see #general.",
        "I don't know “foo”.",
        "There is no command /grt for you here. Did you mean /greet?",
        "Already a member.",
    ):
        assert f"  {line}" in shown


async def test_being_others_in_other_places(client: Client, typed: Typed) -> None:
    shown = await typed("bob: in #staff", "say hello @alice", "who", "look", "as alice", "dm psst", "look", "help")
    assert "  in #staff, bob sees:\n    bob\n    hello @alice" in shown
    assert "  bob          member                   #staff  ← you" in shown
    assert "  bob is in #staff and can go to #general and #staff." in shown
    assert "  alice, in direct messages, sees:\n    alice\n    psst" in shown
    assert "/greet member:@name [word:…]  Greet somebody." in shown


async def test_a_copied_line_is_done_by_whom_its_prompt_names_and_nobody_else(client: Client, typed: Typed) -> None:
    shown = await typed("bob> /greet @alice", "bob #staff> say hello", "who", "zoe> look")
    assert "Hello, @alice!" in shown
    assert "    bob\n    hello" in shown
    assert re.search(r"alice .*← you", shown), "who was at the keyboard before still is"
    assert "There is no “zoe” to be" in shown


async def test_times_and_words_are_those_of_ones_own_discord(client: Client, typed: Typed, stage: Stage) -> None:
    shown = await typed("client de Asia/Tokyo", "/when", "as bob", "/when")
    assert "alice's Discord speaks de now, in the time zone Asia/Tokyo." in shown
    assert "de: 4. März 2026 21:00 JST" in shown
    assert "en-US: 4 March 2026" in shown
    with stage.first_clients():
        assert "en-US: 4 March 2026" in await typed("/when")


async def test_leaving_and_coming_back(client: Client, typed: Typed) -> None:
    shown = await typed("leave", "/shop", "who", "join", "/shop")
    assert "alice has left" in shown
    assert "There are no commands for you here." in shown
    assert "not in the guild" in shown
    assert shown.index("alice has joined") < shown.index("Only for you.")


async def test_a_bot_that_is_not_there(stage: Stage, sandbox: Sandbox, typed: Typed) -> None:
    command = {"name": "shop", "type": 1, "description": "Nobody home."}
    sandbox.world.backend.register_commands(None, [command])
    asyncio.get_running_loop().call_later(0.1, sandbox.clock.advance, 4.0)
    assert await typed("/shop") == "  only alice reads: The application did not respond"


async def test_ctrl_c_and_ctrl_d_end_it(stage: Stage, typed: Typed) -> None:
    assert await typed(end="\x04") == ""
    assert await typed(end="half a li\x03") == ""


async def test_what_comes_later_is_shown_too(stage: Stage, sandbox: Sandbox, keyboard: PipeInput) -> None:
    shown: list[str] = []
    told = asyncio.Event()

    def write(text: str) -> None:
        shown.append(text)
        told.set()

    prompt = Prompt(stage, Paint(), write, user=ALICE, source=keyboard, target=DummyOutput())
    running = asyncio.create_task(prompt.run())
    await asyncio.sleep(0)  # the prompt listens
    await sandbox.as_member(GUILD, BOB).say(CHANNEL, "here I am")
    async with asyncio.timeout(WAIT):
        await told.wait()
        keyboard.send_text("quit\r")
        await running
    assert shown == ["  everyone in #general sees:\n    bob\n    here I am"]


async def test_the_bot_is_asked_for_suggestions(client: Client, stage: Stage, keyboard: PipeInput) -> None:
    prompt = Prompt(stage, Paint(), lambda _: None, user=ALICE, source=keyboard, target=DummyOutput())
    found = [offer.text async for offer in prompt._suggest("/greet member:@bob word:Sunny")]
    assert found == ["Sunny day"]
    assert [offer async for offer in prompt._suggest("/greet member:@b")] == []


# Scenes -------------------------------------------------------------------------------------------------


async def test_a_scene_is_played_from_data(client: Client, stage: Stage) -> None:
    shown: list[str] = []
    steps = [
        Step("bob", "in #staff"),
        Step("bob", "in #general"),
        Step("alice", "/shop", before="Let us buy.", expect=("nothing", "only for you")),
        Step("alice", "press Give", form={"To whom": "@bob", "What": "a pie"}, expect=("gets **a pie**",)),
        Step("alice", "press Later", only_if="Later"),
    ]
    await Scene(stage, Paint(), shown.append).play(steps)
    assert "Let us buy.\nalice> /shop\n  only alice sees:" in "\n".join(shown)
    assert "  alice fills in:\n    │ A gift\n    │ To whom: @bob\n    │ What: a pie" in "\n".join(shown)
    assert "press Later" not in "\n".join(shown)


async def test_a_later_step_can_name_what_an_earlier_one_showed(client: Client, stage: Stage) -> None:
    shown: list[str] = []
    steps = [Step("alice", "/shop", remember=r"(?P<what>\w+) for you"), Step("alice", "say {what} this")]
    await Scene(stage, Paint(), shown.append).play(steps)
    assert "alice> say Only this" in "\n".join(shown)


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Step("alice", "/nothing"), "alice typed “/nothing”: There is no command"),
        (Step("alice", "press Give"), "no button in sight"),
        (Step("alice", "/shop", expect=("Something else",)), "nobody saw “Something else”"),
        (Step("zoe", "/shop"), "nobody called zoe"),
        (Step("alice", "  "), "asks for nothing"),
    ],
)
async def test_a_step_that_goes_wrong_ends_the_scene(client: Client, stage: Stage, step: Step, says: str) -> None:
    with pytest.raises(SceneFailed, match=says):
        await Scene(stage, Paint(), lambda _: None).play([step])


async def test_a_scene_that_goes_on_tells_what_went_otherwise(client: Client, stage: Stage) -> None:
    shown: list[str] = []
    steps = [
        Step("alice", "/nothing"),
        Step("zoe", "/shop"),
        Step("alice", "/shop", expect=("Something else",)),
        Step("alice", "/greet member:@bob", expect=("Hello",)),
    ]
    assert await Scene(stage, Paint(), shown.append, goes_on=True).play(steps) == 3
    told = [line for line in shown if "Otherwise" in line]
    assert "There is no command /nothing" in told[0]
    assert told[1:] == [
        "  Otherwise than it was written: there is nobody called zoe.",
        "  Otherwise than it was written: nobody saw “Something else”.",
    ]
    assert "Hello, @bob!" in shown[-1]


async def test_silence_ends_the_scene(client: Client, stage: Stage, sandbox: Sandbox) -> None:
    sandbox.faults.drop_interactions()
    asyncio.get_running_loop().call_later(0.1, sandbox.clock.advance, 4.0)
    with pytest.raises(SceneFailed, match="did not respond"):
        await Scene(stage, Paint(), lambda _: None).play([Step("alice", "/shop")])
