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
    │   ├── CommandOff
    │   ├── FileHidden
    │   ├── NoTicketHere
    │   └── NoTopics
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
    │   ├── BotPermissionNeededHere
    │   └── BotRankTooLow
    ├── InvalidInput           the question can't be answered as it was put
    │   ├── AmountNotPositive
    │   ├── AmountTooLarge
    │   ├── AmountBelowZero
    │   ├── AmountNotUnderstood
    │   │   └── ShareNotUnderstood
    │   ├── ShareTooSmall
    │   ├── DurationNotUnderstood
    │   ├── DurationOutOfBounds
    │   ├── MomentNotUnderstood
    │   ├── MomentOutOfBounds
    │   ├── PersonNotFound
    │   ├── RecipientIsSelf
    │   ├── PaymentTooSmall
    │   ├── PaymentTooLarge
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
    │   ├── JobEmpty
    │   ├── ItemGone
    │   ├── ItemNameTaken
    │   ├── TooManyItems
    │   ├── ItemRefused
    │   ├── QuantityOutOfBounds
    │   ├── ItemNotForResale
    │   ├── ItemNotGiftable
    │   ├── ItemNotUsable
    │   ├── ItemNotWearable
    │   ├── GiftToSelf
    │   ├── SketchGone
    │   ├── TooManySketches
    │   ├── StockNotUnderstood
    │   ├── StockOutOfBounds
    │   ├── TransactionNotFound
    │   ├── NotConfirmed
    │   ├── CaseNotFound
    │   ├── NotBanned
    │   ├── NotTimedOut
    │   ├── WarningNotFound
    │   ├── WarnRuleNotFound
    │   ├── KickHasNoLength
    │   ├── TooManyWarnRules
    │   ├── NobodyNamed
    │   ├── ListTooLarge
    │   ├── ListUnreadable
    │   ├── CaseNotVoid
    │   ├── CaseVoid
    │   ├── CaseOver
    │   ├── NotAWarning
    │   ├── NothingToChange
    │   ├── OneToUndo
    │   ├── UndoneElsewhere
    │   ├── CaseIsItself
    │   ├── TooManyLinks
    │   ├── ProofTooBig
    │   ├── ProofNotUnderstood
    │   ├── TooMuchProof
    │   ├── LevelAboveCap
    │   ├── RewardEmpty
    │   ├── RewardNotFound
    │   ├── XpOrLevel
    │   ├── CurveNotUnderstood
    │   ├── CurveNamedTwice
    │   ├── FactorNotUnderstood
    │   ├── BoostTooSmall
    │   ├── MultiplierOfOne
    │   ├── TooManyMultipliers
    │   ├── MultiplierNotFound
    │   ├── TooManyRewards
    │   ├── ProofNotFound
    │   ├── NotLocked
    │   ├── NothingLocked
    │   ├── NotLockable
    │   ├── ReasonNeeded
    │   ├── MisplacedInForm
    │   ├── GuestIsOpener
    │   ├── MessageNotUnderstood
    │   ├── MessageElsewhere
    │   ├── PurgeAroundAlone
    │   ├── PatternNotUnderstood
    │   ├── PatternTooSlow
    │   ├── PanelNameTaken
    │   ├── TooManyPanels
    │   ├── TooManyTopics
    │   ├── PanelEmpty
    │   ├── PanelNotSent
    │   ├── ChannelClosedToMe
    │   ├── EmojiNotUnderstood
    │   ├── TopicRefused
    │   ├── NotBlocked
    │   ├── PanelGone
    │   ├── UseSlash
    │   ├── TicketNotFound
    │   ├── TopicNotFound
    │   ├── PanelNotFound
    │   ├── TicketFormChanged
    │   ├── AnswerMissing
    │   ├── AnswerNotNumber
    │   ├── AnswerNumberOutOfBounds
    │   ├── TicketForBot
    │   ├── AgentCannotSee
    │   ├── TagsRefused
    │   ├── NameRefused
    │   ├── GiveawayNotFound
    │   ├── GiveawayRefused
    │   ├── GiveawayTimesWrong
    │   ├── GiveawayWithoutPrize
    │   ├── NotAGiveaway
    │   └── WhichWinner
    ├── InsufficientFunds
    │   └── BankTooLow
    ├── AccountFull
    │   ├── WalletFull
    │   ├── BankFull
    │   └── RecipientFull
    ├── PaidEnoughToday
    ├── MemberTooShort
    ├── AccountTooYoung
    ├── HoldsLess
    ├── AlreadySo
    ├── NothingToReset
    ├── CannotUndo
    ├── AlreadyUndone
    ├── CoinsSpent
    ├── ThingsGone
    ├── NoReset
    ├── XpAlreadySo
    ├── NoXpChange
    ├── AlreadyClaimed
    ├── AlreadyWorked
    ├── JobGone
    ├── JobChanged
    ├── JobKnown
    ├── TooManyJobs
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
    ├── SketchChanged
    ├── BatchGone
    ├── BatchOver
    ├── BatchStale
    ├── AlreadyBanned
    ├── ActUnderWay
    ├── CaseChanged
    ├── WarningTakenBack
    ├── CaseUnderWay
    ├── ProofGone
    ├── AlreadyLocked
    ├── LockUnderWay
    ├── LockChanged
    ├── PurgeUnderWay
    ├── PurgeGone
    ├── CurveUnsound
    │   ├── CurveNotRising
    │   └── CurveTooSteep
    ├── CurveTooMany
    ├── BotsHaveNoRank
    ├── RankHidden
    ├── TooManyGuests
    ├── TicketBusy
    ├── TicketNotClosed
    ├── TicketDeleted
    ├── TicketAsked
    ├── NotAsked
    ├── NotYourTicket
    ├── RatingKept
    ├── TicketOver
    ├── TicketChanged
    ├── NotSupport
    ├── TicketLimitReached
    ├── TicketCooldown
    ├── TooManyTickets
    ├── TicketBlocked
    ├── TicketNotForYou
    ├── TooYoungForTicket
    ├── TooNewForTicket
    ├── TicketNotOpened
    ├── PanelChanged
    ├── ControlExpired
    ├── TicketTaken
    ├── TicketNotTaken
    ├── TicketOfAnother
    ├── AgentFull
    ├── AgentOffDuty
    ├── TicketUnchanged
    ├── NotInThreads
    ├── GiveawayNotOpen
    ├── GiveawayOver
    ├── GiveawayPublished
    ├── GiveawayNotDrawn
    ├── NotGiveawayStaff
    ├── TooManyGiveaways
    ├── NotAWinner
    ├── NoSuchWinner
    └── NobodyLeftToDraw
