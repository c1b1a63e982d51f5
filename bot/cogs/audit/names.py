"""What people call the parts of an entry of the audit log that is no setting."""

from __future__ import annotations

from bot.i18n import N_

NAMES = {
    "role": N_("Role"),
    "until": N_("Until"),
    "grants": N_("Grants"),
    "text": N_("Text"),
    "pay": N_("Pay"),
    "wallet": N_("Wallet"),
    "bank": N_("Bank"),
    "transaction": N_("Transaction"),
    "item": N_("Thing"),
    "name": N_("Name"),
    "kind": N_("Kind"),
    "price": N_("Price"),
    "description": N_("Description"),
    "emoji": N_("Emoji"),
    "category": N_("Category"),
    "stock": N_("Stock"),
    "per_member": N_("Per member"),
    "cooldown": N_("Cooldown"),
    "available_until": N_("Available until"),
    "resale": N_("Resale"),
    "giftable": N_("Giftable"),
    "lifetime": N_("Lifetime of copies"),
    "requirements": N_("Requirements"),
    "effects": N_("Effects"),
    "channel": N_("Channel"),
    "deleted": N_("Deleted"),
    "found": N_("Found"),
    "count": N_("At most"),
    "bots": N_("Of bots alone"),
    "contains": N_("With these words"),
    "pattern": N_("Pattern"),
    "links": N_("With links"),
    "invites": N_("With invites"),
    "files": N_("With files"),
    "embeds": N_("With embeds"),
    "before": N_("Before the message"),
    "after": N_("After the message"),
    "around": N_("Around the message"),
    "pinned": N_("Pinned too"),
    "measure": N_("What follows"),
}
"""By the keys of `AuditRecord.before` and `after`."""
