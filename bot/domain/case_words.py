"""Cases in words: what staff reads in the log, and what members are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.domain.batches import Report
from bot.domain.cases import Case, CaseChange, CaseKind, CaseSource, CaseState, DmState, EndReason, Failure
from bot.domain.moderation import ModerationSettings
from bot.domain.snapshots import MessageSnapshot
from bot.words import N_, Phrase

TITLES: Mapping[CaseKind, str] = {
    CaseKind.NOTE: N_("Note"),
    CaseKind.WARN: N_("Warning"),
    CaseKind.TIMEOUT: N_("Timeout"),
    CaseKind.UNTIMEOUT: N_("Timeout lifted"),
    CaseKind.KICK: N_("Kick"),
    CaseKind.SOFTBAN: N_("Softban"),
    CaseKind.BAN: N_("Ban"),
    CaseKind.UNBAN: N_("Unban"),
    CaseKind.UNWARN: N_("Warning taken back"),
}

STATES: Mapping[CaseState, str] = {
    CaseState.PLANNED: N_("waiting"),
    CaseState.APPLYING: N_("under way"),
    CaseState.ACTIVE: N_("active"),
    CaseState.ENDED: N_("over"),
    CaseState.FAILED: N_("failed"),
    CaseState.SUPERSEDED: N_("replaced"),
    CaseState.VOID: N_("void"),
}

FAILURES: Mapping[Failure, str] = {
    Failure.NOT_PERMITTED: N_(
        "Discord didn't let me: I lack the permission, or their highest role is not below mine any more."
    ),
    Failure.ADMINISTRATOR: N_("Discord refuses to do this to administrators."),
    Failure.NOT_HERE: N_("They are not in the server any more."),
    Failure.NOT_BANNED: N_("Discord says that they are not banned."),
    Failure.ALREADY_BANNED: N_("They were banned already, by somebody else."),
    Failure.CANCELLED: N_("It was cancelled before its turn."),
    Failure.UNKNOWN_USER: N_("Discord knows nobody with this id."),
    Failure.REFUSED: N_("Discord refused it."),
}

TOLD: Mapping[DmState, str] = {
    DmState.NONE: N_("They were not told."),
    DmState.PENDING: N_("They will be told by direct message."),
    DmState.SENT: N_("They were told by direct message."),
    DmState.CLOSED: N_("They take no direct messages, so they were not told."),
    DmState.FAILED: N_("The direct message to them could not be sent."),
}

_COLOURS: Mapping[CaseKind, int] = {
    CaseKind.NOTE: 0x6B7B8C,
    CaseKind.WARN: 0xC9A227,
    CaseKind.TIMEOUT: 0xD9822B,
    CaseKind.KICK: 0xC8553D,
    CaseKind.SOFTBAN: 0xC8553D,
    CaseKind.BAN: 0xA4262C,
    CaseKind.UNTIMEOUT: 0x3B6E57,
    CaseKind.UNBAN: 0x3B6E57,
    CaseKind.UNWARN: 0x3B6E57,
}
MANY = 0xA4262C
"""The colour of a message about many cases at once."""

_GREY = 0x8A8F94
_LONGEST_QUOTE = 800
_SECONDS_MATTER = timedelta(minutes=5)
_MINUS_HIDDEN = {CaseState.FAILED, CaseState.VOID, CaseState.SUPERSEDED}


def colour(case: Case) -> int:
    """The colour of a case's message: that of its kind, or grey where it came to nothing."""
    return _GREY if case.state in _MINUS_HIDDEN else _COLOURS[case.kind]


def title(case: Case) -> Phrase:
    """The head of a case."""
    return Phrase("Case {case} · {kind}", {"case": case.marker, "kind": Phrase(TITLES[case.kind])})


def about(case: Case) -> Iterator[Phrase]:
    """A case, line by line, as staff reads it."""
    yield Phrase("**Member:** {target_id} (`{target}`)", {"target_id": case.target_id, "target": str(case.target_id)})
    yield Phrase("**Moderator:** {moderator}", {"moderator": _moderator(case)})
    yield Phrase("**Reason:** {reason}", {"reason": case.reason or Phrase("none given")})
    yield from _about_another(case)
    if case.code is not None:
        yield Phrase("**Code:** {code}", {"code": case.code})
    if case.details.message is not None:
        yield from _message(case.details.message, case.guild_id)
    if case.severity is not None and case.points is not None:
        weight = {"severity": case.severity, "points": case.points}
        yield Phrase("**Severity:** {severity} · **Points:** {points}", weight)
    yield from _how_long(case)
    yield from _standing(case)
    if case.kind is not CaseKind.NOTE and case.state is not CaseState.FAILED and not case.state.is_open:
        yield Phrase(TOLD[case.dm])


