"""Announcements in a server's own language, with its own word for coins: they answer nobody, so no task has set it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from typing import TypeVar

from bot.domain.economy_settings import EconomySettings
from bot.i18n import Tongue, speak
from bot.ui import text
from bot.ui.money import Currency, spend
from bot.ui.phrases import said
from bot.words import Phrase

T = TypeVar("T")


@dataclass(frozen=True)
class LevelSpeech:
    """Puts what is said about levels into words."""

    tongue: Callable[[str], Tongue]

    def phrase(self, language: str, phrase: Phrase) -> str:
        """A phrase in a language."""
        return self._speaking(language, lambda: said(phrase))

    def number(self, language: str, value: int) -> str:
        """A number as the language writes it."""
        return self._speaking(language, lambda: text.number(value))

    def coins(self, language: str, economy: EconomySettings, amount: int) -> str:
        """An amount of money as the server calls it."""

        def speaking() -> str:
            spend(Currency(economy.currency_name, economy.currency_plural, economy.currency_emoji))
            return text.coins(amount)

        return self._speaking(language, speaking)

    def _speaking(self, language: str, words: Callable[[], T]) -> T:
        def within() -> T:
            speak(self.tongue(language))
            return words()

        return copy_context().run(within)