"""

from __future__ import annotations

from bot.errors.allowed import (
    ActorTimedOut, BotPermissionNeeded, BotRankTooLow, NotAble, NotAllowed, NotYours, PermissionNeeded, RankTooLow,
    RoleAboveYours, StaffNeeded, TargetIsAdministrator, TargetIsBot, TargetIsMe, TargetIsOwner, TargetIsSelf,
    TargetNotHere,
)  # fmt: skip
from bot.errors.asked import (
    AmountBelowZero, AmountNotPositive, AmountNotUnderstood, AmountTooLarge, AuditEntryGone, BoardNotFound,
    BotHasNoPurse, DaysTurned, DurationNotUnderstood, DurationOutOfBounds, InvalidInput, JobEmpty,
    MomentNotUnderstood, MomentOutOfBounds, MyPermissionNeeded, NotConfirmed, OptionMissing, OptionNotUnderstood,
    OptionRefused, OptionTooLong, PaymentTooLarge, PaymentTooSmall, PeriodNotCounted, PersonNotFound, RecipientIsSelf,
    RecipientNotHere, RoleAboveMine, RoleGone, RoleIsEveryones, RoleIsManaged, RoleNotGranted, RoleTooPowerful,
    SettingRefused, ShareNotUnderstood, ShareTooSmall, TooManyTargets, TooManyWords, TransactionNotFound, UseSlash,
)  # fmt: skip
from bot.errors.base import (
    CommandOff, DatabaseAway, DiscordAway, FeatureOff, GuildNotServed, GuildOnly, NoBoards, OutcomeUnknown,
    ServerOutOfSight, ShuttingDown, Unavailable, UserError, WrongPlace,
)  # fmt: skip
from bot.errors.giveaways import (
    GiveawayNotDrawn, GiveawayNotFound, GiveawayNotOpen, GiveawayOver, GiveawayPublished, GiveawayRefused,
    GiveawayTimesWrong, GiveawayWithoutPrize, NobodyLeftToDraw, NoSuchWinner, NotAGiveaway, NotAWinner,
    NotGiveawayStaff, TooManyGiveaways, WhichWinner,
)  # fmt: skip
from bot.errors.goods import (
    GiftToSelf, ItemGone, ItemNameTaken, ItemNotForResale, ItemNotGiftable, ItemNotUsable, ItemNotWearable,
    ItemRefused, QuantityOutOfBounds, SketchGone, StockNotUnderstood, StockOutOfBounds, TooManyItems, TooManySketches,
)  # fmt: skip
from bot.errors.leveling import (
    BoostTooSmall, BotsHaveNoRank, CurveNamedTwice, CurveNotRising, CurveNotUnderstood, CurveTooMany, CurveTooSteep,
    CurveUnsound, FactorNotUnderstood, LevelAboveCap, MultiplierNotFound, MultiplierOfOne, NoXpChange, RankHidden,
    RewardEmpty, RewardNotFound, TooManyMultipliers, TooManyRewards, XpAlreadySo, XpOrLevel,
)  # fmt: skip
from bot.errors.locks import (
    AlreadyLocked, LockChanged, LockUnderWay, NothingLocked, NotLockable, NotLocked,
)  # fmt: skip
from bot.errors.moderation import (
    ActUnderWay, AlreadyBanned, BotPermissionNeededHere, CaseChanged, CaseIsItself, CaseNotFound, CaseNotVoid,
    CaseOver, CaseUnderWay, CaseVoid, FileHidden, KickHasNoLength, ListTooLarge, ListUnreadable, MessageElsewhere,
    MessageNotUnderstood, MisplacedInForm, NobodyNamed, NotAWarning, NotBanned, NothingToChange, NotTimedOut,
    OneToUndo, PatternNotUnderstood, PatternTooSlow, ProofGone, ProofNotFound, ProofNotUnderstood, ProofTooBig,
    PurgeAroundAlone, PurgeGone, PurgeUnderWay, ReasonNeeded, TooManyLinks, TooManyWarnRules, TooMuchProof,
    UndoneElsewhere, WarningNotFound, WarningTakenBack, WarnRuleNotFound,
)  # fmt: skip
from bot.errors.situations import (
    AccountFull, AccountTooYoung, AlreadyClaimed, AlreadySo, AlreadyUndone, AlreadyWorked, BankFull, BankTooLow,
    BatchGone, BatchOver, BatchStale, CannotUndo, CoinsSpent, ContentMismatch, ControlExpired, HoldsLess,
    InsufficientFunds, ItemChanged, ItemCoolingDown, JobChanged, JobGone, JobKnown, LimitReached, MemberTooShort,
    NoReset, NotEnoughCopies, NothingToReset, PaidEnoughToday, PriceChanged, RecipientFull, RequirementsNotMet,
    RoleHadAlready, SettingsChanged, SketchChanged, SoldOut, ThingsGone, TooManyJobs, WalletFull,
)  # fmt: skip
from bot.errors.ticket_work import (
    AgentCannotSee, AgentFull, AgentOffDuty, NameRefused, NotInThreads, TagsRefused, TicketNotTaken, TicketOfAnother,
    TicketTaken, TicketUnchanged,
)  # fmt: skip
from bot.errors.tickets import (
    AnswerMissing, AnswerNotNumber, AnswerNumberOutOfBounds, ChannelClosedToMe, EmojiNotUnderstood, GuestIsOpener,
    NotAsked, NotBlocked, NoTicketHere, NoTopics, NotSupport, NotYourTicket, PanelChanged, PanelEmpty, PanelGone,
    PanelNameTaken, PanelNotFound, PanelNotSent, RatingKept, TicketAsked, TicketBlocked, TicketBusy, TicketChanged,
    TicketCooldown, TicketDeleted, TicketForBot, TicketFormChanged, TicketLimitReached, TicketNotClosed,
    TicketNotForYou, TicketNotFound, TicketNotOpened, TicketOver, TooManyGuests, TooManyPanels, TooManyTickets,
    TooManyTopics, TooNewForTicket, TooYoungForTicket, TopicNotFound, TopicRefused,
)  # fmt: skip

__all__ = [
    "AccountFull", "AccountTooYoung", "ActUnderWay", "ActorTimedOut", "AgentCannotSee", "AgentFull", "AgentOffDuty",
    "AlreadyBanned", "AlreadyClaimed", "AlreadyLocked", "AlreadySo", "AlreadyUndone", "AlreadyWorked",
    "AmountBelowZero", "AmountNotPositive", "AmountNotUnderstood", "AmountTooLarge", "AnswerMissing",
    "AnswerNotNumber", "AnswerNumberOutOfBounds", "AuditEntryGone", "BankFull", "BankTooLow", "BatchGone",
    "BatchOver", "BatchStale", "BoardNotFound", "BoostTooSmall", "BotHasNoPurse", "BotPermissionNeeded",
    "BotPermissionNeededHere", "BotRankTooLow", "BotsHaveNoRank", "CannotUndo", "CaseChanged", "CaseIsItself",
    "CaseNotFound", "CaseNotVoid", "CaseOver", "CaseUnderWay", "CaseVoid", "ChannelClosedToMe", "CoinsSpent",
    "CommandOff", "ContentMismatch", "ControlExpired", "CurveNamedTwice", "CurveNotRising", "CurveNotUnderstood",
    "CurveTooMany", "CurveTooSteep", "CurveUnsound", "DatabaseAway", "DaysTurned", "DiscordAway",
    "DurationNotUnderstood", "DurationOutOfBounds", "EmojiNotUnderstood", "FactorNotUnderstood", "FeatureOff",
    "FileHidden", "GiftToSelf", "GiveawayNotDrawn", "GiveawayNotFound", "GiveawayNotOpen", "GiveawayOver",
    "GiveawayPublished", "GiveawayRefused", "GiveawayTimesWrong", "GiveawayWithoutPrize", "GuestIsOpener",
    "GuildNotServed", "GuildOnly", "HoldsLess", "InsufficientFunds", "InvalidInput", "ItemChanged", "ItemCoolingDown",
    "ItemGone", "ItemNameTaken", "ItemNotForResale", "ItemNotGiftable", "ItemNotUsable", "ItemNotWearable",
    "ItemRefused", "JobChanged", "JobEmpty", "JobGone", "JobKnown", "KickHasNoLength", "LevelAboveCap",
    "LimitReached", "ListTooLarge", "ListUnreadable", "LockChanged", "LockUnderWay", "MemberTooShort",
    "MessageElsewhere", "MessageNotUnderstood", "MisplacedInForm", "MomentNotUnderstood", "MomentOutOfBounds",
    "MultiplierNotFound", "MultiplierOfOne", "MyPermissionNeeded", "NameRefused", "NoBoards", "NoReset", "NoSuchWinner",
    "NoTicketHere", "NoTopics", "NoXpChange", "NobodyLeftToDraw", "NobodyNamed", "NotAGiveaway", "NotAWarning",
    "NotAWinner", "NotAble", "NotAllowed", "NotAsked", "NotBanned", "NotBlocked", "NotConfirmed", "NotEnoughCopies",
    "NotGiveawayStaff", "NotInThreads", "NotLockable", "NotLocked", "NotSupport", "NotTimedOut", "NotYourTicket",
    "NotYours", "NothingLocked", "NothingToChange", "NothingToReset", "OneToUndo", "OptionMissing",
    "OptionNotUnderstood", "OptionRefused", "OptionTooLong", "OutcomeUnknown", "PaidEnoughToday", "PanelChanged",
    "PanelEmpty", "PanelGone", "PanelNameTaken", "PanelNotFound", "PanelNotSent", "PatternNotUnderstood",
    "PatternTooSlow", "PaymentTooLarge", "PaymentTooSmall", "PeriodNotCounted", "PermissionNeeded", "PersonNotFound",
    "PriceChanged", "ProofGone", "ProofNotFound", "ProofNotUnderstood", "ProofTooBig", "PurgeAroundAlone",
    "PurgeGone", "PurgeUnderWay", "QuantityOutOfBounds", "RankHidden", "RankTooLow", "RatingKept", "ReasonNeeded",
    "RecipientFull", "RecipientIsSelf", "RecipientNotHere", "RequirementsNotMet", "RewardEmpty", "RewardNotFound",
    "RoleAboveMine", "RoleAboveYours", "RoleGone", "RoleHadAlready", "RoleIsEveryones", "RoleIsManaged",
    "RoleNotGranted", "RoleTooPowerful", "ServerOutOfSight", "SettingRefused", "SettingsChanged",
    "ShareNotUnderstood", "ShareTooSmall", "ShuttingDown", "SketchChanged", "SketchGone", "SoldOut", "StaffNeeded",
    "StockNotUnderstood", "StockOutOfBounds", "TagsRefused", "TargetIsAdministrator", "TargetIsBot", "TargetIsMe",
    "TargetIsOwner", "TargetIsSelf", "TargetNotHere", "ThingsGone", "TicketAsked", "TicketBlocked", "TicketBusy",
    "TicketChanged", "TicketCooldown", "TicketDeleted", "TicketForBot", "TicketFormChanged", "TicketLimitReached",
    "TicketNotClosed", "TicketNotForYou", "TicketNotFound", "TicketNotOpened", "TicketNotTaken", "TicketOfAnother",
    "TicketOver", "TicketTaken", "TicketUnchanged", "TooManyGiveaways", "TooManyGuests", "TooManyItems",
    "TooManyJobs", "TooManyLinks", "TooManyMultipliers", "TooManyPanels", "TooManyRewards", "TooManySketches",
    "TooManyTargets", "TooManyTickets", "TooManyTopics", "TooManyWarnRules", "TooManyWords", "TooMuchProof",
    "TooNewForTicket", "TooYoungForTicket", "TopicNotFound", "TopicRefused", "TransactionNotFound", "Unavailable",
    "UndoneElsewhere", "UseSlash", "UserError", "WalletFull", "WarnRuleNotFound", "WarningNotFound",
    "WarningTakenBack", "WhichWinner", "WrongPlace", "XpAlreadySo", "XpOrLevel",
]  # fmt: skip