def about_many(kind: CaseKind, report: Report, numbers: tuple[int, int, int]) -> Iterator[Phrase]:
    """What was done to many at once, line by line; `numbers` are how many cases there are, the first and the last."""
    batch, (count, first, last) = report.batch, numbers
    yield Phrase("**Moderator:** {moderator}", {"moderator": f"<@{batch.asked_by}>"})
    yield Phrase("**Reason:** {reason}", {"reason": batch.parameters.get("reason") or Phrase("none given")})
    values = {"done": batch.counts.done, "failed": batch.counts.failed, "left_out": batch.counts.skipped}
    if kind is CaseKind.BAN:
        yield Phrase("{done} banned, {failed} failed, {left_out} left out.", values)
    else:
        yield Phrase("{done} bans lifted, {failed} failed, {left_out} left out.", values)
    if count == 1:
        yield Phrase("Case {case}.", {"case": f"#{first}"})
    elif count:
        yield Phrase(
            "{count} cases, from {first} to {last}.", {"count": count, "first": f"#{first}", "last": f"#{last}"}
        )
    yield Phrase("What became of each: `/batches show`.")


def _message(message: MessageSnapshot, guild_id: int) -> Iterator[Phrase]:
    """The message that a case is about."""
    values = {"link": message.link(guild_id), "moment": f"<t:{message.sent}:f>"}
    if message.content is None:
        yield Phrase("**Message:** {link}, sent {moment}. It was gone before it could be read.", values)
    elif not message.content:
        yield Phrase("**Message:** {link}, sent {moment}, without words.", values)
    else:
        said = message.content[:_LONGEST_QUOTE] + ("…" if len(message.content) > _LONGEST_QUOTE else "")
        # Staff shall see where a link leads, and not what whoever wrote it calls it.
        plain = said.replace("\\", "\\\\").replace("[", "\\[")
        quote = "\n".join(f"> {one}" for one in plain.splitlines())
        yield Phrase("**Message:** {link}, sent {moment}:\n{quote}", {**values, "quote": quote})
    if message.files:
        yield Phrase("**Its files:** {names}", {"names": ", ".join(f"`{one}`" for one in message.files)})


def _moderator(case: Case) -> object:
    if case.moderator_id is not None:
        return f"<@{case.moderator_id}>"
    return Phrase("a rule of the server") if case.source is CaseSource.AUTOMATION else Phrase("not known")


def _about_another(case: Case) -> Iterator[Phrase]:
    if case.related is None:
        return
    other = {"case": f"#{case.related}"}
    if case.kind is CaseKind.UNWARN:
        yield Phrase("**Takes back:** case {case}", other)
    elif case.kind.lifts is not None:
        yield Phrase("**Ends:** case {case}", other)
    else:
        yield Phrase("**Follows from:** case {case}", other)


def _how_long(case: Case) -> Iterator[Phrase]:
    if case.expires_at is not None and case.kind is not CaseKind.WARN:
        lasts = _plain(case.expires_at - case.created_at)
        yield Phrase("**For:** {length}, until {moment}", {"length": lasts, "moment": _moment(case)})
    elif case.expires_at is not None:
        yield Phrase("**Points count until:** {moment}", {"moment": _moment(case)})
    elif case.kind in {CaseKind.BAN, CaseKind.TIMEOUT}:
        yield Phrase("**For:** good")


def _plain(lasts: timedelta) -> timedelta:
    """A length that an edit made odd, without the seconds that nobody meant."""
    return lasts if lasts < _SECONDS_MATTER else lasts - lasts % timedelta(minutes=1)


def _moment(case: Case) -> str:
    return "" if case.expires_at is None else f"<t:{int(case.expires_at.timestamp())}:f>"


def _standing(case: Case) -> Iterator[Phrase]:
    if case.state is CaseState.FAILED and case.failure is not None:
        yield Phrase("❌ **Not done:** {why}", {"why": Phrase(FAILURES[case.failure])})
    elif case.state is CaseState.SUPERSEDED:
        yield Phrase("**Replaced by case #{number}.**", {"number": str(case.superseded_by)})
    elif case.state is CaseState.VOID:
        yield Phrase("**Void.**")
    elif case.ended_at is not None and case.end_reason is not EndReason.DONE:
        yield _ended(case)


def _ended(case: Case) -> Phrase:
    when = f"<t:{int(case.ended_at.timestamp())}:f>" if case.ended_at is not None else ""
    if case.end_reason is EndReason.EXPIRED:
        return Phrase("**Over** since {moment}: its time was up.", {"moment": when})
    if case.ended_by is None:
        return Phrase("**Over** since {moment}: somebody lifted it.", {"moment": when})
    return Phrase("**Over** since {moment}: {member_id} lifted it.", {"moment": when, "member_id": case.ended_by})


# What members are told ------------------------------------------------------------------------------------

