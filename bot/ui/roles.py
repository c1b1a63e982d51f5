"""What is said about roles wherever they are given or taken."""

from __future__ import annotations

from bot.domain.roles import PROBLEMS, Problem
from bot.i18n import _


def problem(what: Problem) -> str:
    """Why a grant does not go on, in plain words."""
    return _(PROBLEMS[what])
