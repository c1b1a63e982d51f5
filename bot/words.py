"""Marks for texts that are written in one place and said in another, for rooms that know nothing of languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def N_(message: str) -> str:  # noqa: N802 — gettext's own name for it
    """Mark a text for the catalogues. It is translated where it is said (``bot.i18n``)."""
    return message


@dataclass(frozen=True)
class Phrase:
    """A text with values to be put in where it is said: ``Phrase("must be at least {least}", {"least": 5})``.

    Being one marks its text for the catalogues. A value may be a phrase itself; numbers and times are written as the
    reader's language writes them.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict[str, object])

    def __str__(self) -> str:
        """For logs: in the code's own language."""
        return self.text.format(**self.values)
