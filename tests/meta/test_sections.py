"""Every setting is described, and every panel that can be made of them is one that Discord takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.actions.settings_controls import BUTTONS, MENUS, ResetConfirm, WriteForm
from bot.domain.preferences import Preferences
from bot.domain.settings import Described, Section, Versioned
from bot.domain.settings_fields import FieldKind, SettingField, fields_of
from bot.features import sections
from bot.ui import settings_panel as panel
from tests.domain.test_settings_fields import Everything

MANUAL = Path(__file__).parents[2] / "docs" / "configuration.md"
ME = MANUAL.parent / "features" / "me.md"
SECTIONS = sections()
LATE = 999_999_999_999
MANY = tuple(2**62 + number for number in range(25))
LARGEST: dict[FieldKind, Any] = {FieldKind.ROLES: MANY, FieldKind.CHANNELS: MANY, FieldKind.ROLE: MANY[0]}
SHOWN: tuple[type[Described], ...] = (*SECTIONS, Preferences)
ALL = [(model, field) for model in (*SHOWN, Everything) for field in fields_of(model)]


def full(model: type[Described]) -> Described:
    """A section in which everything that can be chosen is."""
    return model.model_copy(
        model(), update={field.name: LARGEST[field.kind] for field in fields_of(model) if field.kind in LARGEST}
    )


def fits(made: panel.Panel) -> None:
    assert len(made.embed.title or "") <= 256
    assert 0 < len(made.embed.description or "") < 4096
    rows = made.view.to_components()
    assert len(rows) <= 5
    ids = [part["custom_id"] for row in rows for part in row["components"]]
    assert len(set(ids)) == len(ids)
    templates = [kind.__discord_ui_compiled_template__ for kind in (*BUTTONS, *MENUS)]
    for custom_id in ids:
        assert len(custom_id) <= 100
        assert sum(template.fullmatch(custom_id) is not None for template in templates) == 1, custom_id
    for row in rows:
        for part in row["components"]:
            assert len(part.get("label") or "") <= 80
            options = part.get("options", [])
            assert len(options) <= 25
            for option in options:
                assert 1 <= len(option["label"]) <= 100
                assert len(option.get("description") or "") <= 100


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.section)
def test_a_section_has_a_name_a_title_and_fields(model: type[Described]) -> None:
    assert [one for one in SHOWN if one.section == model.section] == [model]
    assert 1 <= len(model.section) <= 16
    assert 1 <= len(model.title) <= 25
    assert 1 <= len(model.model_fields) <= 25
    assert model() == model.model_validate(model().model_dump(mode="json"))


@pytest.mark.parametrize(("model", "field"), ALL, ids=lambda value: getattr(value, "name", None))
def test_every_field_says_what_it_is_and_fits_into_a_panel(model: type[Described], field: SettingField) -> None:
    assert 1 <= len(field.title) <= 45
    assert 1 <= len(field.description) <= 100
    assert len(field.name) <= 32
    assert not model.model_fields[field.name].is_required()
    assert (field.kind in {FieldKind.CHOICE, FieldKind.CHOICES}) == bool(field.choices)
    for section in (model(), full(model)):
        fits(panel.field_panel(Versioned(section, LATE), model(), field, None, notice="n" * 300))


@pytest.mark.parametrize("model", [*SHOWN, Everything], ids=lambda model: model.section)
def test_every_section_fits_into_a_panel(model: type[Described]) -> None:
    for section in (model(), full(model)):
        fits(panel.section_panel(Versioned(section, LATE), model(), SECTIONS, None, notice="n" * 300))
        asked = ResetConfirm.ask(MANY[0], f"{model.section}:{LATE}", yes="y" * 80, no="n" * 80)
        fits(panel.Panel(panel.sure_embed(model), asked))


@pytest.mark.parametrize(("model", "field"), ALL, ids=lambda value: getattr(value, "name", None))
async def test_every_form_is_one_that_discord_takes(model: type[Described], field: SettingField) -> None:
    custom_id = f"config:form:v1:{model.section}:{field.name}:{LATE}"
    assert WriteForm.template.fullmatch(custom_id)
    form = WriteForm(title=model.title, custom_id=custom_id)
    panel.fill_form(form, field, getattr(model(), field.name))
    [label] = form.to_dict()["components"]
    assert len(form.title) <= 45
    assert len(label["label"]) <= 45
    assert len(label["description"]) <= 100
    assert len(label["component"]["placeholder"]) <= 100


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.section)
def test_the_manual_has_a_table_of_every_section(model: type[Described]) -> None:
    rows = [
        f"| {field.title} | {panel.shown(field, getattr(model(), field.name))} | {field.description} |"
        for field in fields_of(model)
    ]
    manual = MANUAL if issubclass(model, Section) else ME
    table = "\n".join([f"### {model.title}", "", "| Setting | Default | What it does |", "|---|---|---|", *rows, ""])
    assert table in manual.read_text(encoding="utf-8"), f"{manual.name} should say:\n{table}"
