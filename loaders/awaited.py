"""Values that somebody else fetches, and who waits for them to change."""

import asyncio
from collections.abc import Collection, Mapping, Sequence


class Awaited:
    """Some values that are fetched elsewhere. They are to be waited for or ignored, once.

    Args:
        waiting: Where this one is among those who wait.
        events: By name, what is set once a value has changed.

    Attributes:
        names: The values' names.
    """

    def __init__(self, waiting: "Waiting", events: Mapping[bytes, asyncio.Event]) -> None:
        self.names: Collection[bytes] = events.keys()
        self._waiting = waiting
        self._events = events

    async def wait(self, seconds: float) -> None:
        """Return when all have changed, or after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                for event in self._events.values():
                    await event.wait()
        except TimeoutError:
            pass
        finally:
            self.ignore()

    def ignore(self) -> None:
        """Wait no more."""
        self._waiting.remove(self._events)


class Waiting:
    """All who wait."""

    def __init__(self) -> None:
        self._events: dict[bytes, set[asyncio.Event]] = {}

    def expect(self, names: Sequence[bytes]) -> Awaited:
        """Wait, from now on, for these values to change."""
        events = {name: asyncio.Event() for name in names}
        for name, event in events.items():
            self._events.setdefault(name, set()).add(event)
        return Awaited(self, events)

    def remove(self, events: Mapping[bytes, asyncio.Event]) -> None:
        """Wait no more."""
        for name, event in events.items():
            waiting = self._events[name]
            waiting.discard(event)
            if not waiting:
                del self._events[name]

    def note(self, names: Sequence[bytes] | None) -> None:
        """Tell those who wait that these values have changed; None: all may have."""
        for name in self._events if names is None else names:
            for event in self._events.get(name, ()):
                event.set()
