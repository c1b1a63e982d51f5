"""What a feature declares, so that everything that is done for all features finds it in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.actions.profile import AboutMember
from bot.app import FolkmootBot
from bot.db.holding import Holding
from bot.domain.features import Feature
from bot.domain.manual import Chapter
from bot.domain.probes import Probed, Probes, SettingRef
from bot.domain.settings import Section
from bot.jobs.periodic import Periodic
from bot.jobs.ticker import DueSource
from bot.services import Services
from bot.services.leaderboard import Board
from bot.services.verify import Check


@dataclass(frozen=True)
class Kit:
    """What a feature's jobs are made of."""

    services: Services
    bot: FolkmootBot
    wake: Callable[[], object]
    """Makes the ticker look at once; safe to call before it runs."""


def _no_sources(_kit: Kit) -> Sequence[DueSource]:
    return ()


def _no_rounds(_kit: Kit) -> Sequence[Periodic]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """All parts of one feature. What guilds switch has every part; a test says which one is missing."""

    name: str
    """The noun of its files in every room."""

    title: str
    """What people call it."""

    summary: str
    """What it is for, in a sentence of at most 100 characters."""

    extension: str
    """The module of its cog, which has `setup` and `PERMISSIONS`."""

    docs: str
    """Its page, from the root of the project."""

    switch: Feature | None = None
    """By what a guild switches it; None: it is always there."""

    sections: tuple[type[Section], ...] = ()
    """Its settings, in the order in which owners see them."""

    holdings: tuple[Holding, ...] = ()
    """Every column of its tables that names a person, for /privacy."""

    invariants: tuple[Check, ...] = ()
    """What `folkmoot db verify` looks at."""

    due: Callable[[Kit], Sequence[DueSource]] = _no_sources
    """Its rows with deadlines, for the ticker."""

    rounds: Callable[[Kit], Sequence[Periodic]] = _no_rounds
    """What it does every so often."""

    probes: Probes = field(default_factory=Probes)
    """What it needs of a server, for /diagnose."""

    aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    """Short names for those who type: one word for a command, perhaps with its group."""

    boards: tuple[Board, ...] = ()
    """Its leaderboards, for /leaderboard; shown only where the feature is on."""

    audited: Mapping[str, str] = field(default_factory=dict[str, str])
    """What it writes into the audit log, as `AuditRecord.action`, and what people call each, for /audit."""

    log_channel: SettingRef | None = None
    """The setting that names a channel for what is `audited`; without one there, it is told in the log channel."""

    about_member: AboutMember | None = None
    """What it adds to /userinfo."""

    scene: str | None = None
    """The module of its scene in the demonstration: three to eight steps that can be played again and again."""

    @property
    def chapter(self) -> Chapter:
        """Its place in the manual."""
        return Chapter(self.name, self.title, self.summary, self.extension, self.switch)

    @property
    def probed(self) -> Probed:
        """It, as it is examined."""
        return Probed(self.chapter, self.sections, self.probes)
