"""The controls under a panel or topic that is being written. Their custom ids say which one, and at which version."""

from __future__ import annotations

from typing import Any

from discord import ButtonStyle, SelectOption
from discord.ui import Button, ChannelSelect, Select, View

from bot.actions.ticket_panels import PANEL_CHANNELS
from bot.domain.audit import clipped
from bot.domain.ticket_topics import MOST_TOPICS, Panel, PanelStyle
from bot.i18n import _

_LONGEST = 100


def panel(shown: Panel) -> View:
    """What can be done to a panel."""
    view, place = View(timeout=None), f"{shown.id}:{shown.version}"
    view.add_item(Button(label=_("Words…"), custom_id=f"panel:words:v1:{shown.id}", row=0))
    label, to = (
        (_("Show buttons"), PanelStyle.BUTTONS)
        if shown.style is PanelStyle.MENU
        else (_("Show a menu"), PanelStyle.MENU)
    )
    view.add_item(Button(label=label, custom_id=f"panel:style:v1:{place}:{to}", row=0))
    full = len(shown.topics) >= MOST_TOPICS
    add = f"panel:add:v1:{shown.id}"
    view.add_item(Button(label=_("Add a topic…"), custom_id=add, disabled=full, row=0))
    view.add_item(Button(label=_("Delete…"), style=ButtonStyle.danger, custom_id=f"panel:delete:v1:{shown.id}", row=0))
    if shown.topics:
        options = [SelectOption(label=clipped(one.label, _LONGEST), value=str(one.id)) for one in shown.topics]
        hint = _("Change a topic…")
        view.add_item(Select[Any](custom_id=f"panel:topics:v1:{shown.id}", options=options, placeholder=hint, row=1))
        hint = _("Move it to another channel…") if shown.is_shown else _("Send it to a channel…")
        custom_id = f"panel:send:v1:{shown.id}"
        view.add_item(ChannelSelect[Any](custom_id=custom_id, channel_types=PANEL_CHANNELS, placeholder=hint, row=2))
    return view
