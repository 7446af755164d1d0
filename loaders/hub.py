"""Who waits for which events in this process, and hands each event to all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from loaders.events import Data, Event


@dataclass(frozen=True, slots=True)
class Interest:
    """Which events somebody waits for.

    Attributes:
        customer_id: Whose; nobody is told of other people's.
        types: Of which types.
        order_id: About which order; None: about anything.
    """

    customer_id: str
    types: frozenset[str]
    order_id: str | None = None

    def includes(self, event: Event) -> bool:
        """Tell whether an event is waited for."""
        data = event.data
        return (
            data.customer_id == self.customer_id and event.type in self.types and self.order_id in {None, data.order_id}
        )


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Happening:
    """An event that was waited for; one object for all who did.

    Attributes:
        data: What it is about; None: events may have been missed before ``position``.
        position: Its place in the stream; None where there is no stream.
    """

    data: Data | None
    position: str | None


Take: TypeAlias = Callable[[Happening], None]


class Hub:
    """Hands events on.

    Attributes:
        position: Up to where in the stream events were handed on; None where there is no stream, or it is not known.
    """

    def __init__(self) -> None:
        self.position: str | None = None
        self._waiting: dict[str, dict[Take, Interest]] = {}

    def add(self, interest: Interest, take: Take) -> None:
        """Call ``take`` for each event of interest from now on."""
        self._waiting.setdefault(interest.customer_id, {})[take] = interest

    def remove(self, interest: Interest, take: Take) -> None:
        """Call it no more."""
        waiting = self._waiting.get(interest.customer_id)
        if waiting is not None:
            waiting.pop(take, None)
            if not waiting:
                del self._waiting[interest.customer_id]

    def waited_for(self, events: Sequence[Event]) -> Sequence[Event]:
        """Return the events that anybody waits for."""
        return [event for event in events if any(one.includes(event) for one in self._of(event).values())]

    def tell(self, event: Event, position: str | None) -> None:
        """Hand an event to all who wait for it."""
        happening = Happening(event.data, position)
        for take, interest in list(self._of(event).items()):
            if interest.includes(event):
                take(happening)

    def miss(self) -> None:
        """Tell everybody that events may have been missed."""
        happening = Happening(None, self.position)
        for waiting in list(self._waiting.values()):
            for take in list(waiting):
                take(happening)

    def _of(self, event: Event) -> dict[Take, Interest]:
        return self._waiting.get(event.data.customer_id or "", {})
