"""What people, channels and roles are called, for reading names that were typed and for writing them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_LONG_NUMBER = re.compile(r"\b\d{15,20}\b")


@dataclass(frozen=True)
class Names:
    """The names of a place at one moment, by id. Read from text they may be written large or small."""

    users: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)

    def user(self, text: str) -> int | None:
        """Who is meant by `@name`, `name`, `<@id>` or an id."""
        return _find(self.users, text.removeprefix("<").removeprefix("@").removeprefix("!").removesuffix(">"))

    def channel(self, text: str) -> int | None:
        """Which channel is meant by `#name`, `name`, `<#id>` or an id."""
        return _find(self.channels, text.removeprefix("<").removeprefix("#").removesuffix(">"))

    def role(self, text: str) -> int | None:
        """Which role is meant by `@name`, `name`, `<@&id>` or an id."""
        bare = {number: name.removeprefix("@") for number, name in self.roles.items()}  # @everyone is called so
        return _find(bare, text.removeprefix("<").removeprefix("@").removeprefix("&").removesuffix(">"))

    def spoken(self, text: str) -> str:
        """A text with names instead of ids, for sentences made for programs."""

        def name(match: re.Match[str]) -> str:
            number = int(match.group())
            channel = self.channels.get(number)
            found = self.users.get(number) or self.roles.get(number) or (channel and f"#{channel}")
            return found or match.group()

        return _LONG_NUMBER.sub(name, text)

    def typed(self, text: str) -> str:
        """A text as it is sent: `@name` and `#name` become mentions where there is such a name."""

        def mention(match: re.Match[str]) -> str:
            sign, word = match["sign"], match["word"]
            if sign == "#":
                return match.group() if (channel := self.channel(word)) is None else f"<#{channel}>"
            if (user := self.user(word)) is not None:
                return f"<@{user}>"
            return match.group() if (role := self.role(word)) is None else f"<@&{role}>"

        return re.sub(r"(?<![\w<])(?P<sign>[@#])(?P<word>[\w-]+)", mention, text)


def _find(names: Mapping[int, str], text: str) -> int | None:
    wanted = text.strip().casefold()
    if wanted.isdecimal() and int(wanted) in names:
        return int(wanted)
    return next((number for number, name in names.items() if name.casefold() == wanted), None)
