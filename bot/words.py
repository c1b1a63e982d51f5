"""A mark for texts that are written in one place and said in another, for rooms that know nothing of languages."""

from __future__ import annotations


def N_(message: str) -> str:  # noqa: N802 — gettext's own name for it
    """Mark a text for the catalogues. It is translated where it is said (``bot.i18n``)."""
    return message
