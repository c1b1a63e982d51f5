"""What jobs look like, to members and to staff."""

from __future__ import annotations

import discord
from discord.utils import escape_markdown, escape_mentions

from bot.domain.audit import clipped
from bot.domain.jobs import BUILT_IN, MOST_JOBS, Job
from bot.i18n import _, ngettext
from bot.services.jobs import JobPage
from bot.ui import text
from bot.ui.theme import embed

_IN_A_LIST = 150
"""Characters of a job's text where there are ten of them; each may need a second for what makes it harmless."""

_IN_A_MENU = 100


def told(job: str, *, is_own: bool) -> str:
    """What somebody did: the house's words in the reader's language, a server's own with nothing in them that acts."""
    return harmless(job) if is_own else _(job)


def harmless(words: str) -> str:
    """What staff wrote, without mentions and markup."""
    return escape_markdown(escape_mentions(words))


def listed(page: JobPage) -> discord.Embed:
    """A page of the list."""
    title = _("Jobs of this server")
    if not page.jobs:
        said = _(
            "This server has no jobs of its own, so `/work` tells mine, such as:\n> {job}\n"
            "As soon as there is one here, it tells those of the list alone."
        )
        return embed(title=title, description=said.format(job=_(BUILT_IN[0])))
    lines = [f"• {harmless(clipped(job.text, _IN_A_LIST))} · {pay(job)}" for job in page.jobs]
    count = ngettext("{count} of {most} jobs.", "{count} of {most} jobs.", page.total)
    return embed(title=title, description="\n".join(lines), footer=count.format(count=page.total, most=MOST_JOBS))


def pay(job: Job) -> str:
    """What a job pays."""
    if job.pay is None:
        return _("the usual pay")
    low, high = text.number(job.pay.low), text.coins(job.pay.high)
    return high if job.pay.is_fixed else _("{low} to {high}").format(low=low, high=high)


def shown(job: Job, notice: str = "") -> discord.Embed:
    """One job."""
    said = f"> {harmless(job.text)}\n{_('Pays {pay}.').format(pay=pay(job))}"
    return embed(title=_("A job"), description=f"{notice}\n{said}" if notice else said)


def question(job: Job) -> discord.Embed:
    """Whether it shall go."""
    said = _("Take this job off the list?\n> {job}").format(job=harmless(job.text))
    return embed(description=said)


def removed(job: Job) -> discord.Embed:
    """A job that is gone."""
    return embed(description=_("Removed: {job}").format(job=harmless(job.text)))


def option(job: Job) -> discord.SelectOption:
    """A job in a menu."""
    return discord.SelectOption(label=clipped(job.text, _IN_A_MENU), value=str(job.id))