_LETTERS: Mapping[CaseKind, str] = {
    CaseKind.WARN: N_("You were warned in **{server}**."),
    CaseKind.TIMEOUT: N_("You were timed out in **{server}** until {moment}. Until then you can only read there."),
    CaseKind.UNTIMEOUT: N_("Your timeout in **{server}** was lifted."),
    CaseKind.KICK: N_("You are being removed from **{server}**. You may come back with an invite."),
    CaseKind.SOFTBAN: N_(
        "You are being removed from **{server}**, and so are your newest messages. You may come back with an invite."
    ),
    CaseKind.UNBAN: N_("Your ban from **{server}** was lifted."),
    CaseKind.UNWARN: N_("A warning that you had in **{server}** was taken back."),
}
_APPEALED = {CaseKind.BAN, CaseKind.SOFTBAN, CaseKind.KICK, CaseKind.TIMEOUT}


def letter(case: Case, server: str, settings: ModerationSettings) -> Iterator[Phrase | str]:
    """What a member is told of a case, line by line."""
    values = {"server": server, "moment": _moment(case)}
    if case.kind is CaseKind.BAN:
        for_good = Phrase("You are being banned from **{server}**.", values)
        for_now = Phrase("You are being banned from **{server}** until {moment}.", values)
        yield for_good if case.expires_at is None else for_now
    else:
        yield Phrase(_LETTERS[case.kind], values)
    if case.reason:
        yield Phrase("**Reason:** {reason}", {"reason": case.reason})
    if settings.name_moderator and case.moderator_id is not None:
        yield Phrase("**Moderator:** {moderator}", {"moderator": f"<@{case.moderator_id}>"})
    if settings.dm_text:
        yield settings.dm_text
    if settings.appeal_text and case.kind in _APPEALED:
        yield settings.appeal_text


_CORRECTIONS: Mapping[CaseKind, str] = {
    CaseKind.BAN: N_("You were told that you are being banned from **{server}**. That did not happen."),
    CaseKind.SOFTBAN: N_("You were told that you are being removed from **{server}**. That did not happen."),
    CaseKind.KICK: N_("You were told that you are being removed from **{server}**. That did not happen."),
}


def correction(case: Case, server: str) -> Phrase:
    """What a member is told who was told of something that then could not be done."""
    return Phrase(_CORRECTIONS[case.kind], {"server": server})


_OTHER_ENDS: Mapping[CaseKind, str] = {
    CaseKind.BAN: N_("Your ban from **{server}** now ends {moment}."),
    CaseKind.TIMEOUT: N_("Your timeout in **{server}** now ends {moment}."),
}
_NO_ENDS: Mapping[CaseKind, str] = {
    CaseKind.BAN: N_("Your ban from **{server}** now is for good."),
    CaseKind.TIMEOUT: N_("Your timeout in **{server}** now lasts until somebody lifts it."),
}


def other_end(case: Case, server: str) -> Phrase:
    """What a member is told whose ban or timeout now ends at another time, or never."""
    values = {"server": server, "moment": _moment(case)}
    return Phrase((_NO_ENDS if case.expires_at is None else _OTHER_ENDS)[case.kind], values)


# What changed -----------------------------------------------------------------------------------------------

_FIELDS: Mapping[str, str] = {
    "reason": N_("Reason: {before} → {after}"),
    "expires_at": N_("End: {before} → {after}"),
    "severity": N_("Severity: {before} → {after}"),
    "points": N_("Points: {before} → {after}"),
    "code": N_("Code: {before} → {after}"),
    "moderator_id": N_("Moderator: {before} → {after}"),
    "because": N_("because: {after}"),
}
_NOT_JUST_A_STATE: Mapping[str | None, Phrase] = {None: Phrase("opened"), CaseState.VOID.value: Phrase("restored")}
"""What is said of a case by the state that it had, instead of the one that it has now."""

_OTHER_FIELD = N_("Changed: {before} → {after}")
_LONGEST_VALUE = 150


def changed(change: CaseChange) -> Phrase:
    """One change of a case, as a line of its timeline without who and when."""
    before, after = _value(change.field, change.before), _value(change.field, change.after)
    match change.field:
        case "state" if isinstance(after, Phrase):
            return _NOT_JUST_A_STATE.get(change.before, after)
        case "link" if change.after is not None:
            return Phrase("linked to case {case}", {"case": after})
        case "link":
            return Phrase("no longer linked to case {case}", {"case": before})
        case "proof":
            return Phrase("proof: {name}", {"name": after})
        case _:
            return Phrase(_FIELDS.get(change.field, _OTHER_FIELD), {"before": before, "after": after})


def _value(name: str, value: str | None) -> object:
    if value is None:
        return Phrase("never") if name == "expires_at" else "–"
    match name:
        case "state":
            return Phrase(STATES[CaseState(value)])
        case "expires_at":
            return f"<t:{int(datetime.fromisoformat(value).timestamp())}:f>"
        case "moderator_id":
            return f"<@{value}>"
        case _:
            plain = " ".join(value.split())
            return plain if len(plain) <= _LONGEST_VALUE else f"{plain[: _LONGEST_VALUE - 1]}…"
