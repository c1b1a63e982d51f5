"""What statements run on: sessions that read, and sessions that write within one transaction.

A session is an open connection. Two types stand for the two promises, so that a function's signature says whether it
may change anything.
"""

from __future__ import annotations

from typing import NewType, TypeAlias

from bot.db.aio import AsyncConnection

ReadSession = NewType("ReadSession", AsyncConnection)
"""Reads only; each statement sees the latest committed state."""

WriteSession = NewType("WriteSession", AsyncConnection)
"""One transaction, committed when its block ends and rolled back when it raises."""

Session: TypeAlias = ReadSession | WriteSession
"""Either: a statement that only reads can run inside a transaction too."""
