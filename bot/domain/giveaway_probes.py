"""What giveaways need of a server, for /diagnose."""

from __future__ import annotations

from bot.domain.giveaway_settings import GiveawaySettings
from bot.domain.probes import ChannelProbe, PermissionProbe, Probes, SettingRef, StaffChannelProbe
from bot.words import N_

_DUMB = N_("Giveaways can't be shown.")

PROBES = Probes(
    permissions=(
        PermissionProbe("read_messages", _DUMB),
        PermissionProbe("send_messages", _DUMB),
        PermissionProbe("embed_links", _DUMB),
        PermissionProbe("send_messages_in_threads", N_("Giveaways in threads can't be shown."), vital=False),
        PermissionProbe("attach_files", N_("Nobody gets the files that prove a draw."), vital=False),
        PermissionProbe(
            "read_message_history", N_("A message that may have been sent already is sent twice."), vital=False
        ),
        PermissionProbe("manage_roles", N_("Nobody gets roles that they won."), vital=False),
    ),
    channels=(
        ChannelProbe(SettingRef(GiveawaySettings, "channel"), N_("Giveaways can't be shown there.")),
        ChannelProbe(SettingRef(GiveawaySettings, "log_channel"), N_("What happens to giveaways can't be told there.")),
    ),
    staff_channels=(
        StaffChannelProbe(SettingRef(GiveawaySettings, "log_channel"), N_("They read there what staff does.")),
    ),
)
