"""What is said about roles wherever they are given or taken."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.grant_sources import in_words
from bot.domain.roles import PROBLEMS, Problem
from bot.i18n import _
from bot.ui.phrases import said
from bot.words import Phrase


def problem(what: Problem) -> str:
    """Why a grant does not go on, in plain words."""
    return _(PROBLEMS[what])


def granted_by(sources: Iterable[str]) -> str:
    """Who grants a role, each once; a source without words for it is code."""
    words = [in_words(one) for one in sources]
    return ", ".join(dict.fromkeys(said(one) if isinstance(one, Phrase) else f"`{one}`" for one in words))
