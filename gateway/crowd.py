"""Who is being served at the moment: one person's flood must not take the place of others."""

from collections import Counter

from gateway.request import Refusal


class Crowd:
    """Counts requests under way by person.

    Args:
        most: Of one person.

    Attributes:
        size: All requests under way.
        refused: How many were too many, since the start.
    """

    def __init__(self, most: int) -> None:
        self.size = self.refused = 0
        self._most = most
        self._served: Counter[str] = Counter()

    def enter(self, person: str) -> None:
        """Take a place; raises ``Refusal`` where the person has too many."""
        if self._served[person] >= self._most:
            self.refused += 1
            message = f"At most {self._most} of your requests are worked on at a time."
            raise Refusal(429, "RATE_LIMITED", message, {"Retry-After": "1"})
        self._served[person] += 1
        self.size += 1

    def leave(self, person: str) -> None:
        """Give a place back."""
        self._served[person] -= 1
        self.size -= 1
        if not self._served[person]:
            del self._served[person]
