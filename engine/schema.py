"""Strawberry schemas that execute compiled plans."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, cast

import strawberry
import strawberry.federation
from graphql import ExecutionResult as CoreResult
from graphql import ExperimentalIncrementalExecutionResults, GraphQLError
from graphql import OperationType as CoreOperationType
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.schema.schema import DEFAULT_ALLOWED_OPERATION_TYPES
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from engine.access import guard
from engine.cost import Estimate, estimate
from engine.documents import Document, Documents, Limits
from engine.executor import StrawberryCompiledExecutor, executor_of, plans_of
from engine.incremental import Deferring, IncrementalExecutor, parts_of
from engine.plan import Plan
from engine.planner import NotCompiledError, Planner, why_not_compiled
from engine.plans import Plans
from engine.subscription import Subscription

# Raises where an operation is not to be executed: ``(executor, plan)``, without a plan where graphql-core executes.
Admit: TypeAlias = Callable[[StrawberryCompiledExecutor, Plan | None], None]
MAX_DOCUMENT_BYTES = 64 * 1024 * 1024


class CompilingSchema(strawberry.Schema):
    """Executes by plans; everything that Strawberry adds around an execution stays and costs nothing when absent."""

    def __init__(
        self,
        *args: Any,  # noqa: ANN401  Strawberry's own
        max_document_bytes: int = MAX_DOCUMENT_BYTES,
        limits: Limits | None = None,
        hide_suggestions: bool = False,
        **options: Any,  # noqa: ANN401  the same
    ) -> None:
        options.setdefault("execution_context_class", StrawberryCompiledExecutor)
        super().__init__(*args, **options)
        guard(self._schema)
        self._documents = Documents(
            self._schema, max_bytes=max_document_bytes, limits=limits, hide_suggestions=hide_suggestions
        )
        self._hide_suggestions = hide_suggestions
        # A subclass of the executor may do what only the way through Strawberry's own code does.
        self._is_direct = self.execution_context_class is StrawberryCompiledExecutor

    def _warn_for_federation_directives(self) -> None:
        """Say nothing: what they ask for is done here."""

    @property
    def plans(self) -> Plans:
        """The plans of this schema's operations."""
        return plans_of(self._schema)

    @property
    def documents(self) -> Documents:
        """The documents that were sent lately."""
        return self._documents

    def plan(self, query: str, variables: dict[str, Any] | None, operation_name: str | None) -> tuple[Plan, Estimate]:
        """Return an operation's plan and how much it can ask for, answered as a whole.

        Raises:
            GraphQLError: The document or its variables cannot be used.
            NotCompiledError: graphql-core executes the operation; the message says why.
        """
        document = self._documents.get(query)
        errors = self._documents.validate(document)
        if errors:
            raise errors[0]
        executor = self._executor(document.whole, operation_name, variables, None, None, None)
        if isinstance(executor, list):
            raise executor[0]
        reason = why_not_compiled(executor.operation, executor.fragments)
        if reason is not None:
            raise NotCompiledError(reason)
        plan = Planner(self._schema, executor.operation, executor.fragments, executor.variable_values).plan()
        return plan, estimate(plan, executor.variable_values)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,  # noqa: ANN401  the same
        root_value: Any | None = None,  # noqa: ANN401  the same
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
        *,
        admit: Admit | None = None,
        in_parts: bool = False,
        to_encode: bool = False,
    ) -> ExecutionResult:
        """Execute one operation.

        Args:
            query: The document.
            variable_values: By name, as the client sent them.
            context_value: For resolvers.
            root_value: Parent of the root fields.
            operation_name: Which operation of the document.
            allowed_operation_types: Others are not executed.
            operation_extensions: The request's extensions.
            admit: Called before anything runs, with the plan of the whole; what it raises is raised.
            in_parts: Whether ``@defer`` and ``@stream`` are followed, and the result may be ``Parts``.
            to_encode: Whether the data is for ``encode``: some of its objects are no dicts then.

        Raises:
            MissingQueryError: There is no document.
            CannotGetOperationTypeError: The document has no such operation.
            InvalidOperationTypeError: It has, and operations of its type are not allowed.
        """
        if not self._is_direct or self.extensions or self.directives:
            return await super().execute(
                query,
                variable_values,
                context_value,
                root_value,
                operation_name,
                allowed_operation_types,
                operation_extensions,
            )
        if not query:
            raise MissingQueryError
        try:
            document = self._documents.get(query)
        except GraphQLError as error:
            return self._refused([error])
        refusal = self._check(document, operation_name, allowed_operation_types or DEFAULT_ALLOWED_OPERATION_TYPES)
        if refusal is not None:
            return refusal
        given = (operation_name, variable_values, context_value, root_value, operation_extensions)
        try:
            executor = self._executor(document.whole, *given)
        except Exception as error:  # noqa: BLE001  Strawberry, too, answers whatever has happened
            return self._failed(error)
        if isinstance(executor, list):
            return self._answered(CoreResult(None, executor))
        divided = document if in_parts and document.whole is not document else None
        executor.keeps_objects = to_encode
        return await self._run(executor, admit, divided, given)

    def is_subscription(self, query: str, operation_name: str | None) -> bool:
        """Tell whether a document's operation is a subscription; whatever cannot be executed at all is none."""
        try:
            operation = self._documents.look(query).operation(operation_name)
        except GraphQLError:
            return False
        return operation is not None and operation.operation is CoreOperationType.SUBSCRIPTION

    async def begin(
        self,
        query: str,
        variable_values: dict[str, Any] | None,
        context_value: Any,  # noqa: ANN401  Strawberry's own
        operation_name: str | None,
        *,
        admit: Admit,
    ) -> Subscription | ExecutionResult:
        """Return a subscription, to be executed for each event that it wants, or the answer where it is refused.

        Args:
            query: The document.
            variable_values: By name, as the client sent them.
            context_value: For the field's source; each event has a context of its own.
            operation_name: Which operation of the document.
            admit: Called before the source is asked; what it raises is raised.

        Raises:
            InvalidOperationTypeError: The operation is no subscription.
        """
        document = self._documents.get(query)
        refusal = self._check(document, operation_name, (OperationType.SUBSCRIPTION,))
        if refusal is not None:
            return refusal
        executor = self._executor(document, operation_name, variable_values, context_value, None, None)
        if isinstance(executor, list):
            return self._answered(CoreResult(None, executor))
        try:
            plan = executor.prepare()
        except Exception as error:  # noqa: BLE001  as where it is executed
            return self._failed(error)
        admit(executor, plan)
        subscription = Subscription(executor)
        try:
            await subscription.begin()
        except GraphQLError as error:
            return self._answered(CoreResult(None, [error]))
        return subscription

    async def _run(
        self,
        executor: StrawberryCompiledExecutor,
        admit: Admit | None,
        divided: Document | None,
        given: tuple[Any, ...],
    ) -> ExecutionResult:
        try:
            plan = executor.prepare()
        except Exception as error:  # noqa: BLE001  the same
            return self._failed(error)
        if admit is not None:
            admit(executor, plan)
        try:
            if divided is None:
                return self._answered(await _executed(executor, plan))
            split = divided.split(given[0], executor.variable_values.coerced)
            if split is None:
                return await self._run_in_parts(self._executor(divided, *given, kind=IncrementalExecutor))
            return await Deferring(lambda one: self._run_split(one, given), split).answer()
        except Exception as error:  # noqa: BLE001  the same
            return self._failed(error)

    async def _run_split(self, document: Document, given: tuple[Any, ...]) -> CoreResult:
        executor: Any = self._executor(document, *given)
        return await _executed(executor, executor.prepare())

    async def _run_in_parts(self, executor: Any) -> ExecutionResult:  # noqa: ANN401  the whole had one, so this has
        self.plans.fallbacks["in parts"] += 1
        try:
            result: Any = await _executed(executor, None)
        except asyncio.CancelledError:
            await executor.context_value.batches.cancel()
            raise
        if isinstance(result, ExperimentalIncrementalExecutionResults):
            return parts_of(executor, result)
        return self._answered(result)

    def _check(self, document: Document, name: str | None, allowed: Iterable[OperationType]) -> ExecutionResult | None:
        """Return the answer to a document that is not executed; None where it is."""
        operation = document.operation(name)
        if operation is None and (name is not None or not document.operations):
            raise CannotGetOperationTypeError(name)
        if operation is not None and OperationType(operation.operation.value) not in allowed:
            raise InvalidOperationTypeError(OperationType(operation.operation.value))
        errors = self._documents.validate(document)
        if errors:
            return self._refused(errors)
        if operation is None:
            message = "Must provide operation name if query contains multiple operations."
            return self._answered(CoreResult(None, [GraphQLError(message)]))
        return None

    def _executor(
        self,
        document: Document,
        name: str | None,
        variables: dict[str, Any] | None,
        *given: Any,  # noqa: ANN401  Strawberry's own: context, root value, extensions
        kind: type[StrawberryCompiledExecutor] = StrawberryCompiledExecutor,
    ) -> StrawberryCompiledExecutor | list[GraphQLError]:
        """Return the operation's executor, or why its variables cannot be used."""
        hidden = self._hide_suggestions
        return executor_of(self._schema, document, name, variables, *given, hide_suggestions=hidden, kind=kind)

    def _answered(self, result: CoreResult) -> ExecutionResult:
        if result.errors:
            self.process_errors(result.errors, None)
        return ExecutionResult(result.data, result.errors, {})

    def _failed(self, error: Exception) -> ExecutionResult:
        located = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
        return self._refused([located])

    def _refused(self, errors: list[GraphQLError]) -> ExecutionResult:
        self.process_errors(errors, None)
        return PreExecutionError(None, errors, {})


class EngineSchema(CompilingSchema):
    """A ``strawberry.Schema`` that executes compiled plans."""


async def _executed(executor: StrawberryCompiledExecutor, plan: Plan | None) -> CoreResult:
    result: Any = executor.execute_plan(plan)
    if not isinstance(result, CoreResult | ExperimentalIncrementalExecutionResults):
        result = await result
    return cast("CoreResult", result)
