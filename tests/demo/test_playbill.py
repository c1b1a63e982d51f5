"""Scenes play to their end, whatever was set before."""

from __future__ import annotations

import pytest

from bot import demo
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.preferences import Preferences
from tests.demo.conftest import Company


async def test_the_opening_scene_is_the_same_whatever_was_set_before(company: Company) -> None:
    services = company.running.services()
    read, edit = services.guild_settings.read, services.guild_settings.edit

    await edit(demo.GUILD, FeatureSettings, lambda one: one.model_copy(update={"economy": False}), base=0, by=demo.OLA)
    await edit(demo.GUILD, GeneralSettings, lambda one: one.model_copy(update={"language": "de"}), base=0, by=demo.OLA)
    german = Preferences(language="de")
    await services.preferences.edit(demo.REGULAR, lambda _: german, base=0)

    assert await company.bill.play(demo.OPENING) == 0
    assert (
        "Otherwise until the scene is over: "
        "the features settings, the general settings and the preferences of regular." in company.shown
    )
    assert not (await read(demo.GUILD, FeatureSettings)).value.economy
    assert (await read(demo.GUILD, GeneralSettings)).value.language == "de"
    assert (await services.preferences.read(demo.REGULAR)).value == german


@pytest.mark.parametrize("name", demo.scenes())
async def test_every_scene_plays_to_its_end_and_can_be_played_again(company: Company, name: str) -> None:
    before = await company.settings()
    for _ in range(2):
        assert await company.bill.play(name) == 0, company.shown
    assert await company.settings() == before, "whatever a scene sets is put back"


async def test_a_scene_goes_on_when_something_is_missing(company: Company) -> None:
    company.sandbox.world.remove_member(demo.GUILD, demo.NEWCOMER)
    assert await company.bill.play(demo.OPENING) > 0
    assert "Otherwise than it was written" in company.shown
    assert company.shown.index("Otherwise") < company.shown.index("regular> /transactions")
    assert company.lines[-1].endswith("delete demo.db in DATA_DIR to begin anew.")
