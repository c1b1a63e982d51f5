"""A thing in the shop, and the buttons to buy it. What is pressed twice is bought once."""

from __future__ import annotations

import aiohttp
import discord
import structlog
from discord.ui import Button, View

from bot.actions.host import host_of, services_of
from bot.actions.purchases import Till
from bot.actions.role_grants import RoleKeeper, guild_facts
from bot.cogs.economy import purchase_pages, shop_pages
from bot.cogs.economy.shop_answers import OWNER, place_of, row_id, show
from bot.cogs.economy.shop_shelves import ShopPager, sign_of
from bot.domain.paging import NEWEST
from bot.domain.purchases import Asked, Buyer, Purchase, PurchaseState
from bot.domain.shop import MOST_AT_ONCE, GiveItem
from bot.errors import ControlExpired, DiscordAway, ItemGone, PriceChanged
from bot.i18n import _
from bot.services.offers import Offer
from bot.services.purchases import Receipt
from bot.ui import text
from bot.ui.answers import settled
from bot.ui.controls import Control, Interaction, Menu
from bot.ui.pager import PagerButton, check_owner

_log = structlog.stdlib.get_logger(__name__)

_LONGEST_LABEL = 80


def buyer_of(interaction: Interaction) -> Buyer:
    """Whoever asks, as Discord shows them this moment.

    Raises:
        GuildOnly: they ask in a direct message.
        DiscordAway: the server can't be seen just now.
    """
    place_of(interaction)
    guild, member = interaction.guild, interaction.user
    if guild is None or guild.unavailable or not isinstance(member, discord.Member):
        raise DiscordAway
    return Buyer(member.id, frozenset(role.id for role in member.roles), guild_facts(guild))


def till_of(interaction: Interaction) -> Till:
    """What sells."""
    services = services_of(interaction)
    return Till(services.purchases, RoleKeeper(interaction.client, services.role_grants).carry_out)


class ItemMenu(Menu, template=rf"shop:item:v1:{OWNER}"):
    """Leads to a thing."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Show it, in place."""
        check_owner(interaction, int(self.arguments["owner"]))
        await open_offer(interaction, row_id("".join(values)), in_place=True)


async def open_offer(
    interaction: Interaction, item_id: int, *, quantity: int = 1, notice: str = "", in_place: bool
) -> None:
    """Show a thing with the button to buy so many of it.

    Raises:
        ItemGone: there is none.
    """
    buyer, guild_id = buyer_of(interaction), place_of(interaction)
    look = services_of(interaction).offers.look(guild_id, buyer.user_id, buyer.role_ids, item_id)
    shown = await settled(interaction, look, ephemeral=True, in_place=in_place)
    now = host_of(interaction).now()
    view = View(timeout=None)
    view.add_item(BuyButton.of(interaction, shown, quantity, is_offered=shown.item.is_offered(now)))
    view.add_item(_back(interaction, shown.item.draft.category))
    await show(interaction, embed=shop_pages.offer(shown, now, notice), view=view, in_place=in_place)


def _back(interaction: Interaction, category: str | None = None) -> PagerButton:
    return ShopPager.to(interaction.user.id, NEWEST, _("To the shop"), sign_of(category))


async def buy(interaction: Interaction, asked: Asked, *, key: str, in_place: bool) -> None:
    """Buy something and say what came of it; at another price than was shown, ask again."""
    till, guild_id = till_of(interaction), place_of(interaction)
    work = till.begin(guild_id, buyer_of(interaction), asked, key=key)
    try:
        receipt = await settled(interaction, work, ephemeral=True, in_place=in_place)
    except PriceChanged as changed:
        notice = shop_pages.price_changed(changed.shown, changed.price)
        await open_offer(interaction, asked.item_id, quantity=asked.quantity, notice=notice, in_place=in_place)
        return
    if receipt.purchase.state is PurchaseState.PENDING:
        await _show_progress(interaction, receipt.purchase, in_place=in_place)
        receipt = await settled(interaction, till.go_on(receipt), ephemeral=True, in_place=in_place)
    await _show_purchase(interaction, receipt, in_place=in_place)


