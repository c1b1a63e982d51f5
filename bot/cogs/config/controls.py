"""The controls of /config. Each checks the guild, the permission and the version again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from bot.actions.authority import require_standing
from bot.actions.host import services_of
from bot.cogs.config import panel
from bot.domain.audit import AuditSource
from bot.domain.authority import Permission, Staff
from bot.domain.settings import Section
from bot.domain.settings_fields import FieldKind, SettingField, fields_of, parse, with_field
from bot.errors import ControlExpired, SettingRefused, SettingsChanged
from bot.i18n import _
from bot.services.settings_cache import Versioned
from bot.ui.answers import redraw, reply, settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Answers, Control, Form, Interaction, Menu
from bot.ui.errors import describe

S = TypeVar("S", bound=Section)

_FIELD = r"(?P<section>[a-z_]{1,16}):(?P<field>[a-z_]{1,32}):(?P<version>\d{1,12})"
_WHOLE = r"(?P<section>[a-z_]{1,16}):(?P<version>\d{1,12})"
SAVED = "✅ Saved."
_MEANWHILE = "⚠️ Somebody else changed this meanwhile, so I changed nothing. Here is the present state."


async def manager_of(interaction: Interaction) -> int:
    """The guild that the person may configure, by Manage Server or a role that its settings name.

    Raises:
        GuildOnly, DiscordAway, ActorTimedOut, StaffNeeded: there is none, or they may not.
    """
    return await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)


def _model(interaction: Interaction, arguments: Mapping[str, str]) -> type[Section]:
    model = services_of(interaction).guild_settings.section_named(arguments["section"])
    if model is None:
        raise ControlExpired
    return model


def field_named(model: type[Section], name: str) -> SettingField:
    """A field of a section.

    Raises:
        ControlExpired: there is none of that name.
    """
    field = next((field for field in fields_of(model) if field.name == name), None)
    if field is None:
        raise ControlExpired
    return field


async def _read(interaction: Interaction, model: type[Section]) -> tuple[Versioned[Any], Section]:
    settings = services_of(interaction).guild_settings
    found = await settled(interaction, _allowed_read(interaction, model), ephemeral=True, in_place=True)
    return found, settings.default(model)


async def _allowed_read(interaction: Interaction, model: type[S]) -> Versioned[S]:
    return await services_of(interaction).guild_settings.read(await manager_of(interaction), model)


async def open_section(interaction: Interaction, model: type[Section]) -> None:
    """Answer a command with a section."""
    settings = services_of(interaction).guild_settings
    found = await settled(interaction, _allowed_read(interaction, model), ephemeral=True)
    made = panel.section_panel(found, settings.default(model), settings.sections, interaction.guild)
    await reply(interaction, embed=made.embed, view=made.view, ephemeral=True)


async def _show_section(interaction: Interaction, model: type[Section], notice: str = "") -> None:
    (found, default), every = await _read(interaction, model), services_of(interaction).guild_settings.sections
    made = panel.section_panel(found, default, every, interaction.guild, notice=notice)
    await redraw(interaction, embed=made.embed, view=made.view)


async def show_field(interaction: Interaction, model: type[Section], field: SettingField, notice: str = "") -> None:
    """Show one field on the panel that was pressed."""
    made = panel.field_panel(*await _read(interaction, model), field, interaction.guild, notice=notice)
    await redraw(interaction, embed=made.embed, view=made.view)


async def _edit(interaction: Interaction, model: type[Section], version: str, edit: Callable[[Any], Any]) -> str:
    """Change a section as it was shown; what to say about it. Nothing is changed if it was changed meanwhile."""
    settings, by = services_of(interaction).guild_settings, interaction.user.id

    async def work() -> None:
        here = await manager_of(interaction)
        await settings.edit(here, model, edit, base=int(version), by=by, source=AuditSource.BUTTON)

    try:
        await settled(interaction, work(), ephemeral=True, in_place=True)
    except SettingsChanged:
        return _MEANWHILE
    except SettingRefused as error:
        return f"⚠️ {describe(error)}"
    return SAVED


async def _set(interaction: Interaction, arguments: Mapping[str, str], values: Sequence[str]) -> None:
    model = _model(interaction, arguments)
    field = field_named(model, arguments["field"])

    def edit(section: Section) -> Section:
        value = parse(field, values)
        _check_here(interaction, field, value)
        return with_field(section, field, value)

    await show_field(interaction, model, field, await _edit(interaction, model, arguments["version"], edit))


def _check_here(interaction: Interaction, field: SettingField, value: Any) -> None:
    """Refuse channels and roles of other guilds, which no menu offers but a forged choice may name."""
    if field.kind not in {FieldKind.CHANNEL, FieldKind.CHANNELS, FieldKind.ROLE, FieldKind.ROLES}:
        return
    chosen = value if isinstance(value, tuple) else () if value is None else (value,)
    if not all(panel.is_here(interaction.guild, field, one) for one in chosen):
        raise SettingRefused(field.title, "must be chosen from this server")
    if interaction.guild_id in chosen:
        raise SettingRefused(field.title, "can't be everyone")


class SectionMenu(Menu, template=r"config:section:v1"):
    """Leads to a section."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Show it."""
        await _show_section(interaction, _model(interaction, {"section": "".join(values)}))


