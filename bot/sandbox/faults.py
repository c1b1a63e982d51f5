"""Things that go wrong on purpose: rate limits, errors, delays, lost answers, lost interactions."""

import fnmatch
from dataclasses import dataclass, field
from typing import Any, Literal

When = Literal["before", "after"]


@dataclass(slots=True)
class Fault:
    """One way in which matching requests go wrong, `times` times (None: until removed).

    `method` and `path` are shell patterns, the path without `/api/v10` (`/channels/*/messages`). With `when`
    "before" the request has no effect; with "after" the effect is done and only the answer suffers. `status`
    None means no false answer: then only `delay` (seconds) applies, or `drop`, which hangs up without answering.
    """

    method: str = "*"
    path: str = "*"
    when: When = "before"
    times: int | None = 1
    status: int | None = None
    code: int = 0
    message: str = ""
    delay: float = 0.0
    drop: bool = False
    retry_after: float | None = None
    is_global: bool = False
    hits: int = field(default=0, init=False)

    def matches(self, method: str, path: str, when: When) -> bool:
        """Whether this fault strikes a request at this moment."""
        return (
            self.when == when
            and (self.times is None or self.hits < self.times)
            and fnmatch.fnmatchcase(method, self.method)
            and fnmatch.fnmatchcase(path, self.path)
        )

    def body(self) -> dict[str, Any]:
        """The JSON of the false answer."""
        if self.retry_after is not None:
            return {
                "message": self.message or "You are being rate limited.",
                "retry_after": self.retry_after,
                "global": self.is_global,
                "code": self.code,
            }
        return {"message": self.message or f"{self.status}: simulated", "code": self.code}

    def headers(self) -> dict[str, str]:
        """The headers of the false answer; a rate limit carries all that Discord sends."""
        if self.retry_after is None:
            return {}
        # discord.py takes a 429 without Via for a ban by the proxy in front of Discord, and gives up.
        headers = {"Retry-After": str(self.retry_after), "Via": "1.1 sandbox"}
        if self.is_global:
            return headers | {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
        return headers | {
            "X-RateLimit-Limit": "5",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset-After": str(self.retry_after),
            "X-RateLimit-Bucket": "simulated",
            "X-RateLimit-Scope": "user",
        }


class Faults:
    """The faults in force, first added first struck."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._interactions_to_drop = 0

    def add(self, fault: Fault) -> Fault:
        """Put a fault into force; returns it, so that its `hits` can be read."""
        self._faults.append(fault)
        return fault

    def rate_limit(
        self,
        path: str = "*",
        *,
        method: str = "*",
        retry_after: float = 0.05,
        is_global: bool = False,
        times: int | None = 1,
    ) -> Fault:
        """Answer 429 with every header Discord sends."""
        return self.add(Fault(method, path, times=times, status=429, retry_after=retry_after, is_global=is_global))

    def server_error(
        self,
        path: str = "*",
        *,
        method: str = "*",
        status: int = 502,
        when: When = "before",
        times: int | None = 1,
    ) -> Fault:
        """Answer 5xx, with or without the effect done."""
        return self.add(Fault(method, path, when=when, times=times, status=status))

    def delay(
        self,
        path: str = "*",
        *,
        method: str = "*",
        seconds: float,
        when: When = "before",
        times: int | None = 1,
    ) -> Fault:
        """Let an answer take its time, before or after its effect."""
        return self.add(Fault(method, path, when=when, times=times, delay=seconds))

    def lose_answer(self, path: str = "*", *, method: str = "*", times: int | None = 1) -> Fault:
        """Do what is asked, then hang up without an answer."""
        return self.add(Fault(method, path, when="after", times=times, drop=True))

    def lose_request(self, path: str = "*", *, method: str = "*", times: int | None = 1) -> Fault:
        """Hang up before anything is done."""
        return self.add(Fault(method, path, times=times, drop=True))

    def drop_interactions(self, times: int = 1) -> None:
        """Never deliver the next interactions: the member sees "did not respond", the bot sees nothing."""
        self._interactions_to_drop += times

    def drops_interaction(self) -> bool:
        """Asked once per interaction: whether this one is lost."""
        if self._interactions_to_drop == 0:
            return False
        self._interactions_to_drop -= 1
        return True

    def strike(self, method: str, path: str, when: When) -> Fault | None:
        """The first fault that hits this request now, counted as a hit."""
        for fault in self._faults:
            if fault.matches(method, path, when):
                fault.hits += 1
                return fault
        return None

    def remove(self, fault: Fault) -> None:
        """Take one fault out of force."""
        self._faults.remove(fault)

    def clear(self) -> None:
        """Take all faults out of force."""
        self._faults.clear()
        self._interactions_to_drop = 0

    def active(self) -> list[Fault]:
        """The faults that can still strike."""
        return [one for one in self._faults if one.times is None or one.hits < one.times]
