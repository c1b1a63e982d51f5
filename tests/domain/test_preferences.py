"""Preferences as a model: what can be chosen exists, and what can't be is refused."""

from __future__ import annotations

import pytest

from bot.domain.preferences import Preferences
from bot.domain.settings_fields import SettingField, fields_of, parse, with_field, written
from bot.errors import SettingRefused
from bot.i18n import LANGUAGES
from bot.pictures.specs import Backdrop


def field(name: str) -> SettingField:
    return next(one for one in fields_of(Preferences) if one.name == name)


def test_every_background_and_language_that_there_is_can_be_chosen() -> None:
    assert [value for value, _ in field("background").choices] == [one.value for one in Backdrop]
    assert dict(field("language").choices).keys() == {"auto", *LANGUAGES}
    for name in ("background", "language"):
        for value, _ in field(name).choices:
            assert getattr(with_field(Preferences(), field(name), parse(field(name), [value])), name) == value


@pytest.mark.parametrize("name", ["time_zone", "accent"])
@pytest.mark.parametrize("nothing", ["", " ", "auto", "AUTO"])
def test_nothing_is_a_choice_where_the_servers_holds_then(name: str, nothing: str) -> None:
    chosen = Preferences(time_zone="Asia/Tokyo", accent=5)
    assert getattr(with_field(chosen, field(name), parse(field(name), [nothing])), name) is None
    assert written(field(name), None) == ""


@pytest.mark.parametrize(("name", "wrong"), [("time_zone", "Mars/Base"), ("accent", "red"), ("language", "tlh")])
def test_what_does_not_exist_is_refused(name: str, wrong: str) -> None:
    with pytest.raises(SettingRefused):
        with_field(Preferences(), field(name), parse(field(name), [wrong]))


def test_what_is_chosen_is_ready_to_use() -> None:
    assert (Preferences().zone, Preferences().own_language) == (None, None)
    chosen = Preferences(time_zone="Asia/Tokyo", language="de")
    assert (str(chosen.zone), chosen.own_language) == ("Asia/Tokyo", "de")
