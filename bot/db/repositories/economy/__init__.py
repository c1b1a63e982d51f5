"""Statements of the economy, by noun: `accounts`, the `ledger`, a member's `entries`, `tallies`, `claims`, `checks`.

Built once and bound at each call: building one costs more than running it on SQLite.
"""
