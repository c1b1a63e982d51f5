"""What the kinds of movements are called where they are counted or chosen."""

from __future__ import annotations

from discord import app_commands

from bot.domain.economy import Kind
from bot.words import N_

KINDS = {
    Kind.STARTING_BALANCE: N_("To begin with"),
    Kind.DAILY: N_("Daily"),
    Kind.WEEKLY: N_("Weekly"),
    Kind.WORK: N_("Work"),
    Kind.PAYMENT: N_("Payments"),
    Kind.DEPOSIT: N_("Into the bank"),
    Kind.WITHDRAWAL: N_("Out of the bank"),
    Kind.PURCHASE: N_("Bought"),
    Kind.SALE: N_("Sold"),
    Kind.EFFECT: N_("Came with things"),
    Kind.LEVEL: N_("For levels"),
    Kind.GIVEAWAY: N_("Won in giveaways"),
    Kind.HOLD: N_("Put aside"),
    Kind.RELEASE: N_("Given back"),
    Kind.GRANT: N_("Added by staff"),
    Kind.FINE: N_("Removed by staff"),
    Kind.CORRECTION: N_("Set by staff"),
    Kind.RESET: N_("Reset by staff"),
    Kind.REVERSAL: N_("Taken back"),
}

CHOICES = [app_commands.Choice(name=name, value=kind.value) for kind, name in KINDS.items()]
