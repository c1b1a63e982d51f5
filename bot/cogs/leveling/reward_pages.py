"""What rewards look like, for staff and for members."""

from __future__ import annotations

from collections.abc import Iterable

import discord

from bot.domain.leveling import Reward, Stacking, Wish
from bot.domain.roles import PROBLEMS, Problem
from bot.i18n import _, ngettext
from bot.services.rewards import RewardList, RewardSet
from bot.ui import text
from bot.ui.theme import MAX_DESCRIPTION, embed

_LONGEST_MESSAGE = 60


def reward_said(reward: Reward) -> str:
    """What a reward brings, in one line."""
    parts: list[str] = []
    if reward.role_id:
        role = f"<@&{reward.role_id}>"
        going = _("{role} (goes with the next)").format(role=role)
        parts.append(going if reward.stacking is Stacking.REPLACE else role)
    if reward.coins:
        parts.append(text.coins(reward.coins))
    if reward.message:
        parts.append(_("“{message}”").format(message=_harmless(reward.message)))
    return " · ".join(parts)


def _harmless(message: str) -> str:
    line = " ".join(message.split())
    short = line if len(line) <= _LONGEST_MESSAGE else f"{line[: _LONGEST_MESSAGE - 1]}…"
    return discord.utils.escape_markdown(discord.utils.escape_mentions(short))


def reward_set(done: RewardSet, trouble: Problem | None) -> discord.Embed:
    """A reward that was set, what it took the place of, who is there already, and what keeps me from giving it."""
    reward = done.reward
    lines = [_("Level **{level}** brings: {reward}").format(level=reward.level, reward=reward_said(reward))]
    if done.before is not None and done.before != reward:
        lines.append(_("Before: {reward}").format(reward=reward_said(done.before)))
    if done.reached:
        lines += ["", _reached(reward, done.reached)]
    if trouble is not None:
        said = _("⚠️ I can't give the role yet: {problem} `/diagnose` shows what to do.")
        lines += ["", said.format(problem=_(PROBLEMS[trouble]))]
    return embed(description="\n".join(lines))


def _reached(reward: Reward, count: int) -> str:
    """That what is set now passes by those who are there already, and what to do for them."""
    said = ngettext(
        "{count} member has reached that level already. {command} gives them the role; coins and message come only "
        "to those who reach it from now on.",
        "{count} members have reached that level already. {command} gives them the role; coins and message come "
        "only to those who reach it from now on.",
        count,
    )
    if not reward.role_id:
        said = ngettext(
            "{count} member has reached that level already; coins and message come only to those who reach it from "
            "now on.",
            "{count} members have reached that level already; coins and message come only to those who reach it from "
            "now on.",
            count,
        )
    return said.format(count=text.number(count), command="`/xp sync`")


def reward_removed(reward: Reward) -> discord.Embed:
    """A reward that is gone."""
    lines = [_("Level **{level}** no longer brings: {reward}").format(level=reward.level, reward=reward_said(reward))]
    if reward.role_id:
        lines.append(_("Who has the role keeps it until you use {command}.").format(command="`/xp sync`"))
    return embed(description="\n".join(lines))


def for_staff(shown: RewardList, troubles: dict[int, Problem]) -> discord.Embed:
    """All rewards, with what is wrong about them."""
    lines = [
        f"**{reward.level}** · {reward_said(reward)}{_trouble(reward, shown, troubles)}" for reward in shown.rewards
    ]
    if not lines:
        lines = [_("There are none yet. {command} sets the first.").format(command="`/xp reward set`")]
    return embed(title=_("Rewards"), description=_fitting(lines))


def _trouble(reward: Reward, shown: RewardList, troubles: dict[int, Problem]) -> str:
    if reward.level not in shown.totals:
        return " · ⚠️ " + _("nobody can reach this level on your curve.")
    found = troubles.get(reward.role_id)
    return "" if found is None else f" · ⚠️ {_(PROBLEMS[found])}"


def for_members(shown: RewardList) -> discord.Embed:
    """What levels bring, which of it the reader has reached, and what is next."""
    lines = [_line(reward, shown) for reward in shown.rewards if reward.level in shown.totals]
    if not lines:
        return embed(title=_("What levels bring"), description=_("Nothing yet: levels are for their own sake here."))
    mine = _("You are at level **{level}** with {xp} XP.").format(
        level=text.number(shown.progress.level), xp=text.number(shown.progress.total)
    )
    return embed(title=_("What levels bring"), description=_fitting([mine, "", *lines]))


def _line(reward: Reward, shown: RewardList) -> str:
    level, total = reward.level, shown.totals[reward.level]
    if level <= shown.progress.level:
        return f"✅ **{level}** · {reward_said(reward)}"
    missing = _("{xp} XP to go").format(xp=text.number(total - shown.progress.total))
    return f"▫️ **{level}** · {reward_said(reward)} · {missing}"


def _fitting(lines: Iterable[str]) -> str:
    """As many lines as an embed takes, and that there are more."""
    kept: list[str] = []
    for line in lines:
        if len("\n".join([*kept, line])) > MAX_DESCRIPTION - 2:
            return "\n".join([*kept, "…"])
        kept.append(line)
    return "\n".join(kept)


def wish(shown: Wish, *, changed: bool) -> discord.Embed:
    """What a member wishes."""
    lines = [
        _("🔔 You are pinged when you reach a level.") if shown.ping
        else _("🔕 You are named without a ping when you reach a level."),
        _("👤 Leaderboards show you as somebody.") if shown.nameless else _("👤 Leaderboards show your name."),
    ]  # fmt: skip
    if not changed:
        lines += ["", _("Choose otherwise with the options of this command.")]
    return embed(description="\n".join(lines))


def preview(said: str, where: str, trouble: str | None) -> discord.Embed:
    """An announcement as it will read, and where it will stand."""
    lines = [said, "", where]
    if trouble is not None:
        lines.append(f"⚠️ {trouble}")
    return embed(title=_("How it will read"), description="\n".join(lines))
