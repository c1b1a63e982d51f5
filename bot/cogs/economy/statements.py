"""A statement: the movements of one member, each in words, and the buttons under them.

Members read their own. Staff reads everybody's, and is asked again with every page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import discord
from discord.ui import Button, View

from bot.actions.authority import require_standing
from bot.actions.host import services_of
from bot.cogs.economy.job_pages import harmless, told
from bot.cogs.economy.kinds import KINDS
from bot.domain.authority import Permission, Staff
from bot.domain.economy import Kind, Pocket
from bot.domain.movements import ItemDetails, LevelDetails, PaymentDetails, StaffDetails, WorkDetails
from bot.domain.paging import NEWEST, Cursor
from bot.domain.purse import StatementLine
from bot.errors import ControlExpired, GuildOnly
from bot.i18n import _
from bot.services.economy import StatementPage
from bot.ui import text
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control, Form, Interaction
from bot.ui.pager import JumpForm, PagerButton, jump_template, pager_template
from bot.ui.theme import embed

_NAME, _ANY = "economy:statement:v1", "all"
_FORM = "economy:statement-form:v1"
_ABOUT = r"(?::(?P<about>[a-z_]{1,24}\.\d{1,20}))?"
"""A kind, or all, and whose. Left out for all of one's own."""


@dataclass(frozen=True)
class Wanted:
    """Whose movements are to be shown, and of which kind; None: of all."""

    user_id: int
    kind: Kind | None = None

    def about(self, reader_id: int) -> str:
        """As it stands in a custom id."""
        if self == Wanted(reader_id):
            return ""
        return f"{self.kind.value if self.kind else _ANY}.{self.user_id}"


def wanted_by(reader_id: int, about: str | None) -> Wanted:
    """What a custom id tells.

    Raises:
        ControlExpired: it names no kind.
    """
    if not about:
        return Wanted(reader_id)
    kind, _dot, user_id = about.partition(".")
    if kind != _ANY and kind not in set(Kind):
        raise ControlExpired
    return Wanted(int(user_id), None if kind == _ANY else Kind(kind))


async def _page(interaction: Interaction, wanted: Wanted, cursor: Cursor) -> StatementPage:
    """A page, for those who may read it.

    Raises:
        GuildOnly, DiscordAway, ActorTimedOut, StaffNeeded: there is none, or it is somebody else's.
        FeatureOff: the guild has no economy.
    """
    if interaction.guild_id is None:
        raise GuildOnly
    if wanted.user_id != interaction.user.id:
        await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)
    economy = services_of(interaction).economy
    return await economy.statement(interaction.guild_id, wanted.user_id, cursor, kind=wanted.kind)


async def open_statement(interaction: Interaction, wanted: Wanted) -> None:
    """Answer with the newest page."""
    page = await settled(interaction, _page(interaction, wanted, NEWEST), ephemeral=True)
    reader_id = interaction.user.id
    await reply(interaction, embed=statement(page, reader_id), view=_view(page, wanted, reader_id), ephemeral=True)


async def _turn(interaction: Interaction, about: str | None, cursor: Cursor) -> None:
    reader_id = interaction.user.id
    wanted = wanted_by(reader_id, about)
    page = await settled(interaction, _page(interaction, wanted, cursor), ephemeral=True, in_place=True)
    await redraw(interaction, embed=statement(page, reader_id), view=_view(page, wanted, reader_id))


class StatementForm(JumpForm):
    """Asks for a day of a statement."""

    name = _FORM
    template = re.compile(jump_template(_FORM).pattern + _ABOUT)

    @classmethod
    async def jumped(cls, interaction: Interaction, arguments: Mapping[str, str], cursor: Cursor) -> None:
        """Show the page that ends with that day, in place."""
        await _turn(interaction, arguments.get("about"), cursor)


class StatementButton(PagerButton, template=pager_template(_NAME) + _ABOUT):
    """Turns the pages of a statement."""

    list_name = _NAME
    form = StatementForm

    async def turned(self, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:  # noqa: ARG002 — the pager has looked
        """Show the page at a cursor, in place."""
        await _turn(interaction, self.arguments.get("about"), cursor)


class OpenStatementButton(Control, template=r"economy:open-statement:v1"):
    """Shows the presser their own statement."""

    @classmethod
    def make(cls) -> OpenStatementButton:
        """The button."""
        return cls(Button(label=_("Statement"), custom_id="economy:open-statement:v1"))

    async def pressed(self, interaction: Interaction) -> None:
        """Show the newest page."""
        await open_statement(interaction, Wanted(interaction.user.id))


def _view(page: StatementPage, wanted: Wanted, reader_id: int) -> View:
    return StatementButton.under(reader_id, newer=page.newer, older=page.older, about=wanted.about(reader_id))


def statement(page: StatementPage, reader_id: int) -> discord.Embed:
    """A page of a member's statement."""
    own = page.user_id == reader_id
    title = _("Your statement") if own else _("Statement")
    if page.kind is not None:
        title = f"{title} · {_(KINDS[page.kind])}"
    lines = [_line(line) for line in page.lines]
    if not lines:
        lines = [_("Nothing has moved yet.") if page.kind is None else _("Nothing of this kind has moved yet.")]
    if not own:
        lines = [text.mention(page.user_id), *lines]
    footer = _("Amount, what for, and what was left.") if page.lines else None
    return embed(title=title, description="\n".join(lines), footer=footer)


def _line(line: StatementLine) -> str:
    when = f"{text.timestamp(line.at, 'd')} {text.timestamp(line.at, 't')}"
    left = text.number(line.balance_after or 0)
    if line.pocket is Pocket.BANK:
        left = _("{coins} in the bank").format(coins=left)
    return f"{when} · **{text.signed(line.amount)}** · {reason(line)} · {left}"


def reason(line: StatementLine) -> str:
    """What a movement was for, by what it remembers."""
    match line.details:
        case PaymentDetails(tax=tax):
            return _payment(line, tax)
        case ItemDetails(name=name, quantity=quantity):
            return _thing(line, harmless(name), quantity)
        case WorkDetails(job=job, is_own=is_own) if job:
            return _("Work: {job}").format(job=told(job, is_own=is_own))
        case LevelDetails(level=level):
            return _("For level {level}").format(level=text.number(level))
        case StaffDetails(reason=said) if said:
            what = _(KINDS[line.kind])
            return _("{what}: {reason}").format(what=what, reason=harmless(said))
        case _:
            return _in_words(line.kind)


def _payment(line: StatementLine, tax: int) -> str:
    member = text.mention(line.counterpart_id)
    if line.amount > 0:
        return _("From {member}").format(member=member)
    if not tax:
        return _("Paid to {member}").format(member=member)
    return _("Paid to {member}, tax {coins}").format(member=member, coins=text.coins(tax))


def _thing(line: StatementLine, name: str, quantity: int) -> str:
    if quantity == 1:
        said = _("Bought {item}") if line.kind is Kind.PURCHASE else _("Sold {item}")
        return said.format(item=name)
    bought, sold = _("Bought {count} × {item}"), _("Sold {count} × {item}")  # noqa: RUF001 — times is meant
    said = bought if line.kind is Kind.PURCHASE else sold
    return said.format(count=text.number(quantity), item=name)


def _in_words(kind: Kind) -> str:
    match kind:
        case Kind.DEPOSIT:
            return _("To the bank")
        case Kind.WITHDRAWAL:
            return _("From the bank")
        case _:
            return _(KINDS[kind])


CONTROLS: tuple[type[Control | Form], ...] = (StatementButton, StatementForm, OpenStatementButton)
