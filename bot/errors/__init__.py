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
    │   ├── FeatureOff
    │   └── CommandOff
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
    │   ├── UseSlash
    │   ├── ItemGone
    │   ├── ItemNameTaken
    │   ├── TooManyItems
    │   ├── ItemRefused
    │   ├── QuantityOutOfBounds
    │   ├── ItemNotForResale
    │   ├── ItemNotGiftable
    │   ├── ItemNotUsable
    │   ├── ItemNotWearable
    │   └── GiftToSelf
    ├── InsufficientFunds
    ├── AccountFull
    ├── AlreadyClaimed
    ├── ContentMismatch
    ├── SettingsChanged
    ├── PriceChanged
    ├── SoldOut
    ├── LimitReached
    ├── ItemCoolingDown
    ├── RequirementsNotMet
    ├── NotEnoughCopies
    ├── RoleHadAlready
    ├── ItemChanged
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
    AmountNotPositive,
    AmountNotUnderstood,
    AmountTooLarge,
    AuditEntryGone,
    BoardNotFound,
    BotHasNoPurse,
    DaysTurned,
    DurationNotUnderstood,
    DurationOutOfBounds,
    GiftToSelf,
    InvalidInput,
    ItemGone,
    ItemNameTaken,
    ItemNotForResale,
    ItemNotGiftable,
    ItemNotUsable,
    ItemNotWearable,
    ItemRefused,
    MomentNotUnderstood,
    MomentOutOfBounds,
    MyPermissionNeeded,
    OptionMissing,
    OptionNotUnderstood,
    OptionRefused,
    OptionTooLong,
    PeriodNotCounted,
    PersonNotFound,
    QuantityOutOfBounds,
    RecipientIsSelf,
    RecipientNotHere,
    RoleAboveMine,
    RoleGone,
    RoleIsEveryones,
    RoleIsManaged,
    RoleNotGranted,
    RoleTooPowerful,
    SettingRefused,
    TooManyItems,
    TooManyTargets,
    TooManyWords,
    UseSlash,
)
from bot.errors.base import (
    CommandOff,
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
    BatchGone,
    BatchOver,
    BatchStale,
    ContentMismatch,
    ControlExpired,
    InsufficientFunds,
    ItemChanged,
    ItemCoolingDown,
    LimitReached,
    NotEnoughCopies,
    PriceChanged,
    RequirementsNotMet,
    RoleHadAlready,
    SettingsChanged,
    SoldOut,
)

__all__ = [
    "AccountFull",
    "ActorTimedOut",
    "AlreadyClaimed",
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
    "CommandOff",
    "ContentMismatch",
    "ControlExpired",
    "DatabaseAway",
    "DaysTurned",
    "DiscordAway",
    "DurationNotUnderstood",
    "DurationOutOfBounds",
    "FeatureOff",
    "GiftToSelf",
    "GuildNotServed",
    "GuildOnly",
    "InsufficientFunds",
    "InvalidInput",
    "ItemChanged",
    "ItemCoolingDown",
    "ItemGone",
    "ItemNameTaken",
    "ItemNotForResale",
    "ItemNotGiftable",
    "ItemNotUsable",
    "ItemNotWearable",
    "ItemRefused",
    "LimitReached",
    "MomentNotUnderstood",
    "MomentOutOfBounds",
    "MyPermissionNeeded",
    "NoBoards",
    "NotAble",
    "NotAllowed",
    "NotEnoughCopies",
    "NotYours",
    "OptionMissing",
    "OptionNotUnderstood",
    "OptionRefused",
    "OptionTooLong",
    "OutcomeUnknown",
    "PeriodNotCounted",
    "PermissionNeeded",
    "PersonNotFound",
    "PriceChanged",
    "QuantityOutOfBounds",
    "RankTooLow",
    "RecipientIsSelf",
    "RecipientNotHere",
    "RequirementsNotMet",
    "RoleAboveMine",
    "RoleAboveYours",
    "RoleGone",
    "RoleHadAlready",
    "RoleIsEveryones",
    "RoleIsManaged",
    "RoleNotGranted",
    "RoleTooPowerful",
    "ServerOutOfSight",
    "SettingRefused",
    "SettingsChanged",
    "ShuttingDown",
    "SoldOut",
    "StaffNeeded",
    "TargetIsAdministrator",
    "TargetIsBot",
    "TargetIsMe",
    "TargetIsOwner",
    "TargetIsSelf",
    "TargetNotHere",
    "TooManyItems",
    "TooManyTargets",
    "TooManyWords",
    "Unavailable",
    "UseSlash",
    "UserError",
    "WrongPlace",
]