async def _show_progress(interaction: Interaction, purchase: Purchase, *, in_place: bool) -> None:
    """Say that a role is being given. If Discord does not take it, that keeps nobody from their role.

    If nobody lives to say more, the buyer can look again.
    """
    try:
        view = View(timeout=None)
        view.add_item(LookButton.at(purchase))
        await show(interaction, embed=purchase_pages.begun(purchase), view=view, in_place=in_place)
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        _log.warning("the progress of a purchase was not shown", purchase=purchase.id, error=repr(error))


async def _show_purchase(interaction: Interaction, receipt: Receipt, *, in_place: bool) -> None:
    purchase = receipt.purchase
    embed = purchase_pages.purchase(purchase, await _names(interaction, purchase))
    await show(interaction, embed=embed, view=_purchase_view(interaction, purchase), in_place=in_place, done=True)


async def _names(interaction: Interaction, purchase: Purchase) -> dict[int, str]:
    """What the things are called that came with a purchase."""
    ids = {one.item_id for one in purchase.bought.chain if isinstance(one, GiveItem)}
    if purchase.state is not PurchaseState.DONE or not ids:
        return {}
    return dict(await services_of(interaction).offers.names(purchase.guild_id, ids))


def _purchase_view(interaction: Interaction, purchase: Purchase) -> View:
    view = View(timeout=None)
    if purchase.state is PurchaseState.PENDING:
        view.add_item(LookButton.at(purchase))
    view.add_item(_back(interaction))
    return view


class BuyButton(
    Control,
    template=rf"shop:buy:v1:{OWNER}:(?P<item>\d{{1,19}}):(?P<asked>\d{{1,4}}x\d{{1,19}}):(?P<page>\d{{1,20}})",
):
    """Buys so many of a thing at the price on the button. Of one page it buys once, however often it is pressed."""

    @classmethod
    def of(cls, interaction: Interaction, shown: Offer, quantity: int, *, is_offered: bool) -> BuyButton:
        """The button under an offer, which the interaction shows."""
        price, owner_id = shown.item.draft.price, interaction.user.id
        label, coins = _("Buy for {coins}"), text.plain_coins(price * quantity)
        if quantity > 1:
            label = _("Buy {count} for {coins}")
        elif not price:
            label = _("Take it for free")
        has_enough = shown.item.draft.stock is None or shown.item.draft.stock >= quantity
        custom_id = f"shop:buy:v1:{owner_id}:{shown.item.id}:{quantity}x{price}:{interaction.id}"
        return cls(
            Button(
                label=label.format(count=text.number(quantity), coins=coins)[:_LONGEST_LABEL],
                style=discord.ButtonStyle.success,
                custom_id=custom_id,
                disabled=not (is_offered and has_enough),
            )
        )

    async def pressed(self, interaction: Interaction) -> None:
        """Buy, and show in place what came of it."""
        check_owner(interaction, int(self.arguments["owner"]))
        quantity, price = map(int, self.arguments["asked"].split("x"))
        if not 1 <= quantity <= MOST_AT_ONCE:
            raise ControlExpired
        asked = Asked(row_id(self.arguments["item"]), quantity, price)
        await buy(interaction, asked, key=f"b:{self.arguments['page']}", in_place=True)


class LookButton(Control, template=r"shop:state:v1:(?P<purchase>\d{1,19})"):
    """Shows the buyer how a purchase stands by now. One that is still open is tried once more."""

    @classmethod
    def at(cls, purchase: Purchase) -> LookButton:
        """The button under a purchase."""
        return cls(Button(label=_("Look again"), custom_id=f"shop:state:v1:{purchase.id}"))

    async def pressed(self, interaction: Interaction) -> None:
        """Show it, in place."""
        guild_id, purchase_id = place_of(interaction), row_id(self.arguments["purchase"])
        find = services_of(interaction).purchases.find(guild_id, purchase_id)
        purchase = await settled(interaction, find, ephemeral=True, in_place=True)
        if purchase is not None:
            check_owner(interaction, purchase.user_id)
            look = till_of(interaction).look(guild_id, purchase_id)
            purchase = await settled(interaction, look, ephemeral=True, in_place=True)
        if purchase is None:
            raise ItemGone
        await _show_purchase(interaction, Receipt(purchase, ()), in_place=True)


CONTROLS: tuple[type[Control | Menu], ...] = (ItemMenu, BuyButton, LookButton)
