"""The controls under a topic that is being written. Their custom ids say which one, and at which version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from discord import ButtonStyle, SelectOption
from discord.ui import Button, RoleSelect, Select, View

from bot.cogs.tickets.panel_topic_pages import KINDS
from bot.domain.audit import clipped
from bot.domain.ticket_topics import MOST_QUESTIONS, MOST_RULES
from bot.i18n import N_, _
from bot.services.ticket_panel_parts import TopicInSight

_LONGEST = 100

_FORMS = {
    "look": N_("Look…"),
    "where": N_("Where…"),
    "staff": N_("Who answers…"),
    "words": N_("First words…"),
    "limits": N_("Limits…"),
}
_PAGES = {"questions": N_("Questions…"), "rules": N_("Who may open…")}


def topic(seen: TopicInSight) -> View:
    """What can be changed about a topic."""
    view, topic_id = View(timeout=None), seen.topic.id
    for name, label in _FORMS.items():
        style = ButtonStyle.primary if name == "staff" and not seen.ruled.rules.support_roles else ButtonStyle.secondary
        view.add_item(Button(label=_(label), style=style, custom_id=f"panel:write:v1:{topic_id}:{name}", row=0))
    for name, label in _PAGES.items():
        view.add_item(Button(label=_(label), custom_id=f"panel:page:v1:{topic_id}:{name}", row=1))
    order = [one.id for one in seen.panel.topics]
    for label, to, end in ((_("Up"), "up", order[0]), (_("Down"), "down", order[-1])):
        custom_id = f"panel:place:v1:{topic_id}:{to}"
        view.add_item(Button(label=label, custom_id=custom_id, disabled=end == topic_id, row=2))
    remove = f"panel:remove:v1:{topic_id}"
    view.add_item(Button(label=_("Remove…"), style=ButtonStyle.danger, custom_id=remove, row=2))
    view.add_item(Button(label=_("Back to the panel"), custom_id=f"panel:open:v1:{seen.panel.id}", row=3))
    return view


def questions(seen: TopicInSight) -> View:
    """What can be done about the form."""
    view, place = View(timeout=None), _place(seen)
    asked = seen.topic.config.questions
    if len(asked) < MOST_QUESTIONS:
        kinds = [SelectOption(label=_(label), value=kind) for kind, label in KINDS.items()]
        _choose(view, f"panel:question-add:v1:{place}", _("Ask for…"), kinds, row=0)
    options = _numbered([one.text for one in asked])
    _choose(view, f"panel:question-edit:v1:{place}", _("Change…"), options, row=1)
    _choose(view, f"panel:question-up:v1:{place}", _("Ask it earlier…"), options[1:], row=2)
    _choose(view, f"panel:question-drop:v1:{place}", _("Take out…"), options, row=3)
    view.add_item(Button(label=_("Back"), custom_id=f"panel:page:v1:{seen.topic.id}:home", row=4))
    return view


def rules(seen: TopicInSight, names: Mapping[int, str]) -> View:
    """What can be done about who may open it; `names` are those of the server's roles."""
    view, place = View(timeout=None), _place(seen)
    known = seen.topic.config.rules
    if len(known) < MOST_RULES:
        for row, (to, hint) in enumerate((("allow", _("Allow a role…")), ("deny", _("Forbid a role…")))):
            view.add_item(RoleSelect[Any](custom_id=f"panel:rule-add:v1:{place}:{to}", placeholder=hint, row=row))
    options = _numbered([f"{'✅' if one.allows else '⛔'} @{names.get(one.role_id, one.role_id)}" for one in known])
    _choose(view, f"panel:rule-up:v1:{place}", _("Look at it earlier…"), options[1:], row=2)
    _choose(view, f"panel:rule-drop:v1:{place}", _("Take out…"), options, row=3)
    view.add_item(Button(label=_("Back"), custom_id=f"panel:page:v1:{seen.topic.id}:home", row=4))
    return view


def _place(seen: TopicInSight) -> str:
    return f"{seen.topic.id}:{seen.topic.version}"


def _numbered(labels: Sequence[str]) -> list[SelectOption]:
    return [
        SelectOption(label=clipped(f"{place + 1}. {label}", _LONGEST), value=str(place))
        for place, label in enumerate(labels)
    ]


def _choose(view: View, custom_id: str, hint: str, options: list[SelectOption], *, row: int) -> None:
    """A menu, if there is anything to choose from."""
    if options:
        view.add_item(Select[Any](custom_id=custom_id, options=options, placeholder=hint, row=row))
