"""The form that adds one requirement or one effect to a thing that is being written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import discord
from discord.ui import Label, RoleSelect, TextInput, View

from bot.actions.host import services_of
from bot.cogs.economy.items.desk import change_sketch, hand_of, merchant_of, open_sketch, page_of
from bot.cogs.economy.items.views import CHAINS, GROUPS, PLACE, Page
from bot.domain.amounts import parse_amount
from bot.domain.durations import parse_duration
from bot.domain.leveling import UNIT
from bot.domain.multipliers import parse_factor
from bot.domain.roles import check_can_be_given, check_may_give
from bot.domain.shop import LONGEST_BOOST, LONGEST_NAME, LONGEST_WORDS, SHORTEST_BOOST, SHORTEST_ROLE, ItemDraft
from bot.domain.sketches import Sketch, amended
from bot.errors import BoostTooSmall, ControlExpired, ItemGone, RoleGone
from bot.i18n import N_, _
from bot.ui.answers import settled
from bot.ui.controls import Answers, Form, Interaction
from bot.ui.errors import describe

_TITLES = {
    "balance": N_("Coins in the wallet"),
    "level": N_("A level"),
    "owned": N_("Another thing"),
    "give": N_("Give a role"),
    "take": N_("Take a role"),
    "coins": N_("Give coins"),
    "thing": N_("Give a thing"),
    "say": N_("Say something"),
    "boost": N_("Boost XP"),
}
ENTRIES = frozenset(
    {(page, what) for page in GROUPS for what in ("balance", "level", "owned")}
    | {(page, what) for page in CHAINS for what in ("give", "take", "coins", "thing", "say", "boost")}
)
"""What can be added on which page."""

_LONGEST = 60


class EntryForm(Form):
    """What is added, and where."""

    template = re.compile(rf"item:entry:v1:{PLACE}:(?P<page>[a-z]{{3,4}}):(?P<what>[a-z]{{3,8}})")

    def __init__(self, sketch: Sketch, page: Page, what: str) -> None:
        super().__init__(title=_(_TITLES[what]), custom_id=f"item:entry:v1:{sketch.id}:{sketch.version}:{page}:{what}")
        for field in _fields(what):
            self.add_item(field)

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Add it to the list, and show the list again."""
        page, what = page_of(arguments["page"]), arguments["what"]
        if (page, what) not in ENTRIES:
            raise ControlExpired
        place = int(arguments["sketch"]), int(arguments["version"])
        await merchant_of(interaction)
        try:
            thing_id = await settled(interaction, _thing(interaction, answers), ephemeral=True, in_place=True)
        except ItemGone as error:
            await open_sketch(interaction, place[0], page, f"⚠️ {describe(error)}")
            return

        def edit(draft: ItemDraft) -> ItemDraft:
            return with_entry(draft, page, _entry(interaction, what, answers, thing_id))

        await change_sketch(interaction, place, edit, page)


def with_entry(draft: ItemDraft, page: Page, entry: Mapping[str, Any]) -> ItemDraft:
    """The draft with one more entry in the list of a page."""
    return with_list(draft, page, (*list_of(draft, page), entry))


def list_of(draft: ItemDraft, page: Page) -> tuple[Any, ...]:
    """The requirements or effects that a page shows."""
    whole, name = (draft.requirements, GROUPS[page][1]) if page in GROUPS else (draft.effects, CHAINS[page][1])
    return getattr(whole, name)


def with_list(draft: ItemDraft, page: Page, entries: tuple[Any, ...]) -> ItemDraft:
    """The draft with other requirements or effects on a page."""
    if page in GROUPS:
        return amended(draft, requirements={**dict(draft.requirements), GROUPS[page][1]: entries})
    return amended(draft, effects={**dict(draft.effects), CHAINS[page][1]: entries})


