"""What is said of roles."""

from __future__ import annotations

from bot.domain.roles import Problem
from bot.i18n import _


def problem(what: Problem) -> str:
    """Why a grant does not go on, in plain words."""
    words = {
        Problem.AWAY: _("they are not in the server; it is seen to when they return."),
        Problem.SCREENING: _("they have not accepted the server's rules yet."),
        Problem.ROLE_GONE: _("the role was deleted."),
        Problem.EVERYONE: _("everybody has that role."),
        Problem.MANAGED: _("the role is managed by Discord or another app."),
        Problem.ABOVE_ME: _("the role stands above my own highest role."),
        Problem.DANGEROUS: _("the role has a permission that I don't hand out."),
        Problem.NOT_ALLOWED: _("I lack the permission Manage Roles."),
        Problem.REFUSED: _("Discord refuses it. I try again every hour."),
    }
    return words[what]
