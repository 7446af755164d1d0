"""Cancels a coroutine at one of the points where it waits."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any


class CancelledAt:
    """Awaits a coroutine and has its task cancelled the n-th time that it waits for something.

    Args:
        work: What to await.
        step: At which wait, from 1.
        late: Cancel only once what it waits for has come, but before the coroutine knows.
    """

    def __init__(self, work: Coroutine[Any, Any, object], step: int, *, late: bool) -> None:
        self._work = work
        self._step = step
        self._late = late
        self.reached = False

    def __await__(self) -> Generator[Any, Any, object]:
        task = asyncio.current_task()
        assert task is not None
        step = 0
        outcome: BaseException | None = None
        while True:
            try:
                waiting = self._work.send(None) if outcome is None else self._work.throw(outcome)
            except StopIteration as end:
                return end.value
            step += 1
            if step == self._step:
                self.reached = True
                if self._late and waiting is not None:
                    waiting.add_done_callback(lambda _: task.cancel())
                else:
                    asyncio.get_running_loop().call_soon(task.cancel)
            outcome = None
            try:
                yield waiting
            except BaseException as error:  # noqa: BLE001  whatever comes is passed on
                outcome = error


async def cancelled_at(work: Coroutine[Any, Any, object], step: int, *, late: bool = False) -> bool:
    """Run it in a task of its own, cancelled at that step; tell whether it came so far."""
    cancelling = CancelledAt(work, step, late=late)

    async def run() -> None:
        await cancelling

    await asyncio.wait({asyncio.ensure_future(run())})
    return cancelling.reached
