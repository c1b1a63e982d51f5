"""People in voice channels: they come and go, mute and deafen themselves, and moderators do it to them."""

from typing import TYPE_CHECKING, Any

from .backend import BackendError, ChannelType
from .seen import CannotDo

if TYPE_CHECKING:
    from .backend import SandboxBackend


class Voices:
    """The part of a person that is about voice. Every change is told by VOICE_STATE_UPDATE, as Discord does."""

    user_id: int
    _backend: "SandboxBackend"

    if TYPE_CHECKING:

        def _guild(self) -> int: ...
        def _need(self, channel_id: int, *permissions: str) -> None: ...

    async def join_voice(self, channel_id: int, *, muted: bool = False, deafened: bool = False) -> None:
        """Go into a voice or stage channel, from another one too. What the server muted stays muted."""
        guild_id = self._guild()
        self._need(channel_id, "view_channel")
        self._need(channel_id, "connect")
        member = self._backend.get_guild(guild_id).members.get(self.user_id)
        if member is None:
            raise CannotDo("not a member")
        flags = {"self_mute": muted or deafened, "self_deaf": deafened, "mute": member.mute, "deaf": member.deaf}
        audience = self._backend.get_channel(channel_id).type == ChannelType.STAGE_VOICE
        self._set(channel_id, **flags, suppress=audience)

    async def leave_voice(self) -> None:
        """Leave the voice channel."""
        self._heard()
        self._set(None)

    async def mute(self, *, on: bool = True) -> None:
        """Mute oneself, or no longer."""
        self._set(self._heard().channel_id, self_mute=on)

    async def deafen(self, *, on: bool = True) -> None:
        """Deafen oneself, which mutes too, or neither any longer."""
        self._set(self._heard().channel_id, self_mute=on, self_deaf=on)

    async def server_move(self, user_id: int, channel_id: int | None) -> None:
        """Put a member who is in voice into another channel in Discord's own windows, or (None) out of voice."""
        guild_id = self._guild()
        state = self._backend.get_guild(guild_id).voice_states.get(user_id)
        if state is None or state.channel_id is None:
            raise CannotDo("not in voice")
        for one in {state.channel_id, channel_id or state.channel_id}:
            self._need(one, "move_members")
        self._backend.edit_member(guild_id, user_id, {}, move_voice=True, channel_id=channel_id)

    async def server_mute(self, user_id: int, *, on: bool = True) -> None:
        """Mute a member in voice in Discord's own windows, or lift that."""
        self._edit(user_id, "mute_members", mute=on)

    async def server_deafen(self, user_id: int, *, on: bool = True) -> None:
        """Deafen a member in voice in Discord's own windows, or lift that."""
        self._edit(user_id, "deafen_members", deaf=on)

    def _edit(self, user_id: int, permission: str, **flags: bool) -> None:
        guild_id = self._guild()
        state = self._backend.get_guild(guild_id).voice_states.get(user_id)
        if state is None or state.channel_id is None:
            raise CannotDo("not in voice")
        self._need(state.channel_id, permission)
        self._backend.edit_member(guild_id, user_id, flags)

    def _heard(self) -> Any:
        state = self._backend.get_guild(self._guild()).voice_states.get(self.user_id)
        if state is None:
            raise CannotDo("not in voice")
        return state

    def _set(self, channel_id: int | None, **flags: bool) -> None:
        try:
            self._backend.set_voice_state(self._guild(), self.user_id, channel_id, **flags)
        except BackendError as error:
            raise CannotDo(error.message) from error
