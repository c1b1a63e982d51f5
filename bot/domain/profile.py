"""What /userinfo asks features, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.authority import Permission


@dataclass(frozen=True)
class Glance:
    """Who looks at whom, and where."""

    guild_id: int
    user_id: int
    """Who is looked at; perhaps no member any more."""
    is_bot: bool
    viewer_id: int
    permissions: int
    """What the viewer may do in the whole guild."""

    @property
    def is_own(self) -> bool:
        """Whether somebody looks at themselves."""
        return self.user_id == self.viewer_id

    def may(self, permission: Permission) -> bool:
        """Whether the viewer has a permission in the whole guild."""
        return bool(self.permissions & (permission | Permission.ADMINISTRATOR))


@dataclass(frozen=True)
class Fact:
    """One thing that a feature knows of a member, in the words and the language of the viewer."""

    label: str
    value: str
    is_plain: bool = True
    """Whether it can be drawn: without mentions and timestamps."""
