"""Who may enter and with what chances, as staff edits it at the desk: menus that add and take out, and their forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from discord.ui import Label, RoleSelect, View

from bot.actions.giveaway_staff import may_change_soon, may_run
from bot.actions.host import services_of, source_of
from bot.cogs.giveaways.desk import NUMBER, open_desk
from bot.cogs.giveaways.desk_views import CHANCES, RULES, Page
from bot.cogs.giveaways.reading import chosen_roles, number_of, rules_of
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaway_editing import RuleList, with_bonuses, with_rules, without_bonus, without_rule
from bot.domain.giveaway_rules import (
    HIGHEST_LEVEL,
    MOST_PLUS,
    Bonus,
    BonusKind,
    Boosting,
    Rule,
)
from bot.domain.giveaways import Giveaway
from bot.errors import ControlExpired
from bot.i18n import N_, _
from bot.ui.answers import settled
from bot.ui.controls import Answers, Control, Form, Interaction, Menu
from bot.ui.fields import field

_LIST = r"(?P<list>all|any|none)"
_MOST_ROLES = 10
"""Roles that one form adds."""

_FIELDS = {
    "member_for": (N_("How long"), "7d"),
    "account_for": (N_("How old"), "30d"),
    "level": (N_("Which level, at least"), "10"),
    "messages": (N_("How many messages"), "50"),
    "coins": (N_("How many coins"), "1000"),
    "no_win": (N_("For how many days"), "30"),
}
"""What a form asks for a kind of rule, and how it might be written."""


async def _change(interaction: Interaction, number: int, edit: Callable[[Giveaway], Changes], page: Page) -> None:
    """Change a giveaway that whoever asks may run, and show the page again."""

    async def work() -> Giveaway:
        giveaway = await may_run(interaction, number)
        making = services_of(interaction).giveaway_making
        return await making.edit(giveaway.guild_id, number, edit, by=interaction.user.id, via=source_of(interaction))

    giveaway = await settled(interaction, work(), ephemeral=True, in_place=True)
    await open_desk(interaction, giveaway, page=page, in_place=True, done=True)


class PageButton(Control, template=rf"giveaway:page:v1:{NUMBER}:(?P<page>home|all|any|none|chances)"):
    """Leads to a page of the desk."""

    async def pressed(self, interaction: Interaction) -> None:
        """Show it, in place."""
        work = may_run(interaction, int(self.arguments["number"]))
        giveaway = await settled(interaction, work, ephemeral=True, in_place=True)
        await open_desk(interaction, giveaway, page=Page(self.arguments["page"]), in_place=True)


# Rules ------------------------------------------------------------------------------------------------------------


class RuleMenu(Menu, template=rf"giveaway:rule-add:v1:{NUMBER}:{_LIST}"):
    """Adds a rule to a list."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Ask what it needs to know, or add it."""
        number, group, kind = int(self.arguments["number"]), RuleList(self.arguments["list"]), "".join(values)
        if kind not in RULES:
            raise ControlExpired
        if kind == "boosting":
            await _add_rules(interaction, number, group, [Boosting()])
            return
        await may_change_soon(interaction, number)
        await interaction.response.send_modal(RuleForm(number, group, kind))


class RuleForm(Form):
    """What a rule asks."""

    template = re.compile(rf"giveaway:rule-form:v1:{NUMBER}:{_LIST}:(?P<kind>[a-z_]{{1,12}})")

    def __init__(self, number: int, group: RuleList, kind: str) -> None:
        super().__init__(title=_(RULES[kind])[:45], custom_id=f"giveaway:rule-form:v1:{number}:{group}:{kind}")
        if kind == "role":
            self.add_item(_roles_field())
        else:
            label, hint = _FIELDS[kind]
            self.add_item(field("least", _(label), "", 20, hint=hint, needed=True))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Add it."""
        number, group = int(arguments["number"]), RuleList(arguments["list"])
        await _add_rules(interaction, number, group, rules_of(interaction, arguments["kind"], answers))


async def _add_rules(interaction: Interaction, number: int, group: RuleList, added: list[Rule]) -> None:
    def edit(giveaway: Giveaway) -> Changes:
        return Changes({"rules": with_rules(giveaway.rules, group, added)})

    await _change(interaction, number, edit, Page(group.value))


class RuleDropMenu(Menu, template=rf"giveaway:rule-drop:v1:{NUMBER}:{_LIST}"):
    """Takes a rule off its list."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Take it off."""
        number, group, gone = int(self.arguments["number"]), RuleList(self.arguments["list"]), "".join(values)

        def edit(giveaway: Giveaway) -> Changes:
            return Changes({"rules": without_rule(giveaway.rules, group, gone)})

        await _change(interaction, number, edit, Page(group.value))


