"""What tickets need of a server, for /diagnose."""

from __future__ import annotations

from bot.domain.probes import (
    WRITING,
    ChannelProbe,
    PermissionProbe,
    Probes,
    SettingProbe,
    SettingRef,
    StaffChannelProbe,
)
from bot.domain.ticket_settings import TicketSettings
from bot.words import N_

_DUMB = N_("I can't speak in the tickets that I make.")

PROBES = Probes(
    permissions=(
        PermissionProbe("manage_channels", N_("I can make no channels for tickets, nor delete them.")),
        PermissionProbe("manage_roles", N_("I can't say who sees a ticket, so I open none.")),
        PermissionProbe("read_messages", _DUMB),
        PermissionProbe("send_messages", _DUMB),
        PermissionProbe("embed_links", _DUMB),
        PermissionProbe(
            "read_message_history", N_("What was written in tickets while I was away is missing in their transcripts.")
        ),
        PermissionProbe("attach_files", N_("Transcripts of tickets can't be posted."), vital=False),
        PermissionProbe("create_private_threads", N_("Tickets can't be threads."), vital=False),
        PermissionProbe("send_messages_in_threads", N_("Tickets can't be threads."), vital=False),
        PermissionProbe(
            "manage_threads", N_("Threads of tickets can be neither locked nor taken away from staff."), vital=False
        ),
    ),
    channels=(
        ChannelProbe(
            SettingRef(TicketSettings, "categories"),
            N_("No channels of tickets can be made there."),
            ("read_messages", "manage_channels", "manage_roles"),
        ),
        ChannelProbe(
            SettingRef(TicketSettings, "thread_channel"),
            N_("No threads of tickets can be made there."),
            ("read_messages", "create_private_threads", "send_messages_in_threads", "manage_threads"),
        ),
        ChannelProbe(SettingRef(TicketSettings, "log_channel"), N_("What happens to tickets can't be told there.")),
        ChannelProbe(
            SettingRef(TicketSettings, "transcript_channel"),
            N_("Transcripts of tickets can't be posted there."),
            (*WRITING, "attach_files"),
        ),
    ),
    staff_channels=(
        StaffChannelProbe(SettingRef(TicketSettings, "log_channel"), N_("They read there who opens tickets.")),
        StaffChannelProbe(
            SettingRef(TicketSettings, "transcript_channel"), N_("They read there all that was said in tickets.")
        ),
    ),
    settings=(
        SettingProbe(
            SettingRef(TicketSettings, "support_roles"),
            N_("Nobody but those with Manage Server sees the tickets of topics that name no roles of their own."),
        ),
    ),
)
