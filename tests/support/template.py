"""A process that has imported the bot and is copied for each start: `python -m bot`, less the second that imports take.

It is for stories that need a bot and not its beginning. A copy is a process as any other: with its own environment,
folder and output, and nobody but itself to end with. `process.py` asks for one over a socket, a line of JSON each:
what to run, and with it the descriptors for its output and error and for the news of it, which are its process id and
in the end its exit code.
"""

import gc
import json
import os
import selectors
import signal
import socket
import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

_LONGEST = 64 * 1024
"""Bytes of a wish; more than the environment of a bot under test."""

_DESCRIPTORS = 3


@dataclass(frozen=True)
class Wish:
    """A process that somebody wants."""

    arguments: list[str]
    folder: str
    environment: dict[str, str]
    output: int
    error: int
    news: int

    def close(self) -> None:
        """Let go of the descriptors that the copy has."""
        os.close(self.output)
        os.close(self.error)


class Template:
    """Copies itself for each wish, and says how the copies ended. It ends, and they with it, as the socket closes."""

    def __init__(self, wishes: socket.socket) -> None:
        self._wishes = wishes
        self._running: dict[int, int] = {}
        """For each process that runs where its news goes."""

    def serve(self) -> Wish | None:
        """Wait for wishes. Comes back in the copy, with the wish that it is to fulfil, or at the end with None."""
        with ExitStack() as ours:
            ours.enter_context(self._wishes)
            ended, bell = (ours.enter_context(end) for end in socket.socketpair())
            bell.setblocking(False)  # noqa: FBT003 — the standard library's signature
            signal.set_wakeup_fd(bell.fileno())
            signal.signal(signal.SIGCHLD, lambda *_: None)
            ready = ours.enter_context(selectors.DefaultSelector())
            for end in (self._wishes, ended):
                ready.register(end, selectors.EVENT_READ)
            while True:
                events = [key.fileobj for key, _ in ready.select()]
                if ended in events:
                    ended.recv(_LONGEST)
                    self._report()
                if self._wishes in events:
                    wish = self._next()
                    if wish is None:
                        self._end()
                        return None
                    if self._copied(wish):
                        return wish

    def _next(self) -> Wish | None:
        line, descriptors, _, _ = socket.recv_fds(self._wishes, _LONGEST, _DESCRIPTORS)
        while line and not line.endswith(b"\n"):
            line += self._wishes.recv(_LONGEST)
        if not line:
            return None
        wanted: dict[str, Any] = json.loads(line)
        return Wish(**wanted, output=descriptors[0], error=descriptors[1], news=descriptors[2])

    def _copied(self, wish: Wish) -> bool:
        """Whether this is the copy."""
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for news in (wish.news, *self._running.values()):
                os.close(news)
            return True
        wish.close()
        self._running[pid] = wish.news
        os.write(wish.news, f"{pid}\n".encode())
        return False

    def _report(self) -> None:
        for pid, news in list(self._running.items()):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                del self._running[pid]
                with suppress(BrokenPipeError):  # nobody waits for it any more
                    os.write(news, f"{os.waitstatus_to_exitcode(status)}\n".encode())
                os.close(news)

    def _end(self) -> None:
        for pid in self._running:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def become(wish: Wish) -> None:
    """Take on what the wish says: output, folder, environment, and arguments."""
    os.dup2(wish.output, 1)
    os.dup2(wish.error, 2)
    wish.close()
    os.chdir(wish.folder)
    os.environ.clear()
    os.environ.update(wish.environment)
    sys.argv[1:] = wish.arguments


def main() -> None:
    """Import what a running bot has imported, and wait."""
    gc.disable()  # what is imported stays
    command_line = import_module("bot.__main__")
    import_module("bot.process")
    for feature in import_module("bot.features").FEATURES:
        import_module(feature.extension)
    gc.freeze()
    wish = Template(socket.socket(fileno=int(sys.argv[1]))).serve()
    if wish is not None:
        gc.enable()
        become(wish)
        sys.argv[0] = str(Path(command_line.__file__ or ""))
        command_line.main()


if __name__ == "__main__":
    main()
