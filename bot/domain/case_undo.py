"""What of a case can be undone, by what, and what changed about it since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.domain.case_words import TITLES
from bot.domain.cases import Case, CaseChange, CaseKind, CaseState, EndReason
from bot.words import N_, Phrase

UNDONE_BY: Mapping[CaseKind, CaseKind] = {
    CaseKind.BAN: CaseKind.UNBAN,
    CaseKind.TIMEOUT: CaseKind.UNTIMEOUT,
    CaseKind.WARN: CaseKind.UNWARN,
    CaseKind.UNWARN: CaseKind.WARN,
}
"""What each kind is undone by. A warning that was taken back is restored, which is no case of its own."""

_NEVER: Mapping[CaseKind, str] = {
    CaseKind.NOTE: N_("A note did nothing that could be undone."),
    CaseKind.KICK: N_("They were removed. Only they themselves can come back, with an invite."),
    CaseKind.SOFTBAN: N_(
        "They were removed, and are not banned any more. Only they themselves can come back, with an invite."
    ),
    CaseKind.UNBAN: N_("That somebody is unbanned can't be undone; `/ban` bans them anew."),
    CaseKind.UNTIMEOUT: N_("That a timeout was lifted can't be undone; `/timeout` begins a new one."),
}

_NOT_NOW: Mapping[CaseState, str] = {
    CaseState.FAILED: N_("It was never done, so there is nothing to undo."),
    CaseState.VOID: N_("It was taken back already."),
    CaseState.PLANNED: N_("It is still under way. Please try again in a moment."),
    CaseState.APPLYING: N_("It is still under way. Please try again in a moment."),
}

_FIELDS: Mapping[str, str] = {
    "reason": N_("reason"),
    "expires_at": N_("end"),
    "severity": N_("severity"),
    "points": N_("points"),
    "code": N_("code"),
}


def why_not(case: Case) -> Phrase | None:
    """Why a case can't be undone; None: it can."""
    never = _NOT_NOW.get(case.state) or _NEVER.get(case.kind)
    if never is not None:
        return Phrase(never)
    if case.state is CaseState.SUPERSEDED:
        return Phrase("Case {case} took its place. Undo that one, if that is what you mean.", {"case": _other(case)})
    if case.state is CaseState.ENDED and case.kind is not CaseKind.UNWARN:
        return _over(case)
    return None


def _other(case: Case) -> str:
    return f"#{case.superseded_by}"


def _over(case: Case) -> Phrase:
    moment = {"moment": case.ended_at or case.created_at}
    if case.end_reason is EndReason.EXPIRED:
        return Phrase("Its time was up {moment}, so there is nothing left to undo.", moment)
    if case.ended_by is None:
        return Phrase("Somebody lifted it by hand already, {moment}.", moment)
    return Phrase("{member_id} lifted it already, {moment}.", {**moment, "member_id": case.ended_by})


def since(case: Case, changes: Sequence[CaseChange], following: Sequence[Case], now: datetime) -> Iterator[Phrase]:
    """What changed about a case since it was made, as far as who undoes it should know."""
    edited = [one for one in changes if one.field in _FIELDS]
    if edited:
        fields = tuple(Phrase(_FIELDS[name]) for name in dict.fromkeys(one.field for one in edited))
        by = edited[-1].by
        if by is None:
            yield Phrase("Changed since: {fields}.", {"fields": fields})
        else:
            yield Phrase("{member_id} changed it since: {fields}.", {"member_id": by, "fields": fields})
    if case.kind is CaseKind.WARN and case.is_over(now):
        yield Phrase("Its points don't count any more.")
    for one in following:
        if one.slot is not None and one.state is CaseState.ACTIVE:
            said = {"case": one.marker, "kind": Phrase(TITLES[one.kind])}
            yield Phrase("Case {case} ({kind}) followed from it, and stays unless you undo it, too.", said)
