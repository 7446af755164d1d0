"""Sends that do as told, to try each way of making a call alone."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from downstream.call import Call
from downstream.endpoint import Row

ROWS = [Row("a")]


class Late(NamedTuple):
    """An outcome after so many seconds."""

    seconds: float
    outcome: "Outcome"


Outcome: TypeAlias = list[Row] | Exception | Late | None


def call(seconds: float = 5.0) -> Call:
    """A call with so much time."""
    return Call("/v1/shops:batchGet", b"{}", asyncio.get_running_loop().time() + seconds)


class Scripted:
    """Ends each attempt as the next outcome says: rows, an error, or never."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes: list[Outcome] = list(outcomes)
        self.attempts = 0
        self.running = 0

    async def __call__(self, _: Call) -> Sequence[Row]:
        outcome = self.outcomes[min(self.attempts, len(self.outcomes) - 1)]
        self.attempts += 1
        self.running += 1
        try:
            await asyncio.sleep(0)
            if isinstance(outcome, Late):
                await asyncio.sleep(outcome.seconds)
                outcome = outcome.outcome
            if outcome is None:
                await asyncio.Event().wait()
            if isinstance(outcome, Exception):
                raise outcome
        finally:
            self.running -= 1
        assert isinstance(outcome, list)
        return outcome
