"""Errors of cases and sanctions, and of deleting messages."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors.allowed import NotAble
from bot.errors.asked import InvalidInput
from bot.errors.base import UserError, WrongPlace
from bot.words import Phrase


@dataclass(eq=False)
class CaseNotFound(InvalidInput):
    """No case of the guild has this number. `case` with its sign: ``#12``."""

    case: str
    template = "There is no case {case} in this server."


@dataclass(eq=False)
class NotBanned(InvalidInput):
    """Somebody who is to be unbanned, and is not banned."""

    target_id: int
    template = "{target_id} is not banned here, so there is nothing to lift."


@dataclass(eq=False)
class NotTimedOut(InvalidInput):
    """Somebody whose timeout is to be lifted, and who has none."""

    target_id: int
    template = "{target_id} is not timed out, so there is nothing to lift."


@dataclass(eq=False)
class ReasonNeeded(InvalidInput):
    """A warning or a note without words."""

    template = "A warning and a note need a reason: say in a few words what it is about."


@dataclass(eq=False)
class MisplacedInForm(InvalidInput):
    """A duration or a deletion beside an act that has none."""

    template = (
        "Nothing was done: a duration goes with a timeout or a ban, and deleting messages with a ban or a softban."
    )


@dataclass(eq=False)
class WarningNotFound(InvalidInput):
    """No warning is called so, and no case of that number is one."""

    written: str
    template = "I know no warning {written}. Write its code, such as W-12, or the number of its case, such as #34."


@dataclass(eq=False)
class WarnRuleNotFound(InvalidInput):
    """A rule for warnings that there is not."""

    written: str
    template = "There is no rule {written}. Choose one from the list."


@dataclass(eq=False)
class KickHasNoLength(InvalidInput):
    """A rule that kicks for a while."""

    template = "A kick has no length: they may come back whenever they like. Leave `lasts` out."


@dataclass(eq=False)
class TooManyWarnRules(InvalidInput):
    """More rules than a guild may have."""

    most: int
    template = "There are {most} rules, which is the most. Remove one first."


@dataclass(eq=False)
class WarningTakenBack(UserError):
    """A warning that does not hold any more."""

    case: str
    template = "That warning was taken back already: case {case}."


@dataclass(eq=False)
class NobodyNamed(InvalidInput):
    """A ban of many, and nothing that says whom."""

    template = "Say whom: by `ids`, by a `file` of ids, or by `joined_after`, with `joined_before` if not until now."


@dataclass(eq=False)
class ListTooLarge(InvalidInput):
    """A file with a list that is too large to be read. `limit` in kilobytes."""

    limit: int
    template = "That file is too large for a list of ids: I read up to {limit} KB."


@dataclass(eq=False)
class ListUnreadable(InvalidInput):
    """A file that is no text, or that Discord does not hand out."""

    template = "I could not read that file. A list of ids is plain text, with anything you like between the ids."


@dataclass(eq=False)
class AlreadyBanned(UserError):
    """Somebody who is to be banned, and is. `how_long` as the end of a sentence."""

    target_id: int
    case: str
    how_long: Phrase
    template = "{target_id} is banned already, {how_long}: case {case}."


@dataclass(eq=False)
class ActUnderWay(UserError):
    """The same is being done to the same member at this moment."""

    target_id: int
    case: str
    template = "Somebody is doing just that to {target_id} at this moment: case {case}."


@dataclass(eq=False)
class CaseChanged(UserError):
    """A case that somebody else changed since it was shown."""

    case: str
    template = "Somebody changed case {case} in this moment. Please look at it again."


@dataclass(eq=False)
class CaseUnderWay(UserError):
    """A case that is to be changed while somebody is at it."""

    case: str
    template = "Case {case} is being carried out at this moment. Please try again when it is done."


@dataclass(eq=False)
class CaseNotVoid(InvalidInput):
    """A case that is to be restored, and is not void."""

    case: str
    template = "Case {case} is not void, so there is nothing to restore."


@dataclass(eq=False)
class CaseVoid(InvalidInput):
    """A case that is void already."""

    case: str
    template = "Case {case} is void already."


