"""The controls of /config and /me. Each asks the shelf whose settings they are and who may change them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.actions.host import ServiceHost
from bot.actions.settings_shelves import Shelf, shelf_of
from bot.domain.settings import Described
from bot.domain.settings_fields import FieldKind, SettingField, fields_of, parse, with_field
from bot.errors import ControlExpired, SettingRefused, SettingsChanged
from bot.i18n import _
from bot.ui import settings_panel
from bot.ui.answers import redraw, reply, settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Answers, Control, Form, Interaction, Menu
from bot.ui.diagnosis import Place, open_channel_warning
from bot.ui.errors import describe
from bot.ui.places import everybody_reads
from bot.ui.setting_values import many
from bot.ui.speech import address_person
from bot.words import Phrase

_FIELD = r"(?P<section>[a-z_]{1,16}):(?P<field>[a-z_]{1,32}):(?P<version>\d{1,12})"
_WHOLE = r"(?P<section>[a-z_]{1,16}):(?P<version>\d{1,12})"


def field_named(model: type[Described], name: str) -> SettingField:
    """A field of a model.

    Raises:
        ControlExpired: there is none of that name any more.
    """
    field = next((field for field in fields_of(model) if field.name == name), None)
    if field is None:
        raise ControlExpired
    return field


async def open_section(interaction: Interaction, name: str) -> None:
    """Answer a command with a section."""
    shelf = shelf_of(interaction, name)
    found = await settled(interaction, shelf.read(), ephemeral=True)
    said = _open_warnings(interaction, found.value, fields_of(shelf.model))
    made = settings_panel.section_panel(found, shelf.default, shelf.siblings, interaction.guild, notice=said)
    await reply(interaction, embed=made.embed, view=made.view, ephemeral=True)


async def _show_section(interaction: Interaction, shelf: Shelf, notice: str = "") -> None:
    found = await settled(interaction, shelf.read(), ephemeral=True, in_place=True)
    lines = [notice, _open_warnings(interaction, found.value, fields_of(shelf.model))]
    said = "\n".join(line for line in lines if line)
    made = settings_panel.section_panel(found, shelf.default, shelf.siblings, interaction.guild, notice=said)
    await redraw(interaction, embed=made.embed, view=made.view)


async def show_field(interaction: Interaction, shelf: Shelf, field: SettingField, notice: str = "") -> None:
    """Redraw the message as the panel of one field."""
    found = await settled(interaction, shelf.read(), ephemeral=True, in_place=True)
    lines = [notice, _open_warnings(interaction, found.value, [field])]
    said = "\n".join(line for line in lines if line)
    made = settings_panel.field_panel(found, shelf.default, field, interaction.guild, notice=said)
    await redraw(interaction, embed=made.embed, view=made.view)


def _open_warnings(interaction: Interaction, section: Described, fields: Sequence[SettingField]) -> str:
    """A word to those who chose a channel for staff that everybody can read, once for each; it may be meant so."""
    host: ServiceHost = interaction.client
    guild = interaction.guild
    if guild is None:
        return ""
    names = {field.name for field in fields}
    reveals: dict[int, list[str]] = {}
    for probe in (probe for one in host.features for probe in one.probes.staff_channels):
        if probe.setting.section is type(section) and probe.setting.field in names:
            for channel_id in many(getattr(section, probe.setting.field)):
                reveals.setdefault(channel_id, []).append(probe.reveals)
    place = Place(guild, is_here=True, command_ids=host.command_ids)
    return "\n".join(
        open_channel_warning(one, told, place) for one, told in reveals.items() if everybody_reads(guild, one)
    )


async def edit_section(interaction: Interaction, shelf: Shelf, version: int, edit: Callable[[Any], Any]) -> str:
    """Change a section as it was shown; what to say about it. Nothing is changed if it was changed meanwhile."""
    try:
        await settled(interaction, shelf.edit(edit, base=version), ephemeral=True, in_place=True)
    except SettingsChanged:
        return f"⚠️ {shelf.meanwhile}"
    except SettingRefused as error:
        return f"⚠️ {describe(error)}"
    await address_person(interaction)  # in the language that may just have been chosen
    return _("✅ Saved.")


async def _set(interaction: Interaction, arguments: Mapping[str, str], values: Sequence[str]) -> None:
    shelf = shelf_of(interaction, arguments["section"])
    field = field_named(shelf.model, arguments["field"])

    def edit(section: Described) -> Described:
        value = parse(field, values)
        _check_here(interaction, field, value)
        return with_field(section, field, value)

    said = await edit_section(interaction, shelf, int(arguments["version"]), edit)
    await show_field(interaction, shelf, field, said)


def _check_here(interaction: Interaction, field: SettingField, value: Any) -> None:
    """Refuse channels and roles of other guilds, which no menu offers but a forged choice may name."""
    if field.kind not in {FieldKind.CHANNEL, FieldKind.CHANNELS, FieldKind.ROLE, FieldKind.ROLES}:
        return
    chosen = many(value)
    if not all(settings_panel.is_here(interaction.guild, field, one) for one in chosen):
        raise SettingRefused(field.title, Phrase("must be chosen from this server"))
    if interaction.guild_id in chosen:
        raise SettingRefused(field.title, Phrase("can't be everyone"))


class SectionMenu(Menu, template=r"config:section:v1"):
    """Leads to a section."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Show it."""
        await _show_section(interaction, shelf_of(interaction, "".join(values)))


