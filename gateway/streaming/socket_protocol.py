"""uvicorn's WebSocket with a deadline for clients that do not take what is sent to them."""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class DeadlineSocketProtocol(WebSocketsSansIOProtocol):
    """One connection.

    Args:
        seconds: How long a client may take to take what was sent.
        options: uvicorn's.
    """

    def __init__(self, *, seconds: float, **options: Any) -> None:  # noqa: ANN401  uvicorn's own
        super().__init__(**options)
        self._seconds = seconds
        self._sending: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """Give the client its time."""
        super().pause_writing()
        # Not close(), which waits until the client has taken what is buffered.
        self._sending = self.loop.call_later(self._seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Note that the client has taken it."""
        super().resume_writing()
        self._stop_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        super().connection_lost(exc)
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
