"""Leaving without a trace: readiness fails first, and only when load balancers know that does the server close."""

import asyncio
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

# What is said to clients before the server closes is on its way after this long.
LEAVING_SECONDS = 0.05


class Drain:
    """Puts SIGTERM off.

    Args:
        seconds: Between the first failing readiness and the closing.

    Attributes:
        begun: Whether the process is about to end.
        watched: Whether anybody has asked for readiness. Nobody is waited for where nobody looks.
    """

    def __init__(self, seconds: float) -> None:
        self.begun = False
        self.watched = False
        self._seconds = seconds
        self._leaving: list[Callable[[], None]] = []

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
                return server(number, frame)
            self.begun = True
            # A signal handler may run in the middle of the loop's own work.
            return loop.call_soon_threadsafe(loop.call_later, self._seconds if self.watched else 0, close, number)

        def close(number: int) -> None:
            for leave in self._leaving:
                leave()
            loop.call_later(LEAVING_SECONDS, server, number, None)

        signal.signal(signal.SIGTERM, begin)
