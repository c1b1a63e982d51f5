"""What the header of a ticket says of what its member wrote."""

from __future__ import annotations

from bot.domain.ticket_record import Answer
from bot.domain.ticket_words import LONGEST_ANSWER, answered


def test_an_answer_can_hide_no_link_and_is_never_longer_than_the_header_has_room_for() -> None:
    [(_question, said)] = answered([Answer(1, "Where?", "short", ("[discord.com](https://evil.example)",))], {})
    assert said == "\\[discord.com](https://evil.example)"
    [(_question, long)] = answered([Answer(1, "Where?", "long", ("[" * 4_000,))], {})
    assert len(str(long)) == LONGEST_ANSWER
