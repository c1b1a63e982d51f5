"""The buttons of batches. Each checks the guild, the person and the batch's state again."""

from __future__ import annotations

from bot.actions.authority import require_standing
from bot.actions.host import batches_of
from bot.domain.authority import Permission, Staff
from bot.ui.answers import reply_file, settled
from bot.ui.batch_options import parse_batch
from bot.ui.controls import Control, Interaction

_BATCH = r"(?P<batch>\d{1,20})"


async def manager_of(interaction: Interaction) -> int:
    """The guild whose batches the person may look at.

    Raises:
        GuildOnly, PermissionNeeded, StaffNeeded: there is none, or they may not.
    """
    return await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)


class StartButton(Control, template=rf"batches:start:v1:{_BATCH}"):
    """Starts what a dry run showed."""

    async def pressed(self, interaction: Interaction) -> None:
        """Start it."""
        await batches_of(interaction).start(interaction, parse_batch(self.arguments["batch"]))


class DiscardButton(Control, template=rf"batches:discard:v1:{_BATCH}"):
    """Forgets a dry run."""

    async def pressed(self, interaction: Interaction) -> None:
        """Forget it."""
        await batches_of(interaction).discard(interaction, parse_batch(self.arguments["batch"]))


class CancelButton(Control, template=rf"batches:cancel:v1:{_BATCH}"):
    """Cancels a running batch."""

    async def pressed(self, interaction: Interaction) -> None:
        """Cancel it."""
        await batches_of(interaction).cancel_here(interaction, parse_batch(self.arguments["batch"]))


class ResultButton(Control, template=rf"batches:result:v1:{_BATCH}:(?P<form>csv|json)"):
    """Answers with a file of what became of every target."""

    async def pressed(self, interaction: Interaction) -> None:
        """Answer with it."""
        work = batches_of(interaction).result(interaction, parse_batch(self.arguments["batch"]), self.arguments["form"])
        await reply_file(interaction, await settled(interaction, work, ephemeral=True))


class UndoButton(Control, template=rf"batches:undo:v1:{_BATCH}"):
    """Answers with the dry run of what undoes a batch."""

    async def pressed(self, interaction: Interaction) -> None:
        """Answer with it."""
        await batches_of(interaction).undo(interaction, parse_batch(self.arguments["batch"]))


CONTROLS: tuple[type[Control], ...] = (StartButton, DiscardButton, CancelButton, ResultButton, UndoButton)
