"""Shows each request to somebody who watches."""

from collections.abc import Sequence

from downstream.call import Call, Send
from downstream.endpoint import Row
from downstream.observer import Observer


class Observed:
    """A send whose requests are watched.

    Args:
        send: Makes the request.
        service: Whose.
        observer: Who watches.
    """

    def __init__(self, send: Send, service: str, observer: Observer) -> None:
        self._send = send
        self._service = service
        self._observer = observer

    async def __call__(self, call: Call) -> Sequence[Row]:
        """Make the request; raises what it raises."""
        with self._observer.request(self._service, call):
            return await self._send(call)
