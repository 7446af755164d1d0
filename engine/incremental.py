"""Answers in parts: ``@defer`` in queries by the engine, all else by graphql-core with the engine's batches."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from graphql import ExecutionResult as CoreResult
from graphql import (
    ExperimentalIncrementalExecutionResults,
    GraphQLError,
    SubsequentIncrementalExecutionResult,
)
from graphql.execution import CompletedResult, IncrementalDeferResult, IncrementalResult, PendingResult
from graphql.execution.incremental.stream_item_queue import StreamItemQueue
from strawberry.types.execution import ExecutionResult

from engine.deferral import take_marks
from engine.documents import Document, Split
from engine.executor import StrawberryCompiledExecutor

Path: TypeAlias = tuple[str | int, ...]
Later: TypeAlias = AsyncGenerator[SubsequentIncrementalExecutionResult, None]


class IncrementalExecutor(StrawberryCompiledExecutor):
    """graphql-core's, which begins the items of a streamed list together with the list.

    One after the other, they would ask the services one after the other. What is deferred begins after the first part.
    """

    def build_stream_item_queue(self, *arguments: Any) -> StreamItemQueue:  # noqa: ANN401  graphql-core's own
        """Let all items of a streamed list begin at once."""
        self.enable_early_execution = True
        try:
            return super().build_stream_item_queue(*arguments)
        finally:
            self.enable_early_execution = False


class Parts(ExecutionResult):
    """A result that goes on: its data and errors are what is there at once. Whoever has one must close it.

    The data may grow as later parts are read: write it before.

    Attributes:
        pending: What is still to come.

    Args:
        data: What is there.
        errors: What has failed of that.
        pending: What is still to come.
        later: Gives it as it comes.
        close: Ends all work that is left.
    """

    def __init__(
        self,
        data: dict[str, Any] | None,
        errors: list[GraphQLError] | None,
        pending: Sequence[PendingResult],
        later: Later,
        close: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(data, errors, {})
        self.pending = pending
        self._later = later
        self._close = close

    def __aiter__(self) -> AsyncIterator[SubsequentIncrementalExecutionResult]:
        """Return what comes later, as it comes."""
        return self._later

    async def aclose(self) -> None:
        """End all work for parts that nobody reads."""
        await self._later.aclose()
        await self._close()


def parts_of(executor: IncrementalExecutor, results: ExperimentalIncrementalExecutionResults) -> Parts:
    """Return what graphql-core has given."""
    first = results.initial_result

    async def close() -> None:
        # Streams begin before the first later part is asked for, and graphql-core ends them only after that.
        await executor.cancel_incremental_work()
        await executor.context_value.batches.cancel()

    return Parts(first.data, first.errors, first.pending, results.subsequent_results, close)


class _Expected(NamedTuple):
    """What is to come on some objects, and the document that brings it."""

    document: Document
    pending: list[PendingResult]


@dataclass
class _Part:
    """A later part, while it is put together."""

    pending: list[PendingResult] = field(default_factory=list)
    incremental: list[IncrementalResult] = field(default_factory=list)
    completed: list[CompletedResult] = field(default_factory=list)


class Deferring:
    """One answer of which parts are deferred, each a query of its own on the same objects.

    The same request's loaders remember what leads to a part, so that nothing is asked for twice.

    Args:
        run: Executes a document.
        split: The documents.
    """

    def __init__(self, run: Callable[[Document], Awaitable[CoreResult]], split: Split) -> None:
        self._run = run
        self._split = split
        self._told: dict[str, Any] = {}
        self._tasks: dict[asyncio.Task[CoreResult], _Expected] = {}
        self._waiting: list[_Expected] = []
        self._next_id = 0

    async def answer(self) -> ExecutionResult:
        """Return the answer: ``Parts``, unless nothing is deferred on what there is."""
        document = self._split.first
        first = await self._run(document)
        if first.data is None:
            return ExecutionResult(None, first.errors, {})
        self._told = first.data
        pending = self._expect(take_marks(first.data, document.marks))
        if not pending:
            return ExecutionResult(first.data, first.errors, {})
        return Parts(first.data, first.errors, pending, self._later(), self._stop)

    async def _later(self) -> Later:
        self._begin()
        while self._tasks:
            done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            part = _Part()
            for task in [task for task in self._tasks if task in done]:
                self._tell(task.result(), self._tasks.pop(task), part)
            self._begin()
            yield SubsequentIncrementalExecutionResult(
                has_next=bool(self._tasks),
                pending=part.pending or None,
                incremental=part.incremental or None,
                completed=part.completed or None,
            )

    def _expect(self, marks: Iterator[tuple[int, Path]]) -> list[PendingResult]:
        """Note what is to come on which objects."""
        found: dict[int, list[PendingResult]] = {}
        for number, path in marks:
            pending = PendingResult(str(self._next_id), list(path), self._split.deferrals[number].label)
            self._next_id += 1
            found.setdefault(number, []).append(pending)
        deferrals = self._split.deferrals
        self._waiting += [_Expected(self._split.part(deferrals[number]), found[number]) for number in found]
        return [one for pending in found.values() for one in pending]

    def _begin(self) -> None:
        waiting, self._waiting = self._waiting, []
        for expected in waiting:
            self._tasks[asyncio.ensure_future(self._run(expected.document))] = expected

    def _tell(self, found: CoreResult, expected: _Expected, part: _Part) -> None:
        """Add what has come on these objects to a part."""
        marks = list(take_marks(found.data, expected.document.marks))
        for pending in expected.pending:
            path = tuple(pending.path)
            errors = [error for error in found.errors or () if tuple(error.path or ())[: len(path)] == path]
            value = _at(found.data, path)
            if not isinstance(value, dict):
                part.completed.append(CompletedResult(pending.id, errors or found.errors))
                continue
            new = [error for error in errors if _is_new(self._told, error.path or ())]
            if any(_undoes(self._told, found.data, error.path or ()) for error in new):
                part.completed.append(CompletedResult(pending.id, new))
                continue
            there = _at(self._told, path)
            for place, (sub_path, data) in enumerate(list(_added(there, value))):
                added = IncrementalDeferResult(dict(data), pending.id, list(sub_path), None if place else new or None)
                part.incremental.append(added)
                _at(there, sub_path).update(data)
            part.completed.append(CompletedResult(pending.id))
            part.pending += self._expect(mark for mark in marks if mark[1][: len(path)] == path)

    async def _stop(self) -> None:
        tasks, self._tasks = list(self._tasks), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _at(data: Any, path: Sequence[Any]) -> Any:  # noqa: ANN401  a part of an answer
    """Return what is at a path; None where nothing is."""
    for key in path:
        if data is None:
            return None
        data = data[key] if isinstance(data, list) else data.get(key)
    return data


def _is_new(told: Any, path: Sequence[Any]) -> bool:  # noqa: ANN401  the same
    """Tell whether a path leads to something that was not told: else it was told as null, with the same error."""
    for key in path:
        if isinstance(told, dict) and key not in told:
            return True
        if told is None:
            return False
        told = told[key]
    return False


def _undoes(told: Any, found: Any, path: Sequence[Any]) -> bool:  # noqa: ANN401  the same
    """Tell whether an error has made null what was told as an object or list, which nobody can take back."""
    for key in path:
        if told is None or found is None or (isinstance(told, dict) and key not in told):
            break
        told, found = told[key], found[key]
    return told is not None and found is None


def _added(told: Any, found: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:  # noqa: ANN401  the same
    """Yield what is new in what was found, and below which path."""
    if isinstance(told, dict) and isinstance(found, dict):
        if new := {key: value for key, value in found.items() if key not in told}:
            yield path, new
        for key in [key for key in found if key in told]:
            yield from _added(told[key], found[key], (*path, key))
    elif isinstance(told, list) and isinstance(found, list):
        for place, (one, other) in enumerate(zip(told, found, strict=False)):
            yield from _added(one, other, (*path, place))
