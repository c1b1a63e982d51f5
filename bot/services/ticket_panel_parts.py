"""What services of panels share: who changes one, finding it inside a transaction, and what the audit log is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.db.repositories.tickets import topics as rows
from bot.db.sessions import Session, WriteSession
from bot.domain.audit import PANEL, AuditSource
from bot.domain.durations import written_duration
from bot.domain.ticket_topics import Panel, PanelStyle, Topic, TopicConfig, TopicStyle
from bot.errors import PanelChanged, PanelGone, TopicNotFound
from bot.services.ticket_rules import Ruled


@dataclass(frozen=True)
class By:
    """Who changes a panel, and by which way."""

    user_id: int
    source: AuditSource = AuditSource.COMMAND


@dataclass(frozen=True)
class PanelWords:
    """What a panel is called, and what it says."""

    name: str
    title: str
    text: str
    style: PanelStyle = PanelStyle.BUTTONS


@dataclass(frozen=True)
class Sent:
    """A panel that is on its way, and the key of the promise, for those who don't want to wait for its turn."""

    panel: Panel
    key: str


@dataclass(frozen=True)
class TopicInSight:
    """A topic with its panel and what holds for its tickets."""

    panel: Panel
    ruled: Ruled

    @property
    def topic(self) -> Topic:
        """The topic itself."""
        return self.ruled.topic


async def panel_at(session: Session, guild_id: int, panel_id: int, *, lock: bool = False) -> Panel:
    """A panel of this guild; with `lock` nobody else changes it until the transaction ends.

    Raises:
        PanelGone: it is not there.
    """
    panel = await rows.find_panel(session, guild_id, panel_id, lock=lock)
    if panel is None:
        raise PanelGone
    return panel


async def topic_at(session: WriteSession, guild_id: int, topic_id: int) -> tuple[Panel, Topic]:
    """A topic that is still on its panel, and that panel, which is locked.

    Raises:
        TopicNotFound: it is not there.
    """
    known = await rows.find_topic(session, guild_id, topic_id)
    panel = None if known is None else await rows.find_panel(session, guild_id, known.panel_id, lock=True)
    topic = next((one for one in panel.topics if one.id == topic_id), None) if panel is not None else None
    if panel is None or topic is None:
        raise TopicNotFound
    return panel, topic


def new_topic(panel: Panel, topic_id: int, label: str, position: int) -> Topic:
    """A topic of which everything is as the settings say."""
    return Topic(panel.guild_id, topic_id, panel.id, position, label, None, TopicStyle.PRIMARY, None, TopicConfig())


def check_base(version: int, base: int) -> None:
    """Go on only if nobody changed it since it was shown.

    Raises:
        PanelChanged: somebody did.
    """
    if version != base:
        raise PanelChanged


def words_of(panel: Panel) -> dict[str, Any]:
    """What the audit log tells of a panel."""
    return {"name": panel.name, "title": panel.title, "text": panel.text, "style": panel.style}


def told(topic: Topic) -> dict[str, Any]:
    """What the audit log compares of a topic: what it sets as settings are kept, everything else as people read it."""
    config = topic.config
    parts = {
        **config.model_dump(mode="json"),
        "label": topic.label,
        "emoji": topic.emoji,
        "colour": topic.style,
        "hint": topic.description,
        "questions": [one.text for one in config.questions],
        "rules": len(config.rules),
        "account_age": written_duration(config.account_age),
        "member_age": written_duration(config.member_age),
        "priority": config.priority.name.lower(),
    }
    return {name: value for name, value in parts.items() if value not in (None, "", [])}


def about(panel: Panel, by: By, topic: Topic | None = None) -> dict[str, Any]:
    """Whom and what an entry of the audit log names."""
    named = panel.name if topic is None else f"{panel.name} · {topic.label}"
    return {
        "actor_id": by.user_id,
        "source": by.source,
        "target_type": PANEL,
        "target_id": str(panel.id),
        "description": named,
    }
