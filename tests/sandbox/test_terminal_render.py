"""What a person sees, drawn as text."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox import SeenMessage
from bot.sandbox.terminal.markup import Markup, Paint, visible, wrap
from bot.sandbox.terminal.names import Names
from bot.sandbox.terminal.render import Renderer, heading, joined
from bot.sandbox.terminal.times import relative, when

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
NAMES = Names({1: "ola", 2: "mira"}, {10: "general"}, {20: "Moderators"})
PLAIN = Renderer(NAMES, NOW, Paint())


def message(content: str = "", *, embeds: Any = (), components: Any = (), flags: int = 0, **more: Any) -> SeenMessage:
    attachments = tuple(more.pop("attachments", ()))
    return SeenMessage(
        id=99, channel_id=10, guild_id=7, author=3, author_name="Folkmoot", content=content, embeds=tuple(embeds),
        components=tuple(components), attachments=attachments, flags=flags, edited=False,
        payload={"author": {"bot": True}}, **more,
    )  # fmt: skip


def row(*controls: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(controls)}


def button(label: str, **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": label, "custom_id": label, **more}


@pytest.mark.parametrize(
    ("raw", "drawn"),
    [
        ("**bold** and `code`", "bold and `code`"),
        ("*a* _b_ __c__ ~~d~~ ||e||", "a b c d e"),
        ("snake_case_name and 2*3*4", "snake_case_name and 234"),
        ("<@1> <@!2> <@9> <#10> <#11> <@&20>", "@ola @mira @9 #general #unknown @Moderators"),
        (f"<t:{AT + 3600}:R>, <t:{AT}:t>", "in 1 hour, 12:00 UTC"),
        ("<:coin:123> <a:spin:5> </pay:77>", ":coin: :spin: /pay"),
        ("[here](https://example.org)", "here (https://example.org)"),
        ("# Title\n- one\n> said\n-# small", "Title\n• one\n│ said\nsmall"),
        ("```py\nx = **1**\n```", "  x = **1**"),
        (r"\*not italic\*", "*not italic*"),
        ("\x1b[2Jbad\x07", "[2Jbad"),
        ("**<@1>**", "@ola"),
    ],
)
def test_markdown_becomes_words(raw: str, drawn: str) -> None:
    assert Markup(NAMES, NOW, Paint()).text(raw) == drawn


def test_colours_are_there_only_when_asked_for() -> None:
    coloured = Markup(NAMES, NOW, Paint(colour=True)).text("**two words** `code`")
    assert coloured == "\x1b[1mtwo\x1b[0m \x1b[1mwords\x1b[0m \x1b[36mcode\x1b[0m"
    assert "\x1b" not in Markup(NAMES, NOW, Paint()).text("**two words** `code`")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"), (1, "in 1 second"), (-59, "59 seconds ago"), (120, "in 2 minutes"), (-7200, "2 hours ago"),
        (86400, "in 1 day"), (40 * 86400, "in 1 month"), (800 * 86400, "in 2 years"),
    ],
)  # fmt: skip
def test_distances_in_time(seconds: int, words: str) -> None:
    assert relative(seconds) == words


def test_absolute_times() -> None:
    assert when(AT, "d", NOW) == "2026-03-04"
    assert when(AT, "F", NOW) == "Wednesday, 4 March 2026 12:00 UTC"
    assert when(10**14, "f", NOW) == str(10**14)


def test_wrapping_counts_what_is_seen() -> None:
    assert wrap("\x1b[1mone\x1b[0m two three", 7) == ["\x1b[1mone\x1b[0m two", "three"]
    assert wrap("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]
    assert wrap("  in front", 100) == ["  in front"]
    assert all(visible(line) <= 10 for line in wrap("漢字漢字漢字漢字 and more words", 10))


def test_a_message_with_everything() -> None:
    embed = {
        "title": "Purse",
        "description": "**50 coins**",
        "color": 0x3B6E57,
        "fields": [
            {"name": "Streak", "value": "1 day", "inline": True},
            {"name": "Note", "value": "a\nb", "inline": False},
        ],
        "footer": {"text": "So it is."},
    }
    controls = row(
        button("Pay"), button("Older", disabled=True), button("Read", style=5, url="https://example.org", custom_id="")
    )
    shown = message("<@1>", embeds=[embed], components=[controls], flags=64, attachments=[{"filename": "card.png"}])
    assert PLAIN.message(shown) == [
        "Folkmoot [BOT] · only you can see this",
        "@ola",
        "┃ Purse",
        "┃ 50 coins",
        "┃ Streak: 1 day",
        "┃ Note",
        "┃   a",
        "┃   b",
        "┃ So it is.",
        "attached: card.png",
        "[ Pay ]  ( Older )  [ Read: https://example.org ]",
    ]


def test_a_coloured_bar_and_a_struck_button() -> None:
    renderer = Renderer(NAMES, NOW, Paint(colour=True))
    assert renderer.embed({"description": "x", "color": 0x3B6E57}) == ["\x1b[38;2;59;110;87m┃\x1b[0m x"]
    assert "\x1b[2;9mOlder\x1b[0m" in renderer.components([row(button("Older", disabled=True))])[0]


def test_thinking_is_a_placeholder() -> None:
    assert PLAIN.message(message(flags=64 | 128))[-1] == "thinking…"


def test_menus_show_what_they_offer() -> None:
    colours = {"type": 3, "custom_id": "c", "placeholder": "Colour", "options": [{"label": "red"}, {"label": "blue"}]}
    assert PLAIN.components([row(colours)]) == ["[ Colour ▾ ] red, blue"]
    assert PLAIN.components([row({"type": 5, "custom_id": "u"})]) == ["[ choose a member ▾ ]"]


def test_texts_laid_out_as_components() -> None:
    container = {"type": 17, "components": [{"type": 10, "content": "**hello**"}, {"type": 14}, row(button("Go"))]}
    assert PLAIN.components([container]) == ["┃ hello", f"┃ {'─' * 20}", "┃ [ Go ]"]


def test_no_line_is_wider_than_the_terminal() -> None:
    narrow = Renderer(NAMES, NOW, Paint(colour=True, width=30))
    buttons = row(*(button(f"Button {number}") for number in range(5)))
    shown = message("word " * 30, embeds=[{"description": "**bold word** " * 20}], components=[buttons])
    assert max(visible(line) for line in narrow.message(shown)) <= 30


def test_a_form_with_its_answers() -> None:
    modal = {
        "title": "Pay someone",
        "components": [
            {"type": 18, "label": "To whom", "component": {"type": 5, "custom_id": "recipient"}},
            row({"type": 4, "label": "How many", "custom_id": "amount"}),
        ],
    }
    filled = {"To whom": "@ola", "How many": "50"}
    assert PLAIN.form(modal, filled) == ["│ Pay someone", "│ To whom: @ola", "│ How many: 50"]
    assert PLAIN.form(modal) == ["│ Pay someone"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("created", ["a", "b"], True, False, False), "everyone in #general sees:"),
        (("created", ["a", "b"], False, False, False), "in #general, a and b see:"),
        (("created", ["a"], False, True, False), "only a sees:"),
        (("edited", ["a", "b"], True, False, False), "everyone in #general sees this change:"),
        (("deleted", ["a"], False, True, False), "only a sees this disappear:"),
        (("created", ["a"], False, False, True), "a, in direct messages, sees:"),
    ],
)
def test_who_sees_what(arguments: tuple[str, list[str], bool, bool, bool], words: str) -> None:
    kind, watchers, everyone, private, direct = arguments
    assert heading(kind, "#general", watchers, everyone=everyone, private=private, direct=direct) == words


def test_lists_in_words() -> None:
    assert [joined(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError


def test_no_color_and_pipes_are_honoured() -> None:
    assert Paint.on(_Terminal(), {"TERM": "xterm"}).colour
    assert not Paint.on(_Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}).colour
    assert not Paint.on(_Terminal(), {"TERM": "dumb"}).colour
    assert not Paint.on(StringIO(), {"TERM": "xterm"}).colour


def test_times_are_written_as_the_client_of_the_looker_has_them() -> None:
    berlin = NOW.astimezone(ZoneInfo("Europe/Berlin"))
    assert when(AT, "f", berlin) == "4 March 2026 13:00 CET"
    assert when(AT, "f", berlin, "de") == "4. März 2026 13:00 CET"
    assert when(AT, "F", berlin, "de_DE") == "Mittwoch, 4. März 2026 13:00 CET"
    assert when(AT, "T", berlin, "pt-BR") == "13:00:00 CET"
    assert when(AT, "D", NOW, "fr") == "4 mars 2026"
    assert when(AT + 7200, "R", NOW, "de") == "in 2 Stunden"
    assert when(AT - 2 * 86400, "R", NOW, "de") == "vor 2 Tagen"
    assert when(AT, "t", NOW.astimezone(ZoneInfo("America/Sao_Paulo"))) == "09:00 UTC-03"
    assert when(AT, "t", NOW, "no-such-language") == "12:00 UTC"
