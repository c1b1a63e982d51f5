"""The buttons and menus of a thing that is being written, and what publishes it or throws it away."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from discord.ui import View

from bot.actions.host import services_of
from bot.cogs.economy.items import pages
from bot.cogs.economy.items.desk import by_of, change_sketch, hand_of, merchant_of, open_sketch, page_of
from bot.cogs.economy.items.entries import list_of, with_list
from bot.cogs.economy.items.thing import open_item
from bot.cogs.economy.items.views import GROUPS, PLACE, Page
from bot.cogs.economy.shop_answers import row_id
from bot.domain.requirements import RoleNeeded
from bot.domain.shop import Item, ItemDraft, ItemKind
from bot.domain.sketches import Sketch, amended
from bot.errors import (
    ControlExpired,
    InvalidInput,
    ItemChanged,
    ItemGone,
    RoleAboveYours,
    RoleGone,
    RoleIsEveryones,
    SketchChanged,
    SketchGone,
)
from bot.i18n import _
from bot.ui.answers import redraw, settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Control, Interaction, Menu
from bot.ui.errors import describe
from bot.ui.theme import embed

_PAGE = r"(?P<page>[a-z]{3,4})"


class KindMenu(Menu, template=rf"item:kind:v1:{PLACE}"):
    """Says of what kind a new thing is."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Change the sketch."""
        kind = "".join(values)
        if kind not in set(ItemKind):
            raise ControlExpired
        await _change(interaction, self.arguments, lambda draft: amended(draft, kind=ItemKind(kind)), Page.HOME)


class GiftButton(Control, template=rf"item:gift:v1:{PLACE}:(?P<to>on|off)"):
    """Says whether members may give it away."""

    async def pressed(self, interaction: Interaction) -> None:
        """Change the sketch."""
        may = self.arguments["to"] == "on"
        await _change(interaction, self.arguments, lambda draft: amended(draft, giftable=may), Page.HOME)


class PageButton(Control, template=rf"item:page:v1:(?P<sketch>\d{{1,19}}):{_PAGE}"):
    """Leads to a page of the panel."""

    async def pressed(self, interaction: Interaction) -> None:
        """Show it."""
        await open_sketch(interaction, row_id(self.arguments["sketch"]), page_of(self.arguments["page"]))


class NeedMenu(Menu, template=rf"item:need:v1:{PLACE}:{_PAGE}"):
    """Says which roles stand in a list of requirements."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Change the list: these roles, and what else is in it."""
        page = page_of(self.arguments["page"])
        if page not in GROUPS:
            raise ControlExpired

        def edit(draft: ItemDraft) -> ItemDraft:
            others = tuple(one for one in list_of(draft, page) if not isinstance(one, RoleNeeded))
            return with_list(draft, page, (*_roles(interaction, values), *others))

        await _change(interaction, self.arguments, edit, page)


def _roles(interaction: Interaction, values: tuple[str, ...]) -> list[RoleNeeded]:
    guild = interaction.guild
    found = [None if guild is None or not one.isdecimal() else guild.get_role(int(one)) for one in values]
    roles = [role for role in found if role is not None]
    if len(roles) < len(found):
        raise RoleGone
    if any(role.is_default() for role in roles):
        raise RoleIsEveryones
    return [RoleNeeded(role_id=role.id) for role in roles]


class DropMenu(Menu, template=rf"item:drop:v1:{PLACE}:{_PAGE}"):
    """Takes a requirement or an effect off its list."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Take it off. Its place is that at the version that was shown, and no other is changed."""
        page, place = page_of(self.arguments["page"]), "".join(values)
        if page is Page.HOME or not (place.isascii() and place.isdecimal()):
            raise ControlExpired

        def edit(draft: ItemDraft) -> ItemDraft:
            entries = list_of(draft, page)
            left = tuple(one for number, one in enumerate(entries) if number != int(place))
            return with_list(draft, page, left)

        await _change(interaction, self.arguments, edit, page)


async def _change(
    interaction: Interaction, arguments: Mapping[str, str], edit: Callable[[ItemDraft], ItemDraft], page: Page
) -> None:
    await change_sketch(interaction, (row_id(arguments["sketch"]), int(arguments["version"])), edit, page)


# The end of a sketch ---------------------------------------------------------------------------------------


