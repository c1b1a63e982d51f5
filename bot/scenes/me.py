"""A scene about /me and /userinfo: a language of one's own, and who somebody is."""

from __future__ import annotations

from bot.sandbox.terminal import Step

SCENE: tuple[Step, ...] = (
    Step(
        "regular",
        "/me",
        before="Everybody chooses the language in which the bot speaks to them.",
        expect=("Your preferences",),
    ),
    Step("regular", "select Change a setting: language", expect=("As in Discord",)),
    Step("regular", "select Language: Deutsch", expect=("Gespeichert",)),
    Step("regular", "/balance", before="What others read stays in the server's language.", expect=("Geldbeutel",)),
    Step("regular", "select Sprache: Wie in Discord", expect=("Saved",)),
    Step("regular", "/userinfo member:@mira", before="Who somebody is, as a card.", expect=("Roles",)),
    Step("regular", "menu User info @quiet", before="The same from the menu on a person.", expect=("User info",)),
)
"""The steps, in their order."""