class FieldMenu(Menu, template=r"config:field:v1:(?P<section>[a-z_]{1,16})"):
    """Leads to a field."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Show it."""
        model = _model(interaction, self.arguments)
        await show_field(interaction, model, field_named(model, "".join(values)))


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
        model = _model(interaction, self.arguments)
        field = field_named(model, self.arguments["field"])
        found = await _allowed_read(interaction, model)
        custom_id = f"config:form:v1:{model.section}:{field.name}:{self.arguments['version']}"
        form = WriteForm(title=f"{model.title} settings", custom_id=custom_id)
        panel.fill_form(form, field, getattr(found.value, field.name))
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
        model = _model(interaction, self.arguments)
        field = field_named(model, self.arguments["field"])
        usual = getattr(services_of(interaction).guild_settings.default(model), field.name)
        said = await _edit(
            interaction, model, self.arguments["version"], lambda section: with_field(section, field, usual)
        )
        await show_field(interaction, model, field, said)


class ResetAllButton(Control, template=rf"config:reset-all:v1:{_WHOLE}"):
    """Asks whether a whole section is to go back to its defaults."""

    async def pressed(self, interaction: Interaction) -> None:
        """Ask, about the section as it was shown."""
        model = _model(interaction, self.arguments)
        await settled(interaction, manager_of(interaction), ephemeral=True, in_place=True)
        about = f"{model.section}:{self.arguments['version']}"
        view = ResetConfirm.ask(interaction.user.id, about, yes=_("Yes, reset them"), no=_("Keep them"))
        await redraw(interaction, embed=panel.sure_embed(model), view=view)


class ResetConfirm(Confirm, template=confirm_template("config:reset-sure:v2", _WHOLE)):
    """Sets a whole section back to its defaults, or leaves it."""

    question = "config:reset-sure:v2"

    async def agreed(self, interaction: Interaction) -> None:
        """Set it back."""
        model = _model(interaction, self.arguments)
        default = services_of(interaction).guild_settings.default(model)
        said = await _edit(interaction, model, self.arguments["version"], lambda _before: default)
        await _show_section(interaction, model, said)

    async def declined(self, interaction: Interaction) -> None:
        """Show it as it is."""
        await _show_section(interaction, _model(interaction, self.arguments))


class OpenButton(Control, template=r"config:open:v1:(?P<section>[a-z_]{1,16})"):
    """Leads back to a section."""

    async def pressed(self, interaction: Interaction) -> None:
        """Show it."""
        await _show_section(interaction, _model(interaction, self.arguments))


MENUS: tuple[type[Menu], ...] = (SectionMenu, FieldMenu, ChooseMenu)
BUTTONS: tuple[type[Control], ...] = (
    SwitchButton, WriteButton, ResetButton, ResetAllButton, ResetConfirm, OpenButton,
)  # fmt: skip