def _fields(what: str) -> list[Label[View]]:
    match what:
        case "give":
            hint = _("7 days; empty: as long as a copy lasts")
            return [_role_field(), _text_field("seconds", _("For how long"), hint, needed=False)]
        case "take":
            return [_role_field()]
        case "balance" | "coins" | "level":
            label, hint = (_("Which level, at least"), "10") if what == "level" else (_("How many coins"), "100")
            return [_text_field("amount", label, hint)]
        case "boost":
            return [
                _text_field("factor", _("By how much what they earn is multiplied"), "x2"),
                _text_field("seconds", _("For how long"), _("2 hours; at most 30 days")),
            ]
        case "say":
            words = TextInput[View](custom_id="words", style=discord.TextStyle.paragraph, max_length=LONGEST_WORDS)
            return [Label(text=_("What the member reads"), component=words)]
        case _:
            name = TextInput[View](custom_id="thing", max_length=LONGEST_NAME, placeholder=_("Bronze badge"))
            count = _text_field("quantity", _("How many"), _("empty: one"), needed=False)
            return [Label(text=_("Its name in the shop"), component=name), count]


def _role_field() -> Label[View]:
    return Label(text=_("Which role"), component=RoleSelect[View](custom_id="role"))


def _text_field(name: str, label: str, hint: str, *, needed: bool = True) -> Label[View]:
    field = TextInput[View](custom_id=name, placeholder=hint, max_length=_LONGEST, required=needed)
    return Label(text=label, component=field)


async def _thing(interaction: Interaction, answers: Answers) -> int:
    """The id of the thing that was named; 0: none was. What begins like one thing alone means that.

    Raises:
        ItemGone: there is no such thing for sale.
    """
    name = answers.text("thing").strip()
    if not name:
        return 0
    shop, guild_id = services_of(interaction).shop, interaction.guild_id or 0
    try:
        return (await shop.named(guild_id, name)).id
    except ItemGone:
        found = await shop.suggest(guild_id, name)
        if len(found) != 1:
            raise
        return found[0].id


def _entry(interaction: Interaction, what: str, answers: Answers, thing_id: int) -> dict[str, Any]:
    """What was written, as the thing has it."""
    match what:
        case "balance" | "level":
            return {"kind": what, "least": parse_amount(answers.text("amount"))}
        case "coins":
            return {"kind": "coins", "amount": parse_amount(answers.text("amount"))}
        case "say":
            return {"kind": "message", "words": answers.text("words").strip()}
        case "boost":
            return _boost_entry(answers)
        case "give" | "take":
            return _role_entry(interaction, what, answers)
        case _:
            return {"kind": "item", "item_id": thing_id, "quantity": parse_amount(answers.text("quantity") or "1")}


def _boost_entry(answers: Answers) -> dict[str, Any]:
    """A boost of XP.

    Raises:
        FactorNotUnderstood, BoostTooSmall: the factor is none, or makes nothing more.
        DurationNotUnderstood, DurationOutOfBounds: the length is none.
    """
    per_mille = parse_factor(answers.text("factor"))
    if per_mille <= UNIT:
        raise BoostTooSmall
    seconds = parse_duration(answers.text("seconds"), least=SHORTEST_BOOST, most=LONGEST_BOOST)
    return {"kind": "xp_boost", "per_mille": per_mille, "seconds": seconds}


def _role_entry(interaction: Interaction, what: str, answers: Answers) -> dict[str, Any]:
    """A role that whoever asks could give themselves.

    Raises:
        RoleGone and what `check_can_be_given` and `check_may_give` raise: they could not, or I can't.
        DurationNotUnderstood, DurationOutOfBounds: the length is none.
    """
    hand, chosen = hand_of(interaction), "".join(answers.choices.get("role", ()))
    role = hand.guild.roles.get(int(chosen)) if chosen.isdecimal() else None
    check_can_be_given(role, hand.guild.reach)
    if role is None:
        raise RoleGone
    check_may_give(hand.reach, role)
    if what == "take":
        return {"kind": "take_role", "role_id": role.id}
    written = answers.text("seconds").strip()
    return {
        "kind": "give_role",
        "role_id": role.id,
        "seconds": parse_duration(written, least=SHORTEST_ROLE) if written else None,
    }
