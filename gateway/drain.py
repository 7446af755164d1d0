"""Leaving without a trace: readiness fails first, and only when load balancers know that does the server close."""

import asyncio
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol

# What is said to clients before the server closes is on its way after this long.
LEAVING_SECONDS = 0.05


class Flag(Protocol):
    """Something that is set once, perhaps by another process."""

    value: bool


class _Asked:
    value = False


class Drain:
    """Puts SIGTERM off.

    Args:
        seconds: Between the first failing readiness and the closing.
        asked: Whether anybody has asked any of several workers for readiness: each question reaches but one of them.
            None: this process is alone.

    Attributes:
        begun: Whether the process is about to end.
    """

    def __init__(self, seconds: float, asked: Flag | None = None) -> None:
        self.begun = False
        self._seconds = seconds
        self._is_alone = asked is None
        # One of ctypes is false where its value is.
        self._asked: Flag = _Asked() if asked is None else asked
        self._leaving: list[Callable[[], None]] = []

    def asked(self) -> None:
        """Note that somebody asks for readiness. Nobody is waited for where nobody looks."""
        self._asked.value = True

    def before_closing(self, leave: Callable[[], None]) -> None:
        """Have something called just before the server closes, in the loop's thread."""
        self._leaving.append(leave)

    def watch(self) -> None:
        """Take over SIGTERM from the server, which must have its handler by now. Call in the main thread's loop."""
        server = signal.getsignal(signal.SIGTERM)
        loop = asyncio.get_running_loop()
        if not callable(server):
            return

        def begin(number: int, frame: FrameType | None) -> Any:  # noqa: ANN401  as signal has it
            if self.begun:
                # A worker is told by its parent, and perhaps by who has told the parent, too: it may tell the group.
                return server(number, frame) if self._is_alone else None
            self.begun = True
            # A signal handler may run in the middle of the loop's own work.
            seconds = self._seconds if self._asked.value else 0
            return loop.call_soon_threadsafe(loop.call_later, seconds, close, number)

        def close(number: int) -> None:
            for leave in self._leaving:
                leave()
            loop.call_later(LEAVING_SECONDS, server, number, None)

        signal.signal(signal.SIGTERM, begin)
