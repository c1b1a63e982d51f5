"""Groups of members as the targets of a batch, where there are more members than a batch has targets.

A member belongs to a group by when their account was made, so nobody's id is written down, and whoever gets a row
meanwhile has a group, too. Of a group each member is a transaction of its own: nothing waits longer for the database
than one takes, and after a crash those that were done are found by what was written of them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bot.domain.batches import Done, Failed, Outcome, Plan, Planned
from bot.i18n import _, ngettext
from bot.ui import text

GROUPED_FROM = 2_000
"""Members from which on they are reset in groups. Up to then each is told of by name."""

GROUP = 50
MOST_GROUPS = 1_000
"""However many members there are: these rows are written at once, with the dry run."""

PER_SECOND = 2


@dataclass(frozen=True)
class Tally:
    """What became of the members of a group."""

    done: int
    left_out: int
    failed: Counter[str]

    def outcome(self) -> Outcome:
        """In words. A group in which somebody's failed, failed: so staff hears of it."""
        said = _("{done} done, {left} left out").format(done=text.number(self.done), left=text.number(self.left_out))
        if not self.failed:
            return Done(said)
        reason, count = self.failed.most_common(1)[0]
        told = ngettext("{count} of them could not: {reason}", "{count} of them could not: {reason}", count)
        return Failed(told.format(count=text.number(count), reason=reason), said)


def groups_for(members: int) -> int:
    """Into how many groups so many members are divided."""
    return min(max(-(-members // GROUP), 1), MOST_GROUPS)


def plan_of_groups(title: str, would: str, members: int, groups: int) -> Plan:
    """A dry run whose targets are so many groups; `would` names the `{count}` of members and the `{groups}`."""
    several = ngettext("{count} group", "{count} groups", groups).format(count=text.number(groups))
    targets = [Planned(number, _("Group {number}").format(number=number)) for number in range(1, groups + 1)]
    return Plan(title, would.format(count=text.number(members), groups=several), targets if members else [])
