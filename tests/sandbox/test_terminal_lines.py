"""What is typed, and what it means."""

import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox.terminal.completion import InSight, continuations
from bot.sandbox.terminal.fields import Field, answered, field_called, fields_of, read_answer
from bot.sandbox.terminal.lines import (
    Client,
    Go,
    Line,
    Menu,
    NotUnderstood,
    Plain,
    Press,
    Say,
    Select,
    Slash,
    Surroundings,
    copied,
    parse,
    usage,
)
from bot.sandbox.terminal.names import Names

OLA, MIRA, BOT = 100_000_000_000_000_001, 100_000_000_000_000_002, 100_000_000_000_000_003
GENERAL, STAFF, MODERATORS = 100_000_000_000_000_010, 100_000_000_000_000_011, 100_000_000_000_000_020


def option(name: str, kind: int, *, required: bool = False, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "required": required, "description": f"the {name}", **more}


COMMANDS = [
    {"name": "balance", "type": 1, "description": "Look.", "options": [option("member", 6)]},
    {
        "name": "pay", "type": 1, "description": "Give.",
        "options": [option("member", 6, required=True), option("amount", 4, required=True), option("note", 3)],
    },
    {"name": "xp", "type": 1, "options": [{"name": "add", "type": 1, "options": [option("factor", 10)]}]},
    {
        "name": "mix", "type": 1,
        "options": [
            option("sure", 5), option("where", 7), option("role", 8), option("either", 9), option("file", 11),
            option("size", 3, choices=[{"name": "Large", "value": "l"}, {"name": "Small", "value": "s"}]),
        ],
    },
    {"name": "Report", "type": 2},
]  # fmt: skip
NAMES = Names(
    {OLA: "ola", MIRA: "mira", BOT: "Folkmoot"}, {GENERAL: "general", STAFF: "staff"}, {MODERATORS: "Moderators"}
)
HERE = Surroundings(NAMES, COMMANDS, (OLA, MIRA))


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("/balance", Slash("balance")),
        ("  /balance member:@mira ", Slash("balance", {"member": MIRA})),
        ("/pay member:@MIRA amount:1,000", Slash("pay", {"member": MIRA, "amount": 1000})),
        ("/pay amount:50 member:mira", Slash("pay", {"amount": 50, "member": MIRA})),
        (f"/pay member:<@{MIRA}> amount:-5", Slash("pay", {"member": MIRA, "amount": -5})),
        ("/pay member: @mira amount: 5", Slash("pay", {"member": MIRA, "amount": 5})),
        ("/pay @mira 50", Slash("pay", {"member": MIRA, "amount": 50})),
        ("/pay @mira 50 many thanks", Slash("pay", {"member": MIRA, "amount": 50, "note": "many thanks"})),
        (
            '/pay member:@mira amount:5 note:"for: the @ola tea"',
            Slash("pay", {"member": MIRA, "amount": 5, "note": f"for: the <@{OLA}> tea"}),
        ),
        (
            "/pay note:two words amount:5 member:@mira",
            Slash("pay", {"note": "two words", "amount": 5, "member": MIRA}),
        ),
        ("/xp add factor:1.5", Slash("xp add", {"factor": 1.5})),
        (
            "/mix sure:yes where:#staff role:@moderators",
            Slash("mix", {"sure": True, "where": STAFF, "role": MODERATORS}),
        ),
        ("/mix either:@Moderators size:large", Slash("mix", {"either": MODERATORS, "size": "l"})),
        ("/mix size:sm", Slash("mix", {"size": "s"})),
        ("press Pay someone", Press("Pay someone")),
        ('press "Pay someone"', Press("Pay someone")),
        ("press 1", Press("1")),
        ("select red, light blue", Select(None, ("red", "light blue"))),
        ("select Colour: red", Select("Colour", ("red",))),
        ("menu Report @mira", Menu("Report", MIRA)),
        ("menu Report", Menu("Report")),
        ("menu @mira", Menu("", MIRA)),
        ("menu", Menu("")),
        ("say hello @mira in #staff, @nobody", Say(f"hello <@{MIRA}> in <#{STAFF}>, @nobody")),
        ("in #staff", Go(STAFF)),
        ("in staff", Go(STAFF)),
        ("client de Europe/Berlin", Client("de", ZoneInfo("Europe/Berlin"))),
        ("client en-us", Client("en-US")),
        ("dm", Go(None)),
        ("dm hello", Go(None, "hello")),
        ("look", Plain("look")),
        ("exit", Plain("quit")),
        ("WHO", Plain("who")),
    ],
)
def test_a_line_asks_for_an_action(line: str, action: Any) -> None:
    assert parse(line, HERE) == Line(action)


