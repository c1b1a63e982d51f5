"""Topics and panels: who may open one, what can be asked, and what Discord is sent."""

from __future__ import annotations

import pytest

from bot.domain.outbox import REMOVAL, Payload
from bot.domain.ticket_panels import payload_of, read_edit_key, read_emoji, read_send_key, send_key
from bot.domain.ticket_topics import (
    Panel,
    PanelStyle,
    QuestionKind,
    RoleRule,
    Topic,
    TopicConfig,
    TopicStyle,
    check_topic,
    may_open,
    question_of,
    with_config,
)
from bot.errors import EmojiNotUnderstood, TopicRefused

TOPIC = Topic(1, 8, 7, 1, "Help", "🎫", TopicStyle.DANGER, "About us", TopicConfig())
PANEL = Panel(1, 7, "support", "Need help?", "Press.", PanelStyle.BUTTONS, topics=(TOPIC,))


def rules(*written: str) -> list[RoleRule]:
    return [RoleRule(role_id=int(one[1:]), allows=one[0] == "+") for one in written]


@pytest.mark.parametrize(
    ("written", "held", "may"),
    [
        ((), {5}, True),
        (("-5",), {5}, False),
        (("-5",), {6}, True),
        (("+5",), {6}, False),
        (("+5", "-6"), {5, 6}, True),
        (("-6", "+5"), {5, 6}, False),
    ],
)
def test_the_first_rule_about_a_role_of_theirs_decides(written: tuple[str, ...], held: set[int], may: bool) -> None:
    assert may_open(rules(*written), held) is may


@pytest.mark.parametrize("emoji", ["🎫", "❤️", "👩‍🚒", "🇩🇪", "1️⃣", "👍🏽", "<:ours:123456789012345678>", "™️", "‼️", "↗️"])
def test_what_discord_shows_as_one_picture_is_an_emoji(emoji: str) -> None:
    assert read_emoji(f" {emoji} ") == emoji


@pytest.mark.parametrize("words", ["smile", ":smile:", "12", "a🎫", "🎫 x", "<:ours:12>", "-", "ä", "!", "+"])
def test_words_are_no_emoji(words: str) -> None:
    with pytest.raises(EmojiNotUnderstood):
        read_emoji(words)
    assert read_emoji("  ") is None


@pytest.mark.parametrize(
    ("text", "kind", "parts"),
    [
        ("", QuestionKind.SHORT, {}),
        ("x" * 46, QuestionKind.SHORT, {}),
        ("One", QuestionKind.CHOICE, {"choices": ("a",)}),
        ("Twice", QuestionKind.CHOICE, {"choices": ("a", "A")}),
        ("Long", QuestionKind.CHOICE, {"choices": ("a", "b" * 101)}),
        ("Turned", QuestionKind.NUMBER, {"least": 5, "most": 4}),
        ("Too much", QuestionKind.SHORT, {"most": 301}),
        ("Nothing", QuestionKind.LONG, {"most": 0}),
        ("Negative", QuestionKind.LONG, {"least": -1}),
        ("Astronomic", QuestionKind.NUMBER, {"most": 10**16}),
    ],
)
def test_a_question_that_nobody_could_answer_is_not_asked(
    text: str, kind: QuestionKind, parts: dict[str, object]
) -> None:
    with pytest.raises(TopicRefused):
        question_of(text, kind, **parts)


def test_a_topic_keeps_its_bounds() -> None:
    with pytest.raises(TopicRefused):
        with_config(TOPIC, open_at_once=26)
    asked = tuple(question_of(str(place), QuestionKind.SHORT) for place in range(6))
    with pytest.raises(TopicRefused):
        with_config(TOPIC, questions=asked)
    with pytest.raises(TopicRefused):
        check_topic(Topic(1, 8, 7, 1, " ", None, TopicStyle.DANGER, None, TopicConfig()))


@pytest.mark.parametrize("style", PanelStyle)
def test_a_panel_is_read_from_the_outbox_as_it_was_promised(style: PanelStyle) -> None:
    panel = Panel(1, 7, "support", "Need help?", "Press.", style, topics=(TOPIC,))
    payload = payload_of(panel, colour=5, placeholder="What?")
    assert Payload.from_json(payload.to_json()) == payload
    assert (payload.menu is None) is (style is PanelStyle.BUTTONS)
    assert Payload.from_json(REMOVAL.to_json()) == REMOVAL


def test_a_message_from_before_emoji_and_menus_is_still_read() -> None:
    stored = {"content": "x", "embed": None, "mentions": {"users": [], "roles": [], "everyone": False}}
    read = Payload.from_json({**stored, "buttons": [["Go", "a:b:v1", "primary"]]})
    assert (read.buttons[0].label, read.buttons[0].emoji, read.menu, read.removed) == ("Go", "", None, False)


def test_the_keys_of_a_panel_say_what_they_are_about() -> None:
    assert read_send_key(send_key(PANEL)) == (7, 0, 1)
    assert read_edit_key("panel:7:edit:99") == 7
