"""Who has what at the moment: one person's flood must not take the place of others."""

from collections import Counter

from gateway.request import Refusal


class Crowd:
    """Counts by person what is under way, or open.

    Args:
        most: Of one person.
        what: Is counted, for the person.
        code: Of the error where there are too many.

    Attributes:
        size: All that are under way.
        refused: How many were too many, since the start.
    """

    def __init__(self, most: int, what: str = "requests are worked on", code: str = "RATE_LIMITED") -> None:
        self.size = self.refused = 0
        self._most = most
        self._what = what
        self._code = code
        self._served: Counter[str] = Counter()

    def enter(self, person: str | None) -> None:
        """Take a place; raises ``Refusal`` where the person has too many. None is nobody, and takes none."""
        if person is None:
            return
        if self._served[person] >= self._most:
            self.refused += 1
            message = f"At most {self._most} of your {self._what} at a time."
            raise Refusal(429, self._code, message, {"Retry-After": "1"})
        self._served[person] += 1
        self.size += 1

    def leave(self, person: str | None) -> None:
        """Give a place back."""
        if person is None:
            return
        self._served[person] -= 1
        self.size -= 1
        if not self._served[person]:
            del self._served[person]