def test_a_file_is_made_up() -> None:
    action = parse("/mix file:notes.txt", HERE).action
    assert isinstance(action, Slash)
    assert action.options["file"][0] == "notes.txt"


def test_becoming_somebody_else() -> None:
    assert parse("as mira", HERE) == Line(become=MIRA)
    assert parse("mira: /balance", HERE) == Line(Slash("balance"), MIRA)
    assert parse("@ola:", HERE) == Line(become=OLA)
    assert parse("", HERE) == Line()


@pytest.mark.parametrize("line", ["mira> /balance", "@mira #staff> /balance", "  mira (dm)>/balance"])
def test_a_line_may_be_copied_with_its_prompt(line: str) -> None:
    assert copied(line, HERE) == (MIRA, "/balance")


def test_what_is_no_prompt_is_left_as_it_is() -> None:
    assert copied("say 3 > 2", HERE) == (None, "say 3 > 2")
    assert copied("mira: say > that", HERE) == (None, "mira: say > that")
    with pytest.raises(NotUnderstood, match="There is no “moderator” to be"):
        copied("moderator> /balance", HERE)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/pya member:@mira", "Did you mean /pay?"),
        ("/xp", "only the beginning: there are /xp add"),
        ("/pay member:@mira", "“amount” is missing. Like this: /pay member:@name amount:50 [note:…]"),
        ("/pay member:@nobody amount:5", "“member” takes one of @ola, @mira, @Folkmoot"),
        ("/pay member:@mira amount:much", "“amount” is a whole number, not “much”"),
        ("/balance @mira now", "I can't place “@mira now”"),
        ("/mix sure:perhaps", "“sure” is yes or no"),
        ("/mix size:huge", "“size” is one of Large, Small"),
        ("/mix where:#attic", "“where” takes one of #general, #staff"),
        ("/Report", "no command /Report for you here"),
        ("prss 1", "Did you mean press?"),
        ("balance", "Did you mean /balance?"),
        ("hello there", "say …"),
        ("client xx", "Discord does not speak “xx”"),
        ("client de Mars/Base", "“Mars/Base” is no time zone"),
        ("say", "Like this: say hello"),
        ("in #attic", "You see no channel #attic; you see #general, #staff"),
        ("as Folkmoot", "to be; there are ola, mira"),
        ("bob: /balance", "There is no “bob” to be"),
        ("menu Report @bob", "nobody called @bob"),
    ],
)
def test_a_line_that_means_nothing_is_answered_with_what_would(line: str, says: str) -> None:
    with pytest.raises(NotUnderstood, match=re.escape(says)):
        parse(line, HERE)


def test_without_commands_it_says_so() -> None:
    with pytest.raises(NotUnderstood, match="no commands for you here"):
        parse("/pay", Surroundings(NAMES, (), (OLA,)))


def test_sentences_for_programs_get_names() -> None:
    assert NAMES.spoken(f"channel {STAFF} is hidden from user {MIRA}, says 12") == (
        "channel #staff is hidden from user mira, says 12"
    )


def test_how_a_command_is_typed() -> None:
    assert usage("pay", COMMANDS[1]) == "/pay member:@name amount:50 [note:…]"


SIGHT = InSight(
    ["Pay someone", "📄 Statement…"], {"🎨 Colour…": ["Light red", "Blue"], "Size": ["Large", "Small"]}, ["Report"]
)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("", {"/balance", "/pay", "/xp add", "say", "quit", "mira: "}),
        ("/p", {"/pay"}),
        ("mira: /p", {"/pay"}),
        ("/pay ", {"member:", "amount:", "note:"}),
        ("/pay member:@m", {"@mira"}),
        ("/pay member:@mira ", {"amount:", "note:"}),
        ("/pay member:@mira a", set()),
        ("/mix sure:", {"yes", "no"}),
        ("/mix size:L", {"Large"}),
        ("/mix where:#s", {"#staff"}),
        ("/mix role:", {"@Moderators"}),
        ("in #g", {"#general"}),
        ("as m", {"mira"}),
        ("press P", {"Pay someone"}),
        ("press sta", {"📄 Statement…"}),
        ("menu r", {"Report"}),
        ("menu Report @m", {"@mira"}),
        ("select l", {"Light red", "Large"}),
        ("select col", {"🎨 Colour…: "}),
        ("select colour: l", {"Light red"}),
        ("select colour: light red, b", {"Blue"}),
        ("say hello @o", {"@ola"}),
        ("say hello", set()),
        ("nonsense ", set()),
    ],
)
def test_tab_offers_what_fits(line: str, offered: set[str]) -> None:
    found = {one.text for one in continuations(line, HERE, SIGHT)}
    assert found >= offered if line == "" else found == offered


