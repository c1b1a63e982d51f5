"""Statements of the economy, by noun: `accounts`, the `ledger`, a member's `entries`, `claims`, and `checks` on all.

Built once and bound at each call: building one costs more than running it on SQLite.
"""
