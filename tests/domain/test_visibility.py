"""Who is shown a command: what is kept from everybody, and what is only kept for some."""

from __future__ import annotations

import pytest

from bot.domain.visibility import Hidden, Hiding, Overrides, Rule, RuleKind, hiding, is_shown_to

GUILD = 1_000
EVERYWHERE = GUILD - 1
STAFF, BOTS = 7, 8
CHANNEL = 9
ROLE, USER, PLACE = RuleKind.ROLE, RuleKind.USER, RuleKind.CHANNEL

NOBODY = Rule(ROLE, GUILD, allowed=False)
EVERYBODY = Rule(ROLE, GUILD, allowed=True)
NOWHERE = Rule(PLACE, EVERYWHERE, allowed=False)
ANYWHERE = Rule(PLACE, EVERYWHERE, allowed=True)
FOR_STAFF = Rule(ROLE, STAFF, allowed=True)
NOT_FOR_STAFF = Rule(ROLE, STAFF, allowed=False)
FOR_BOB = Rule(USER, 5, allowed=True)
HERE = Rule(PLACE, CHANNEL, allowed=True)
NOT_HERE = Rule(PLACE, CHANNEL, allowed=False)

PEOPLE, PLACES = Hidden.FROM_EVERYONE, Hidden.IN_ALL_CHANNELS


@pytest.mark.parametrize(
    ("own", "app", "expected"),
    [
        ((), (), None),
        ((NOBODY,), (), Hiding(PEOPLE, by_app=False)),
        ((NOBODY, FOR_STAFF), (), None),
        ((NOBODY, FOR_BOB), (), None),
        ((NOBODY,), (FOR_STAFF,), Hiding(PEOPLE, by_app=False)),
        ((NOT_FOR_STAFF, NOT_HERE), (), None),
        ((), (NOBODY,), Hiding(PEOPLE, by_app=True)),
        ((), (NOBODY, FOR_STAFF), None),
        ((EVERYBODY,), (NOBODY,), None),
        ((FOR_STAFF,), (NOBODY,), None),
        ((NOWHERE,), (), Hiding(PLACES, by_app=False)),
        ((NOWHERE, HERE), (), None),
        ((NOWHERE,), (HERE,), Hiding(PLACES, by_app=False)),
        ((), (NOWHERE,), Hiding(PLACES, by_app=True)),
        ((HERE,), (NOWHERE,), None),
        ((ANYWHERE,), (NOWHERE,), None),
        ((NOT_HERE,), (NOWHERE,), Hiding(PLACES, by_app=True)),
        ((NOBODY, NOWHERE), (), Hiding(PEOPLE, by_app=False)),
    ],
)
def test_a_command_is_hidden_only_if_nobody_is_shown_it(
    own: tuple[Rule, ...], app: tuple[Rule, ...], expected: Hiding | None
) -> None:
    assert hiding("pay", Overrides(app, {"pay": own}), GUILD) == expected


@pytest.mark.parametrize(
    ("own", "app", "has_permission", "shown"),
    [
        ((), (), True, True),
        ((), (), False, False),
        ((FOR_STAFF,), (), False, True),
        ((EVERYBODY,), (), False, True),
        ((NOBODY,), (), True, False),
        ((NOBODY, FOR_STAFF), (), False, True),
        ((EVERYBODY, NOT_FOR_STAFF), (), True, False),
        ((), (FOR_STAFF,), False, False),
        ((), (NOBODY,), True, False),
        ((), (NOBODY, FOR_STAFF), True, True),
        ((FOR_STAFF,), (NOBODY,), False, True),
    ],
)
def test_a_role_is_shown_a_command_by_the_commands_own_rules_first(
    own: tuple[Rule, ...], app: tuple[Rule, ...], has_permission: bool, shown: bool
) -> None:
    overrides = Overrides(app, {"pay": own})
    assert is_shown_to(STAFF, "pay", overrides, GUILD, has_permission=has_permission) is shown
