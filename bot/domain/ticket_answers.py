"""Forms of topics: which questions were shown, and whether what came back answers them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from bot.domain.ticket_record import Answer
from bot.domain.ticket_topics import Question, QuestionKind
from bot.errors import AnswerMissing, AnswerNotNumber, AnswerNumberOutOfBounds, TicketFormChanged

MOST_FILES = 5
"""That one question takes."""

LONGEST_SHORT, LONGEST_LONG = 300, 4_000
_LONGEST_NUMBER = 20
_GROUPED = re.compile(r"\d{1,3}(?:[,.'_]\d{3})+")
_SEPARATORS = str.maketrans("", "", ",.'_")


def digest_of(questions: Sequence[Question]) -> str:
    """The same for the same questions: a form carries it, so that answers are never taken for those of others."""
    return hashlib.sha256(repr([one.model_dump() for one in questions]).encode()).hexdigest()[:8]


def check_unchanged(questions: Sequence[Question], digest: str) -> None:
    """Go on only with answers to these questions.

    Raises:
        TicketFormChanged: others were shown.
    """
    if digest_of(questions) != digest:
        raise TicketFormChanged


def lengths(question: Question) -> tuple[int, int]:
    """The least and the most characters that a question of text takes."""
    longest = {QuestionKind.LONG: LONGEST_LONG, QuestionKind.NUMBER: _LONGEST_NUMBER}.get(question.kind, LONGEST_SHORT)
    if question.kind is QuestionKind.NUMBER:
        return 0, longest
    most = max(1, min(question.most or longest, LONGEST_LONG))
    return min(max(question.least or 0, 0), most), most


def answered(position: int, question: Question, given: Sequence[str]) -> Answer | None:
    """What was answered to the question at a position; None: nothing, which is allowed.

    `given` is what was written, or what was chosen: the choice, ids, or the numbers of files.

    Raises:
        AnswerMissing: it has to be answered, and was not, or with nothing that was offered.
        AnswerNotNumber, AnswerNumberOutOfBounds: it is no number that the question takes.
    """
    values = [one.strip() for one in given if one.strip()]
    match question.kind:
        case QuestionKind.SHORT | QuestionKind.LONG:
            values = [one[: lengths(question)[1]] for one in values[:1]]
        case QuestionKind.NUMBER:
            values = [_number(question, one) for one in values[:1]]
        case QuestionKind.CHOICE:
            values = [one for one in values if one in question.choices][:1]
        case QuestionKind.FILE:
            values = values[:MOST_FILES]
        case _:
            values = [one for one in values if one.isdecimal()][:1]
    if values:
        return Answer(position, question.text, question.kind.value, tuple(values))
    if question.required:
        raise AnswerMissing(question.text)
    return None


def _number(question: Question, written: str) -> str:
    plain = "".join(written.split())
    sign, digits = ("-", plain[1:]) if plain[:1] in {"-", "\N{MINUS SIGN}"} else ("", plain.removeprefix("+"))
    if _GROUPED.fullmatch(digits):
        digits = digits.translate(_SEPARATORS)
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > _LONGEST_NUMBER:
        raise AnswerNotNumber(question.text)
    found = int(sign + digits)
    least, most = question.least, question.most
    if (least is not None and found < least) or (most is not None and found > most):
        raise AnswerNumberOutOfBounds(question.text, _bound(least, "-∞"), _bound(most, "∞"))
    return str(found)


def _bound(bound: int | None, otherwise: str) -> str:
    return otherwise if bound is None else f"{bound:,}"