class PublishButton(Control, template=rf"item:publish:v1:{PLACE}:(?P<item>\d{{1,19}})"):
    """Puts a thing up for sale as it was shown, or changes it so."""

    async def pressed(self, interaction: Interaction) -> None:
        """Do it, and show the thing; what is in the way is said above the sketch, which stays."""
        sketch_id, item_id = row_id(self.arguments["sketch"]), row_id(self.arguments["item"])
        try:
            item = await settled(interaction, self._publish(interaction, sketch_id), ephemeral=True, in_place=True)
        except SketchGone as gone:
            await _show_outcome(interaction, item_id, gone)
        except SketchChanged as error:
            await open_sketch(interaction, sketch_id, notice=f"⚠️ {describe(error)} {_('Here is how it stands.')}")
        except ItemChanged as error:
            await _begin_anew(interaction, sketch_id, error)
        except (InvalidInput, RoleAboveYours) as error:
            await open_sketch(interaction, sketch_id, notice=f"⚠️ {describe(error)}")
        else:
            said = _("✅ It is for sale: members see it in `/shop`.") if item.version == 1 else _("✅ Saved.")
            await open_item(interaction, item.id, said, in_place=True, done=True)

    async def _publish(self, interaction: Interaction, sketch_id: int) -> Item:
        guild_id, hand = await merchant_of(interaction), hand_of(interaction)
        base = int(self.arguments["version"])
        return await services_of(interaction).sketches.publish(
            guild_id, sketch_id, hand, base=base, by=by_of(interaction)
        )


async def _show_outcome(interaction: Interaction, item_id: int, gone: SketchGone) -> None:
    """Pressed twice, or discarded elsewhere: show the thing that there is, if there is one."""
    try:
        await open_item(interaction, item_id, in_place=True)
    except ItemGone:
        raise gone from None


async def _begin_anew(interaction: Interaction, sketch_id: int, error: ItemChanged) -> None:
    """Somebody else changed the thing: show the same changes made to how it stands now, to be saved or not."""
    sketches, user_id = services_of(interaction).sketches, interaction.user.id

    async def work() -> Sketch:
        return await sketches.rebase(await merchant_of(interaction), user_id, sketch_id)

    await settled(interaction, work(), ephemeral=True, in_place=True)
    said = _(
        "Somebody else changed **{item}** meanwhile, so I saved nothing yet. "
        "Your changes stand below, made to how it is now."
    )
    await open_sketch(interaction, sketch_id, notice=f"⚠️ {said.format(item=error.item)}")


class DiscardButton(Control, template=rf"item:discard:v1:{PLACE}"):
    """Asks whether to throw a sketch away, if there is anything to lose."""

    async def pressed(self, interaction: Interaction) -> None:
        """Ask, in place."""
        sketch_id, user_id = row_id(self.arguments["sketch"]), interaction.user.id

        async def work() -> Sketch:
            return await services_of(interaction).sketches.get(await merchant_of(interaction), user_id, sketch_id)

        sketch = await settled(interaction, work(), ephemeral=True, in_place=True)
        if not sketch.has_changes:
            await _discard(interaction, sketch_id)
            return
        view = DiscardConfirm.ask(user_id, str(sketch_id), yes=_("Throw it away"), no=_("Keep it"))
        await redraw(interaction, embed=pages.discard_question(sketch), view=view)


class DiscardConfirm(Confirm, template=confirm_template("item:discard-sure:v1", r"(?P<sketch>\d{1,19})")):
    """Throws a sketch away, or goes back to it."""

    question = "item:discard-sure:v1"

    async def agreed(self, interaction: Interaction) -> None:
        """Throw it away."""
        await _discard(interaction, row_id(self.arguments["sketch"]))

    async def declined(self, interaction: Interaction) -> None:
        """Show it again."""
        await open_sketch(interaction, row_id(self.arguments["sketch"]))


async def _discard(interaction: Interaction, sketch_id: int) -> None:
    sketches, user_id = services_of(interaction).sketches, interaction.user.id

    async def work() -> None:
        await sketches.discard(await merchant_of(interaction), user_id, sketch_id)

    await settled(interaction, work(), ephemeral=True, in_place=True)
    await redraw(
        interaction, embed=embed(description=_("Discarded. Nothing was changed in the shop.")), view=View(timeout=None)
    )


CONTROLS: tuple[type[Control | Menu], ...] = (
    KindMenu, GiftButton, PageButton, NeedMenu, DropMenu, PublishButton, DiscardButton, DiscardConfirm,
)  # fmt: skip
