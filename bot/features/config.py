"""What owners set for all features alike."""

from __future__ import annotations

from bot.domain.audit import CHANGED_SETTINGS
from bot.domain.authority import Staff
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.probes import ChannelProbe, IntentProbe, Probes, SettingProbe, SettingRef, StaffChannelProbe, StaffProbe
from bot.features.declaration import Declaration
from bot.words import N_

CONFIG = Declaration(
    name="config",
    title="Settings",
    summary="Choose what I do in this server.",
    extension="bot.cogs.config",
    docs="docs/configuration.md",
    audited={CHANGED_SETTINGS: N_("Settings changed")},
    sections=(FeatureSettings, GeneralSettings),
    probes=Probes(
        intents=(IntentProbe("message_content", N_("I can't read commands that are typed with a prefix.")),),
        channels=(
            ChannelProbe(SettingRef(GeneralSettings, "log_channel"), N_("Staff can't read there what was done.")),
            ChannelProbe(SettingRef(GeneralSettings, "alert_channel"), N_("Staff can't be called there.")),
        ),
        settings=(
            SettingProbe(
                SettingRef(GeneralSettings, "alert_channel"),
                N_("Nobody is told when something here needs your staff, until somebody looks with `/diagnose`."),
            ),
        ),
        staff=(StaffProbe("config", Staff.ADMIN),),
        staff_channels=(
            StaffChannelProbe(
                SettingRef(GeneralSettings, "log_channel"), N_("They read there what staff sets and does, and to whom.")
            ),
            StaffChannelProbe(
                SettingRef(GeneralSettings, "alert_channel"), N_("They read there what does not work in this server.")
            ),
        ),
    ),
    scene="bot.scenes.config",
)
