"""What a process can say of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class About:
    """Which version runs since when, and where its operator wants people to go. Addresses are full https ones."""

    version: str
    started_at: datetime
    source_url: str | None = None
    support_url: str | None = None
    privacy_url: str | None = None
    docs_url: str | None = None
