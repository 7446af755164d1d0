"""Answers in parts: ``@defer`` and ``@stream``, executed by graphql-core, with the engine's batches."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from graphql import ExperimentalIncrementalExecutionResults, SubsequentIncrementalExecutionResult
from graphql.execution import PendingResult
from graphql.execution.incremental.stream_item_queue import StreamItemQueue
from strawberry.types.execution import ExecutionResult

from engine.executor import StrawberryCompiledExecutor


class IncrementalExecutor(StrawberryCompiledExecutor):
    """Executes in parts, whatever comes in a list together.

    What is deferred begins after the first part, which therefore waits for nothing that it does not show. The items of
    a streamed list begin together with the list: one after the other, they would ask the services one after the other.
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

    Attributes:
        pending: What is still to come.

    Args:
        executor: What executes it.
        results: What it has given.
    """

    def __init__(self, executor: IncrementalExecutor, results: ExperimentalIncrementalExecutionResults) -> None:
        first = results.initial_result
        super().__init__(first.data, first.errors, {})
        self.pending: Sequence[PendingResult] = first.pending
        self._later = results.subsequent_results
        self._executor = executor

    def __aiter__(self) -> AsyncIterator[SubsequentIncrementalExecutionResult]:
        """Return what comes later, as it comes."""
        return self._later

    async def aclose(self) -> None:
        """End all work for parts that nobody reads."""
        await self._later.aclose()
        # Streams begin before the first later part is asked for, and graphql-core ends them only after that.
        await self._executor.cancel_incremental_work()
        await self._executor.context_value.batches.cancel()
