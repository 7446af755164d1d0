"""What one execution waits for: coroutines that are started together, and none of them left behind."""

import asyncio
from collections.abc import Coroutine
from types import CoroutineType
from typing import Any


class Work:
    """The coroutines of one execution. All but one of those that are ready at a time run as tasks.

    Attributes:
        awaited: Everything that is or will be awaited: what was not even begun when a request ends must be closed.
    """

    __slots__ = ("_broken", "_finished", "_ready", "_tasks", "awaited")

    def __init__(self) -> None:
        self.awaited: list[Any] = []
        self._ready: list[Coroutine[Any, Any, None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished: asyncio.Future[None] | None = None
        self._broken: BaseException | None = None

    @property
    def is_left(self) -> bool:
        """Whether there is anything to wait for."""
        return bool(self._ready or self._tasks)

    def add(self, work: Coroutine[Any, Any, None]) -> None:
        """Start this soon, together with all else that is ready then; its exceptions are the execution's end."""
        self._ready.append(work)

    async def drain(self) -> None:
        """Return when nothing is left, also of what was added meanwhile."""
        while self._ready or self._tasks:
            await self._follow(self._next())
            if self._tasks:
                self._finished = asyncio.get_running_loop().create_future()
                await self._finished
            if self._broken is not None:
                raise self._broken

    async def stop(self) -> None:
        """Leave no task behind, whether the request was answered, has failed or was cancelled."""
        if self._tasks:
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self.close()

    def close(self) -> None:
        """Close what was not begun."""
        for waiting in (*self._ready, *self.awaited):
            # Nearly all are; the other kinds are told apart by an abstract class, which takes a microsecond each.
            if type(waiting) is CoroutineType or isinstance(waiting, Coroutine):
                waiting.close()

    def _next(self) -> Coroutine[Any, Any, None] | None:
        """Start all that is ready but one, which the caller awaits itself: a task less."""
        ready, self._ready = self._ready, []
        if not ready:
            return None
        for work in ready[:-1]:
            # A task that is cancelled before its first turn leaves what it was to await.
            self.awaited.append(work)
            task = asyncio.get_running_loop().create_task(self._follow(work))
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return ready[-1]

    async def _follow(self, work: Coroutine[Any, Any, None] | None) -> None:
        while work is not None:
            await work
            work = self._next()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        # Resolvers' exceptions are values by now: this is a cancellation, or something that nobody may catch.
        if task.cancelled():
            self._broken = asyncio.CancelledError()
        elif (error := task.exception()) is not None:
            self._broken = error
        finished = self._finished
        if finished is not None and not finished.done() and (self._broken is not None or not self._tasks):
            finished.set_result(None)


async def all_of(awaitables: Any) -> list[Any]:  # noqa: ANN401  an iterable of awaitables of anything
    """Return all results; an exception is the result of its awaitable, but a cancellation is everybody's."""
    waiting = list(awaitables)
    if len(waiting) == 1:
        # No task for what this one can await itself.
        try:
            return [await waiting[0]]
        except Exception as error:  # noqa: BLE001  it becomes the place's error
            return [error]
    results = await asyncio.gather(*waiting, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, Exception):
            raise result
    return results