@dataclass(eq=False)
class CaseOver(InvalidInput):
    """A case whose end is to be changed, and which does not hold, or never ends."""

    case: str
    template = "Case {case} has no end that could be changed: only what holds at this moment has one."


@dataclass(eq=False)
class NotAWarning(InvalidInput):
    """A case that has neither severity nor points."""

    case: str
    template = "Case {case} is no warning, so it has neither severity nor points."


@dataclass(eq=False)
class NothingToChange(InvalidInput):
    """A case is to be changed, and nobody said how."""

    template = "Say what is to be changed: how long it lasts from now on, or a warning's severity or points."


@dataclass(eq=False)
class OneToUndo(InvalidInput):
    """Something is to be undone, and nobody said what, or two things at once."""

    template = "Say what is to be undone: a case, or a batch."


@dataclass(eq=False)
class UndoneElsewhere(InvalidInput):
    """A batch that moderation did not do."""

    template = "That is no batch of moderation's. `/batches show` has a button for what can be undone of others."


@dataclass(eq=False)
class CaseIsItself(InvalidInput):
    """A case that is to be linked to itself."""

    case: str
    template = "Case {case} can't be linked to itself."


@dataclass(eq=False)
class TooManyLinks(InvalidInput):
    """A case that has as many related ones as fit."""

    case: str
    most: int
    template = "Case {case} is linked to {most} others already, which is the most."


@dataclass(eq=False)
class FileHidden(WrongPlace):
    """A member asks for their own file where the server shows it to nobody."""

    template = "This server doesn't show members their own cases."


@dataclass(eq=False)
class ProofTooBig(InvalidInput):
    """A file that is larger than is kept. `most` in MiB."""

    name: str
    most: int
    template = "“{name}” is too large: proof may have up to {most} MiB."


@dataclass(eq=False)
class ProofNotUnderstood(InvalidInput):
    """A file whose contents are nothing that is kept, whatever it is called."""

    name: str
    template = "“{name}” is not kept: proof is a picture, a video, a recording, a PDF or plain text."


@dataclass(eq=False)
class TooMuchProof(InvalidInput):
    """A case that has as many files as fit."""

    case: str
    most: int
    template = "Case {case} takes {most} files at most."


@dataclass(eq=False)
class ProofGone(UserError):
    """A file that is on record, and not on the disk."""

    name: str
    template = "“{name}” is on record, but its file can't be read. Whoever runs me finds more in my log."


@dataclass(eq=False)
class ProofNotFound(InvalidInput):
    """A file that a case does not have."""

    case: str
    template = "Case {case} has no such file."


@dataclass(eq=False)
class MessageNotUnderstood(InvalidInput):
    """Free text that is neither the id nor the link of a message."""

    template = "I need a message: its link or its id. Both are in the message's menu under Copy."


@dataclass(eq=False)
class MessageElsewhere(InvalidInput):
    """The link of a message in another channel than the one to be purged."""

    template = "That message is in another channel. Use the command in the channel whose messages you want deleted."


@dataclass(eq=False)
class PurgeAroundAlone(InvalidInput):
    """`around` together with `before` or `after`."""

    template = "Choose either around, or before and after: together they mean nothing."


@dataclass(eq=False)
class PatternNotUnderstood(InvalidInput):
    """Free text that is no regular expression. `position` is where it stops being one, from 1."""

    position: int
    template = "I can't read this regular expression, from its character {position} on."


@dataclass(eq=False)
class PatternTooSlow(InvalidInput):
    """A regular expression that takes too long, or too much memory, on the messages there are."""

    template = "This regular expression takes too long, so I stopped it and deleted nothing. Please try a simpler one."


@dataclass(eq=False)
class PurgeUnderWay(UserError):
    """Messages of this channel are being deleted at this moment."""

    template = "I am deleting messages in this channel at this moment. Please wait until that is finished."


@dataclass(eq=False)
class PurgeGone(UserError):
    """A question about a purge that is over, begun, or older than the process."""

    template = "I no longer know which messages this was about. Please use `/purge` again: that does no harm."


@dataclass(eq=False)
class BotPermissionNeededHere(NotAble):
    """The bot lacks permissions in a channel, named as Discord's settings name them."""

    permission: str
    template = "For this I need the permission **{permission}** in this channel, and I don't have it here."