class FieldMenu(Menu, template=r"config:field:v1:(?P<section>[a-z_]{1,16})"):
    """Leads to a field."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Show it."""
        shelf = shelf_of(interaction, self.arguments["section"])
        await show_field(interaction, shelf, field_named(shelf.model, "".join(values)))


class ChooseMenu(Menu, template=rf"config:choose:v1:{_FIELD}"):
    """Sets a field to what is chosen."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Set it."""
        await _set(interaction, self.arguments, values)


class SwitchButton(Control, template=rf"config:switch:v1:{_FIELD}:(?P<to>on|off)"):
    """Sets a field to on or off."""

    async def pressed(self, interaction: Interaction) -> None:
        """Set it."""
        await _set(interaction, self.arguments, [self.arguments["to"]])


class WriteButton(Control, template=rf"config:write:v1:{_FIELD}"):
    """Opens the form to write a field."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it. A form must be the first answer, so what is read before it is as a rule in memory."""
        shelf = shelf_of(interaction, self.arguments["section"])
        field = field_named(shelf.model, self.arguments["field"])
        found = await shelf.read()
        custom_id = f"config:form:v1:{shelf.model.section}:{field.name}:{self.arguments['version']}"
        form = WriteForm(title=_(shelf.model.title), custom_id=custom_id)
        settings_panel.fill_form(form, field, getattr(found.value, field.name))
        await interaction.response.send_modal(form)


class WriteForm(Form):
    """What a field is to be."""

    template = re.compile(rf"config:form:v1:{_FIELD}")

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Set it."""
        await _set(interaction, arguments, [answers.text("value")])


class ResetButton(Control, template=rf"config:reset:v1:{_FIELD}"):
    """Sets a field back to its default."""

    async def pressed(self, interaction: Interaction) -> None:
        """Set it back."""
        shelf = shelf_of(interaction, self.arguments["section"])
        field = field_named(shelf.model, self.arguments["field"])
        usual = getattr(shelf.default, field.name)
        edit: Callable[[Any], Any] = lambda section: with_field(section, field, usual)  # noqa: E731 — typed
        said = await edit_section(interaction, shelf, int(self.arguments["version"]), edit)
        await show_field(interaction, shelf, field, said)


class ResetAllButton(Control, template=rf"config:reset-all:v1:{_WHOLE}"):
    """Asks whether a whole section is to go back to its defaults."""

    async def pressed(self, interaction: Interaction) -> None:
        """Ask, about the section as it was shown."""
        shelf = shelf_of(interaction, self.arguments["section"])
        await settled(interaction, shelf.owner(), ephemeral=True, in_place=True)
        about = f"{shelf.model.section}:{self.arguments['version']}"
        view = ResetConfirm.ask(interaction.user.id, about, yes=_("Yes, reset them"), no=_("Keep them"))
        await redraw(interaction, embed=settings_panel.sure_embed(shelf.model), view=view)


class ResetConfirm(Confirm, template=confirm_template("config:reset-sure:v2", _WHOLE)):
    """Sets a whole section back to its defaults, or leaves it."""

    question = "config:reset-sure:v2"

    async def agreed(self, interaction: Interaction) -> None:
        """Set it back."""
        shelf = shelf_of(interaction, self.arguments["section"])
        said = await edit_section(interaction, shelf, int(self.arguments["version"]), lambda _before: shelf.default)
        await _show_section(interaction, shelf, said)

    async def declined(self, interaction: Interaction) -> None:
        """Show it as it is."""
        await _show_section(interaction, shelf_of(interaction, self.arguments["section"]))


class OpenButton(Control, template=r"config:open:v1:(?P<section>[a-z_]{1,16})"):
    """Leads back to a section."""

    async def pressed(self, interaction: Interaction) -> None:
        """Show it."""
        await _show_section(interaction, shelf_of(interaction, self.arguments["section"]))


MENUS: tuple[type[Menu], ...] = (SectionMenu, FieldMenu, ChooseMenu)
BUTTONS: tuple[type[Control], ...] = (
    SwitchButton, WriteButton, ResetButton, ResetAllButton, ResetConfirm, OpenButton,
)  # fmt: skip
