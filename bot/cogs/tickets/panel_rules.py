"""What staff presses on the page that says who may open a topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.actions.authority import guild_of
from bot.cogs.tickets.panel_desk import PLACE, at, earlier, number_in, without
from bot.cogs.tickets.panel_topic_fields import role_in
from bot.cogs.tickets.panel_topics import Page, change_topic
from bot.domain.ticket_topics import MOST_RULES, TITLES, RoleRule, Topic, with_config
from bot.errors import TopicRefused
from bot.ui.controls import Interaction, Menu
from bot.words import Phrase


class RuleAddMenu(Menu, template=rf"panel:rule-add:v1:{PLACE}:(?P<to>allow|deny)"):
    """Adds a rule at the end; one about the same role gives way to it."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Add it, and show the rules."""
        guild, allows = guild_of(interaction), self.arguments["to"] == "allow"

        def edit(known: Sequence[RoleRule]) -> tuple[RoleRule, ...]:
            rule = RoleRule(role_id=role_in(guild, "".join(values)), allows=allows)
            others = tuple(one for one in known if one.role_id != rule.role_id)
            if len(others) >= MOST_RULES:
                raise TopicRefused(TITLES["rules"], Phrase("has room for {most}", {"most": MOST_RULES}))
            return (*others, rule)

        await _change_rules(interaction, self.arguments, edit)


class RuleUpMenu(Menu, template=rf"panel:rule-up:v1:{PLACE}"):
    """Has a rule looked at before the one that it followed."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Do it, and show the rules."""
        place = number_in(values)
        await _change_rules(interaction, self.arguments, lambda known: earlier(known, place))


class RuleDropMenu(Menu, template=rf"panel:rule-drop:v1:{PLACE}"):
    """Takes a rule out."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Do it, and show the rules."""
        place = number_in(values)
        await _change_rules(interaction, self.arguments, lambda known: without(known, place))


async def _change_rules(
    interaction: Interaction,
    arguments: Mapping[str, str],
    edit: Callable[[Sequence[RoleRule]], tuple[RoleRule, ...]],
) -> None:
    def edited(topic: Topic) -> Topic:
        return with_config(topic, rules=edit(topic.config.rules))

    await change_topic(interaction, at(arguments), edited, Page.RULES)


CONTROLS: tuple[type[Menu], ...] = (RuleAddMenu, RuleUpMenu, RuleDropMenu)
"""What stands under the rules of a topic."""
