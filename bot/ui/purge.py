"""What people read of a purge: the question, how far it is, and what it really did."""

from __future__ import annotations

import discord

from bot.domain.outbox import Button, ButtonStyle, written_at
from bot.domain.purge import LOOKED_AT, MOST_OLD, Gathered, Obstacle, Report
from bot.i18n import N_, _, ngettext
from bot.ui import text
from bot.ui.progress import Shown, bar
from bot.ui.theme import embed

_OBSTACLES = {
    Obstacle.FORBIDDEN: N_("Discord says that I may not, in this channel"),
    Obstacle.GONE: N_("the channel is gone"),
    Obstacle.AWAY: N_("Discord did not answer"),
    Obstacle.REFUSED: N_("Discord refused it"),
}


def nothing(found: Gathered) -> discord.Embed:
    """Nothing was found, so nothing was done."""
    lines = [_("Nothing was deleted: I found no message that fits. {looked}").format(looked=_looked(found))]
    return embed(description="\n".join([*lines, *_kept(found.kept)]))


def question(found: Gathered, old: int) -> discord.Embed:
    """Whether they are sure; `old` of the messages go one by one."""
    count = len(found.meant)
    oldest = min((one.at for one in found.meant), default=None)
    said = ngettext("Delete {count} message?", "Delete {count} messages?", count).format(count=text.number(count))
    lines = [f"**{said}**"]
    if oldest is not None:
        lines.append(_("The oldest is from {moment}.").format(moment=text.timestamp(oldest, "f")))
    if old:
        lines.append(_old(old))
    lines.append(_("This can't be undone. Nothing has been deleted yet."))
    return embed(description="\n".join([*lines, *_kept(found.kept)]))


def progress(report: Report, channel_id: int) -> Shown:
    """How far it is, with a way to stop."""
    settled = report.deleted + report.already_gone + report.too_old + sum(report.failed.values())
    line = f"{bar(settled, report.found)} {text.number(settled)} / {text.number(report.found)}"
    stop = Button(_("Stop"), f"purge:stop:v1:{channel_id}", ButtonStyle.DANGER)
    return Shown(embed(title=_("Deleting messages"), description=line), (stop,))


def stopping() -> discord.Embed:
    """It was stopped, and what had begun is being finished."""
    return embed(description=_("Stopping. What had begun is being finished."))


def over() -> discord.Embed:
    """Nothing is under way that could be stopped."""
    return embed(
        description=_(
            "Nothing is being deleted here any more: that is finished, or I was restarted meanwhile. What is deleted "
            "stays deleted; use `/purge` again for the rest."
        )
    )


def done(report: Report) -> discord.Embed:
    """What it really did."""
    return embed(description="\n".join(outcome(report)))


def outcome(report: Report) -> list[str]:
    """The lines of `done`. No sign of success where nothing was deleted."""
    count = text.number(report.deleted)
    if report.deleted and not report.left:
        said = ngettext("✅ Deleted {count} message.", "✅ Deleted {count} messages.", report.deleted)
        lines = [said.format(count=count)]
    elif report.deleted:
        said = _("⚠️ Deleted {count} of {found} messages.")
        lines = [said.format(count=count, found=text.number(report.found))]
    else:
        said = ngettext("❌ Deleted none of {found} message.", "❌ Deleted none of {found} messages.", report.found)
        lines = [said.format(found=text.number(report.found))]
    return [*lines, *_details(report), *_kept(report.kept), *_memory(report)]


def logged(asked_by: int, channel_id: int, found: Gathered, reason: str | None, report: Report | None) -> discord.Embed:
    """What staff reads beside the copy; without a report it is only about to happen."""
    who, where = text.mention(asked_by), f"<#{channel_id}>"
    lines = [_("{member} has me delete messages in {channel}.").format(member=who, channel=where)]
    if reason:
        lines.append(_("**Reason:** {reason}").format(reason=discord.utils.escape_markdown(reason)))
    if report is None:
        count = len(found.meant)
        said = ngettext("I am deleting {count} message. It is in the file.",
                        "I am deleting {count} messages. They are in the file.", count)  # fmt: skip
        lines.append(said.format(count=text.number(count)))
    else:
        lines += [one for one in outcome(report) if one not in _memory(report)]
        lines.append(_("The file has everything that was found, also what stayed."))
    return embed(title=_("Messages deleted"), description="\n".join(lines))


def _details(report: Report) -> list[str]:
    lines: list[str] = []
    if report.already_gone:
        said = ngettext("{count} was gone already.", "{count} were gone already.", report.already_gone)
        lines.append(said.format(count=text.number(report.already_gone)))
    if report.too_old:
        said = ngettext(
            "{count} stays: of messages older than 14 days I delete {most} at once. Use `/purge` again for it.",
            "{count} stay: of messages older than 14 days I delete {most} at once. Use `/purge` again for them.",
            report.too_old,
        )
        lines.append(said.format(count=text.number(report.too_old), most=MOST_OLD))
    for obstacle, count in report.failed.items():
        said = ngettext("{count} failed: {why}.", "{count} failed: {why}.", count)
        lines.append(said.format(count=text.number(count), why=_(_OBSTACLES[obstacle])))
    if report.stopped:
        said = ngettext("{count} stays, since it was stopped.", "{count} stay, since it was stopped.", report.stopped)
        lines.append(said.format(count=text.number(report.stopped)))
    return [f"• {line}" for line in lines]


def _kept(count: int) -> list[str]:
    if not count:
        return []
    said = ngettext(
        "• {count} pinned message was kept; with `pinned` it goes too.",
        "• {count} pinned messages were kept; with `pinned` they go too.",
        count,
    )
    return [said.format(count=text.number(count))]


def _memory(report: Report) -> list[str]:
    lines = [_("A copy is in the log channel.")] if report.copy_kept else []
    return lines if report.noted else [*lines, _("My records are away, so the audit log has only its beginning.")]


def _old(count: int) -> str:
    said = ngettext(
        "{count} is older than 14 days. Such go one by one, {most} at most, which takes longer.",
        "{count} are older than 14 days. They go one by one, {most} at most, which takes longer.",
        count,
    )
    return said.format(count=text.number(count), most=MOST_OLD)


def _looked(found: Gathered) -> str:
    if found.looked_at < LOOKED_AT or found.oldest is None:
        said = ngettext("I looked at {count} message.", "I looked at {count} messages.", found.looked_at)
        return said.format(count=text.number(found.looked_at))
    return _("I looked at the newest {count}, back to {moment}.").format(
        count=text.number(found.looked_at), moment=text.timestamp(written_at(found.oldest), "f")
    )
