"""Panels as messages: what members see, and under which promises of the outbox they are sent and kept in step."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from bot.domain.outbox import Button, ButtonStyle, MenuOption, Payload, StoredMenu
from bot.domain.ticket_topics import Panel, PanelStyle, PanelTrouble, Topic
from bot.errors import EmojiNotUnderstood
from bot.words import Phrase

KEYS = "panel"
"""What the keys of messages begin with that are panels."""

PLACEHOLDER = Phrase("What is it about?")
"""Shown in a menu while nothing is chosen."""

_MAX_EMOJI = 64
_CUSTOM = re.compile(r"<a?:\w{2,32}:\d{15,20}>")
_FIRST_PICTURE = "\u2000"
"""Below it are the signs that people write with."""

_KEYCAP = "\N{COMBINING ENCLOSING KEYCAP}"


def payload_of(panel: Panel, *, colour: int, placeholder: str) -> Payload:
    """A panel as its message; without topics it has nothing to press."""
    embed = {"title": panel.title, "description": panel.text, "color": colour}
    if panel.style is PanelStyle.MENU and panel.topics:
        options = tuple(
            MenuOption(one.label, str(one.id), one.description or "", one.emoji or "") for one in panel.topics
        )
        return Payload(embed=embed, menu=StoredMenu(f"ticket:choose:v1:{panel.id}", options, placeholder))
    return Payload(embed=embed, buttons=tuple(_button(one) for one in panel.topics))


def _button(topic: Topic) -> Button:
    style = ButtonStyle(topic.style.value)
    return Button(topic.label, f"ticket:open:v1:{topic.id}", style, topic.emoji or "")


def without_message(panel: Panel) -> Panel:
    """A panel whose message somebody deleted."""
    return replace(panel, channel_id=None, message_id=None, trouble=PanelTrouble.GONE)


def send_key(panel: Panel) -> str:
    """The promise to send a panel: which one, for which time, and in which version."""
    return f"{KEYS}:{panel.id}:{panel.sends}:{panel.version}"


def read_send_key(key: str) -> tuple[int, int, int]:
    """Panel, time and version of a promise to send."""
    _keys, panel_id, sends, version = key.split(":")
    return int(panel_id), int(sends), int(version)


def edit_key(panel_id: int, message_id: int) -> str:
    """The promise that a message shows the newest state of a panel, or is there no more."""
    return f"{KEYS}:{panel_id}:edit:{message_id}"


def read_edit_key(key: str) -> int:
    """The panel of a promise to edit."""
    return int(key.split(":")[1])


def read_emoji(written: str) -> str | None:
    """An emoji as Discord takes it on a button; None: none was written.

    Raises:
        EmojiNotUnderstood: it is something else.
    """
    emoji = written.strip()
    if not emoji:
        return None
    if len(emoji) > _MAX_EMOJI or not (_CUSTOM.fullmatch(emoji) or _is_emoji(emoji)):
        raise EmojiNotUnderstood
    return emoji


def _is_emoji(text: str) -> bool:
    """Whether a text looks like one emoji: pictures and what joins them. Discord knows better, but says so too late."""
    if text[0] in "#*0123456789":
        return text.endswith(_KEYCAP)
    kinds = [unicodedata.category(one) for one in text]
    if kinds[0] in {"Sm", "Po"} and text[0] < _FIRST_PICTURE:
        return False
    return kinds[0] in {"So", "Sk", "Sm", "Po", "Cn"} and all(
        kind in {"So", "Sk", "Mn", "Me", "Cf", "Cn"} for kind in kinds[1:]
    )
