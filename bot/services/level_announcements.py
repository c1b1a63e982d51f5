"""Announcements of levels: promised through the outbox, so that no channel that can't be written to stops a reward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.db.repositories import guilds
from bot.db.repositories.leveling import wishes
from bot.db.sessions import Session, WriteSession
from bot.domain.economy_settings import EconomySettings
from bot.domain.folding import Line
from bot.domain.general import GeneralSettings
from bot.domain.level_words import Reached, default_said, filled, joined, plain, refused_said
from bot.domain.leveling import Cause
from bot.domain.leveling_settings import LevelSettings
from bot.domain.outbox import Mentions, Payload, user
from bot.ids import IdMaker
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService
from bot.words import Phrase

_TOPIC = "levels"


class Speech(Protocol):
    """Puts into words what is said about levels, in the language of a guild."""

    def phrase(self, language: str, phrase: Phrase, /) -> str:
        """A phrase."""
        ...

    def number(self, language: str, value: int, /) -> str:
        """A number."""
        ...

    def coins(self, language: str, economy: EconomySettings, amount: int, /) -> str:
        """An amount of money."""
        ...


@dataclass(frozen=True)
class News:
    """That somebody reached a level, by what, and where they were."""

    reached: Reached
    cause: Cause
    channel_id: int | None


@dataclass(frozen=True)
class _Style:
    """How a guild says things."""

    levels: LevelSettings
    economy: EconomySettings
    language: str
    server: str


class LevelAnnouncements:
    """Promises them inside the transaction that brought the level."""

    def __init__(self, ids: IdMaker, settings: GuildSettingsService, outbox: OutboxService, speech: Speech) -> None:
        self._ids = ids
        self._settings = settings
        self._outbox = outbox
        self._speech = speech

    async def promise(self, session: WriteSession, guild_id: int, news: Sequence[News]) -> None:
        """Promise all of it: in channels one message for each channel and minute, or to each member alone."""
        style = await self._style(session, guild_id)
        if style.levels.announce == "dm":
            for one in news:
                await self._outbox.send(
                    session,
                    guild_id,
                    user(one.reached.user_id),
                    Payload(self._privately(style, one.reached), mentions=Mentions()),
                    key=f"{_TOPIC}:{self._ids.new()}",
                )
            return
        wanting = await wishes.to_ping(session, guild_id, [one.reached.user_id for one in news])
        by_channel: dict[int, list[Line]] = {}
        for one in news:
            channel_id = _channel_of(style.levels, one)
            if channel_id is not None:
                ping = one.reached.user_id if one.reached.user_id in wanting else None
                by_channel.setdefault(channel_id, []).append(Line(self._said(style, one.reached), ping))
        for channel_id, lines in sorted(by_channel.items()):
            other = style.levels.announce_channel
            fallback_id = None if other == channel_id else other
            await self._outbox.fold(session, guild_id, channel_id, lines, topic=_TOPIC, fallback_id=fallback_id)

    async def preview(self, session: Session, guild_id: int, reached: Reached) -> str:
        """How an announcement reads, whatever is announced where."""
        style = await self._style(session, guild_id)
        return self._privately(style, reached) if style.levels.announce == "dm" else self._said(style, reached)

    async def _style(self, session: Session, guild_id: int) -> _Style:
        general = await self._settings.within(session, guild_id, GeneralSettings)
        return _Style(
            await self._settings.within(session, guild_id, LevelSettings),
            await self._settings.within(session, guild_id, EconomySettings),
            general.language,
            await guilds.name_of(session, guild_id) or "",
        )

    def _privately(self, style: _Style, reached: Reached) -> str:
        """With the server's name before it, for in direct messages it would not be known which one it is."""
        said = self._said(style, reached)
        return f"**{plain(style.server)}** · {said}" if style.server else said

    def _said(self, style: _Style, reached: Reached) -> str:
        """One announcement."""
        brought, language = reached.brought, style.language
        gains = [f"<@&{role_id}>" for role_id in brought.role_ids]
        gains += [self._speech.coins(language, style.economy, brought.coins)] if brought.coins else []
        values = {
            "member": f"<@{reached.user_id}>",
            "level": self._speech.number(language, reached.level),
            "xp": self._speech.number(language, reached.xp),
            "server": plain(style.server),
            "reward": ", ".join(gains),
        }
        template = style.levels.announce_text
        head = filled(template, values) if template.strip() else self._speech.phrase(language, default_said(reached))
        parts = [head]
        if gains and "{reward}" not in template:
            parts.append(f"🎁 {values['reward']}")
        parts += [filled(message, values) for message in brought.messages]
        if brought.refused:
            lost = self._speech.coins(language, style.economy, brought.refused)
            parts.append(self._speech.phrase(language, refused_said(lost)))
        return joined(parts)


def _channel_of(settings: LevelSettings, news: News) -> int | None:
    """Where it is said: nobody reads along in voice, so what was earned there goes to the channel for it."""
    if settings.announce == "same" and news.cause is Cause.MESSAGES and news.channel_id is not None:
        return news.channel_id
    return settings.announce_channel