# Chances ----------------------------------------------------------------------------------------------------------


class ChanceMenu(Menu, template=rf"giveaway:chance-add:v1:{NUMBER}"):
    """Adds a bonus."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Ask for whom and how much."""
        number, kind = int(self.arguments["number"]), "".join(values)
        if kind not in CHANCES:
            raise ControlExpired
        await may_change_soon(interaction, number)
        await interaction.response.send_modal(ChanceForm(number, BonusKind(kind)))


class ChanceForm(Form):
    """For whom an entry weighs more, and by how much."""

    template = re.compile(rf"giveaway:chance-form:v1:{NUMBER}:(?P<kind>role|level|boost)")

    def __init__(self, number: int, kind: BonusKind) -> None:
        super().__init__(title=_(CHANCES[kind])[:45], custom_id=f"giveaway:chance-form:v1:{number}:{kind}")
        explained = None
        if kind is BonusKind.ROLE:
            self.add_item(_roles_field())
            explained = _("0: whoever has one of these roles can't enter.")
        elif kind is BonusKind.LEVEL:
            self.add_item(field("level", _("Which level, at least"), "", 6, hint="10", needed=True))
        self.add_item(field("weight", _("Entries more"), "", 5, hint="1", explained=explained, needed=True))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Add it; one for the same is replaced."""
        kind = BonusKind(arguments["kind"])
        weight = number_of(answers.text("weight"), least=0 if kind is BonusKind.ROLE else 1, most=MOST_PLUS)
        targets = [0]
        if kind is BonusKind.ROLE:
            targets = chosen_roles(interaction, answers)
        elif kind is BonusKind.LEVEL:
            targets = [number_of(answers.text("level"), most=HIGHEST_LEVEL)]
        added = [Bonus(kind=kind, target=one, weight=weight) for one in targets]

        def edit(giveaway: Giveaway) -> Changes:
            return Changes({"bonuses": with_bonuses(giveaway.bonuses, added)})

        await _change(interaction, int(arguments["number"]), edit, Page.CHANCES)


class ChanceDropMenu(Menu, template=rf"giveaway:chance-drop:v1:{NUMBER}"):
    """Takes a bonus out."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Take it out."""
        gone = "".join(values)

        def edit(giveaway: Giveaway) -> Changes:
            return Changes({"bonuses": without_bonus(giveaway.bonuses, gone)})

        await _change(interaction, int(self.arguments["number"]), edit, Page.CHANCES)


class CountsButton(Control, template=rf"giveaway:counts:v1:{NUMBER}:(?P<how>sum|highest)"):
    """Says whether bonuses are added up."""

    async def pressed(self, interaction: Interaction) -> None:
        """Change it."""
        highest = self.arguments["how"] == "highest"

        def edit(giveaway: Giveaway) -> Changes:
            return Changes({"bonuses": giveaway.bonuses.model_copy(update={"highest": highest})})

        await _change(interaction, int(self.arguments["number"]), edit, Page.CHANCES)


def _roles_field() -> Label[View]:
    return Label(
        text=_("Which roles"), component=RoleSelect[View](custom_id="roles", required=True, max_values=_MOST_ROLES)
    )


RULES_CONTROLS: tuple[type[Control | Menu | Form], ...] = (
    PageButton, RuleMenu, RuleForm, RuleDropMenu, ChanceMenu, ChanceForm, ChanceDropMenu, CountsButton,
)  # fmt: skip
