"""What holds in a server that has chosen nothing about leveling."""

from __future__ import annotations

from bot.domain.curves import HIGHEST, Preset
from bot.domain.leveling_settings import CurveSettings, LevelingSettings, LevelSettings
from bot.domain.multipliers import UNIT


def test_a_server_begins_with_the_usual_curve_and_messages_alone() -> None:
    earning, levels, curve = LevelingSettings(), LevelSettings(), CurveSettings()
    assert (curve.preset, curve.cap) == (Preset.MEE6, HIGHEST)
    assert (earning.message_least, earning.message_most, earning.cooldown) == (15, 25, 60)
    assert earning.voice == 0
    assert earning.factor == UNIT
    assert levels.take_roles
    assert not levels.insist
    assert (levels.announce, levels.announce_every, levels.announce_from) == ("same", 5, 1)
