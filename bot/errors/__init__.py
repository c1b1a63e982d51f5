"""Errors that are answers: what a person did that can't be done, said so that they know what to do next.

A subclass is named after the situation, carries its data as fields and says it in one template. Nothing else about
an error ever reaches a member: every other exception becomes an incident id (``bot.ui.errors``).

::

    UserError
    ├── Unavailable            something of ours is away for the moment
    │   ├── DatabaseAway
    │   ├── OutcomeUnknown
    │   ├── DiscordAway
    │   └── ShuttingDown
    ├── WrongPlace             it works elsewhere
    │   ├── GuildOnly
    │   ├── GuildNotServed
    │   ├── ServerOutOfSight
    │   ├── NoBoards
    │   └── FeatureOff
    ├── NotAllowed             somebody else may
    │   ├── NotYours
    │   ├── PermissionNeeded
    │   ├── RoleAboveYours
    │   ├── StaffNeeded
    │   ├── ActorTimedOut
    │   ├── RankTooLow
    │   ├── TargetIsSelf
    │   ├── TargetIsMe
    │   ├── TargetIsOwner
    │   ├── TargetIsBot
    │   ├── TargetIsAdministrator
    │   └── TargetNotHere
    ├── NotAble                I may not, whoever asks
    │   ├── BotPermissionNeeded
    │   └── BotRankTooLow
    ├── InvalidInput           the question can't be answered as it was put
    │   ├── AmountNotPositive
    │   ├── AmountTooLarge
    │   ├── AmountBelowZero
    │   ├── AmountNotUnderstood
    │   ├── DurationNotUnderstood
    │   ├── DurationOutOfBounds
    │   ├── MomentNotUnderstood
    │   ├── MomentOutOfBounds
    │   ├── PersonNotFound
    │   ├── RecipientIsSelf
    │   ├── BotHasNoPurse
    │   ├── RecipientNotHere
    │   ├── SettingRefused
    │   ├── RoleGone
    │   ├── RoleIsEveryones
    │   ├── RoleIsManaged
    │   ├── RoleAboveMine
    │   ├── RoleTooPowerful
    │   ├── MyPermissionNeeded
    │   ├── RoleNotGranted
    │   ├── TooManyTargets
    │   ├── OptionMissing
    │   ├── OptionNotUnderstood
    │   ├── OptionRefused
    │   ├── OptionTooLong
    │   ├── TooManyWords
    │   ├── BoardNotFound
    │   ├── PeriodNotCounted
    │   ├── AuditEntryGone
    │   ├── DaysTurned
    │   ├── TransactionNotFound
    │   ├── NotConfirmed
    │   └── UseSlash
    ├── InsufficientFunds
    ├── AccountFull
    ├── HoldsLess
    ├── AlreadySo
    ├── NothingToReset
    ├── CannotUndo
    ├── AlreadyUndone
    ├── CoinsSpent
    ├── NoReset
    ├── AlreadyClaimed
    ├── ContentMismatch
    ├── SettingsChanged
    ├── BatchGone
    ├── BatchOver
    ├── BatchStale
    └── ControlExpired
"""

from __future__ import annotations

from bot.errors.allowed import (
    ActorTimedOut,
    BotPermissionNeeded,
    BotRankTooLow,
    NotAble,
    NotAllowed,
    NotYours,
    PermissionNeeded,
    RankTooLow,
    RoleAboveYours,
    StaffNeeded,
    TargetIsAdministrator,
    TargetIsBot,
    TargetIsMe,
    TargetIsOwner,
    TargetIsSelf,
    TargetNotHere,
)
from bot.errors.asked import (
    AmountBelowZero,
    AmountNotPositive,
    AmountNotUnderstood,
    AmountTooLarge,
    AuditEntryGone,
    BoardNotFound,
    BotHasNoPurse,
    DaysTurned,
    DurationNotUnderstood,
    DurationOutOfBounds,
    InvalidInput,
    MomentNotUnderstood,
    MomentOutOfBounds,
    MyPermissionNeeded,
    NotConfirmed,
    OptionMissing,
    OptionNotUnderstood,
    OptionRefused,
    OptionTooLong,
    PeriodNotCounted,
    PersonNotFound,
    RecipientIsSelf,
    RecipientNotHere,
    RoleAboveMine,
    RoleGone,
    RoleIsEveryones,
    RoleIsManaged,
    RoleNotGranted,
    RoleTooPowerful,
    SettingRefused,
    TooManyTargets,
    TooManyWords,
    TransactionNotFound,
    UseSlash,
)
from bot.errors.base import (
    DatabaseAway,
    DiscordAway,
    FeatureOff,
    GuildNotServed,
    GuildOnly,
    NoBoards,
    OutcomeUnknown,
    ServerOutOfSight,
    ShuttingDown,
    Unavailable,
    UserError,
    WrongPlace,
)
from bot.errors.situations import (
    AccountFull,
    AlreadyClaimed,
    AlreadySo,
    AlreadyUndone,
    BatchGone,
    BatchOver,
    BatchStale,
    CannotUndo,
    CoinsSpent,
    ContentMismatch,
    ControlExpired,
    HoldsLess,
    InsufficientFunds,
    NoReset,
    NothingToReset,
    SettingsChanged,
)

__all__ = [
    "AccountFull",
    "ActorTimedOut",
    "AlreadyClaimed",
    "AlreadySo",
    "AlreadyUndone",
    "AmountBelowZero",
    "AmountNotPositive",
    "AmountNotUnderstood",
    "AmountTooLarge",
    "AuditEntryGone",
    "BatchGone",
    "BatchOver",
    "BatchStale",
    "BoardNotFound",
    "BotHasNoPurse",
    "BotPermissionNeeded",
    "BotRankTooLow",
    "CannotUndo",
    "CoinsSpent",
    "ContentMismatch",
    "ControlExpired",
    "DatabaseAway",
    "DaysTurned",
    "DiscordAway",
    "DurationNotUnderstood",
    "DurationOutOfBounds",
    "FeatureOff",
    "GuildNotServed",
    "GuildOnly",
    "HoldsLess",
    "InsufficientFunds",
    "InvalidInput",
    "MomentNotUnderstood",
    "MomentOutOfBounds",
    "MyPermissionNeeded",
    "NoBoards",
    "NoReset",
    "NotAble",
    "NotAllowed",
    "NotConfirmed",
    "NotYours",
    "NothingToReset",
    "OptionMissing",
    "OptionNotUnderstood",
    "OptionRefused",
    "OptionTooLong",
    "OutcomeUnknown",
    "PeriodNotCounted",
    "PermissionNeeded",
    "PersonNotFound",
    "RankTooLow",
    "RecipientIsSelf",
    "RecipientNotHere",
    "RoleAboveMine",
    "RoleAboveYours",
    "RoleGone",
    "RoleIsEveryones",
    "RoleIsManaged",
    "RoleNotGranted",
    "RoleTooPowerful",
    "ServerOutOfSight",
    "SettingRefused",
    "SettingsChanged",
    "ShuttingDown",
    "StaffNeeded",
    "TargetIsAdministrator",
    "TargetIsBot",
    "TargetIsMe",
    "TargetIsOwner",
    "TargetIsSelf",
    "TargetNotHere",
    "TooManyTargets",
    "TooManyWords",
    "TransactionNotFound",
    "Unavailable",
    "UseSlash",
    "UserError",
    "WrongPlace",
]
