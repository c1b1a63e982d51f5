"""Threads as Discord makes them, where simcord makes them otherwise."""

from typing import Any

from .backend import Channel, ChannelType, SandboxBackend


class ThreadsBackend(SandboxBackend):
    """The backend, in which private threads are not talked of in their channel."""

    def create_thread(self, *place: Any, type: int = ChannelType.PUBLIC_THREAD, **more: Any) -> Channel:  # noqa: A002 — simcord's name
        """Make a thread. Of a private one its channel is not told, for not everybody who sees that sees the thread."""
        if type != ChannelType.PRIVATE_THREAD:
            return super().create_thread(*place, type=type, **more)
        told = more.pop("broadcast", True)
        thread = super().create_thread(*place, type=type, broadcast=False, **more)
        if told:
            self.announce_thread_create(thread)
        return thread