FORM = {
    "components": [
        {"type": 18, "label": "To whom", "component": {"type": 5, "custom_id": "who"}},
        {"type": 18, "label": "Colour", "component": {"type": 3, "custom_id": "c", "options": [
            {"label": "Light red", "value": "r"}, {"label": "Blue", "value": "b"}]}},
        {"type": 10, "content": "Read this."},
        {"type": 18, "label": "Sure", "component": {"type": 23, "custom_id": "sure"}},
        {"type": 1, "components": [{"type": 4, "label": "Why", "custom_id": "why", "required": False}]},
        {"type": 18, "label": "One", "component": {"type": 21, "custom_id": "one", "options": [
            {"label": "A", "value": "a"}]}},
        {"type": 18, "label": "Proof", "component": {"type": 19, "custom_id": "proof", "required": False}},
    ]
}  # fmt: skip


def test_the_answers_of_a_form() -> None:
    fields = {one.custom_id: one for one in fields_of(FORM)}
    assert [one.label for one in fields.values()] == ["To whom", "Colour", "Sure", "Why", "One", "Proof"]
    assert read_answer(fields["who"], "@mira", NAMES) == [MIRA]
    assert read_answer(fields["c"], "light red, b", NAMES) == ["r", "b"]
    assert read_answer(fields["c"], "bl, red", NAMES) == ["b", "r"]
    assert read_answer(fields["c"], "2", NAMES) == ["b"]
    assert read_answer(fields["sure"], "yes", NAMES) is True
    assert read_answer(fields["sure"], "", NAMES) is None
    assert read_answer(fields["why"], "", NAMES) is None
    assert read_answer(fields["why"], "because", NAMES) == "because"
    assert read_answer(fields["one"], "A", NAMES) == "a"
    assert read_answer(fields["proof"], "photo.png", NAMES)[0][0] == "photo.png"


def test_a_field_says_what_it_takes() -> None:
    fields = {one.custom_id: one for one in fields_of(FORM)}
    assert fields["who"].hint == "@name"
    assert fields["c"].hint == "Light red, Blue"
    assert fields["why"].hint == "may stay empty"
    assert fields["sure"].hint == "yes or no, may stay empty"
    assert Field("x", {"type": 4, "custom_id": "x", "placeholder": "50"}).hint == "50"


def test_a_field_that_has_something_in_it_is_kept_or_emptied() -> None:
    note = Field("Note", {"type": 4, "custom_id": "n", "value": "old", "required": False})
    amount = Field("Amount", {"type": 4, "custom_id": "a", "value": "250"})
    kind = Field("Kind", {"type": 3, "custom_id": "k", "required": False, "options": [
        {"label": "All", "value": "all", "default": True}, {"label": "Some", "value": "s"}]})  # fmt: skip
    assert note.hint == 'now old; Enter keeps it, "" empties it'
    assert amount.hint == "now 250; Enter keeps it"
    assert kind.hint == 'All, Some; now All; Enter keeps it, "" empties it'
    assert read_answer(note, "", NAMES) is None
    assert read_answer(note, '""', NAMES) == ""
    assert read_answer(kind, '""', NAMES) == []
    assert read_answer(Field("Sure", {"type": 23, "custom_id": "s"}), '""', NAMES) is False
    assert read_answer(amount, "", NAMES) is None
    with pytest.raises(NotUnderstood, match="“Amount” must be filled in"):
        read_answer(amount, '""', NAMES)


def test_an_answer_may_name_its_field() -> None:
    fields = fields_of(FORM)
    who, why = fields[0], fields[3]
    assert answered("because", why, fields) == (why, "because")
    assert answered("why: because", who, fields) == (why, "because")
    assert answered('Why:""', who, fields) == (why, '""')
    assert answered("wh: o", why, fields) == (why, "wh: o"), "a text may have a colon in it"
    assert field_called("to", fields) == who
    assert field_called("flavour", fields) is None


@pytest.mark.parametrize(("name", "text"), [("who", "@bob"), ("c", "green"), ("who", ""), ("one", "z")])
def test_a_wrong_answer_is_refused(name: str, text: str) -> None:
    fields = {one.custom_id: one for one in fields_of(FORM)}
    with pytest.raises(NotUnderstood):
        read_answer(fields[name], text, NAMES)
