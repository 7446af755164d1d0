"""Subscriptions: a field that tells which events it wants, and an operation that is executed anew for each of them.

How events come is not the engine's matter: a subscription is asked what it wants and given one event after the other.
Source: the GraphQL specification, 6.2.3: CreateSourceEventStream and ExecuteSubscriptionEvent.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from graphql import ExecutionResult, GraphQLError, located_error
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from engine.batching import BatchField, BatchResolver, Signature
from engine.directives import BACKREF
from engine.executor import StrawberryCompiledExecutor

# (context, **arguments) → whatever describes the events that are wanted; at once or awaited.
Source: TypeAlias = Callable[..., object]


class EventField(BatchField):
    """A field of the subscription root: its source says what is wanted, its resolver gets one event."""

    source: Source

    def __copy__(self) -> "EventField":
        """Copy the field for another type."""
        copied = super().__copy__()
        if not isinstance(copied, EventField):
            raise TypeError("a copy is of the same class")
        copied.source = self.source
        return copied


def event_field(source: Source, resolver: BatchResolver, *, description: str, directives: Sequence[object] = ()) -> Any:  # noqa: ANN401  the attribute's annotation is the field's GraphQL type
    """Declare a field of a Strawberry subscription type.

    Args:
        source: ``(context, **arguments)``, asked once for each subscription; what it raises refuses the subscription.
        resolver: ``(events, context, **arguments)``, asked for each event.
        description: Shown in the schema.
        directives: Schema directives.
    """
    field = EventField(base_resolver=Signature(resolver), description=description, directives=directives)
    field.resolver = resolver
    field.source = source
    return field


class Subscription:
    """One admitted subscription operation.

    Args:
        executor: Holds the operation and its variables.

    Attributes:
        wanted: What the field's source has returned.
    """

    __slots__ = ("_executor", "wanted")

    def __init__(self, executor: StrawberryCompiledExecutor) -> None:
        self._executor = executor
        self.wanted: object = None

    @property
    def operation(self) -> int:
        """Tells operations of documents apart, as long as this one lives."""
        return id(self._executor.operation)

    async def begin(self) -> None:
        """Ask the field which events are wanted; raises ``GraphQLError`` where it refuses."""
        executor = self._executor
        root = executor.schema.subscription_type
        if root is None:
            raise GraphQLError("The schema has no subscriptions.")
        collected = collect_fields(
            executor.schema, executor.fragments, executor.variable_values, root, executor.operation
        )
        for key, details in collected.grouped_field_set.items():
            node = details[0].node
            definition = executor.schema.get_field(root, node.name.value)
            field = definition.extensions.get(BACKREF) if definition is not None else None
            if definition is None or not isinstance(field, EventField):
                continue
            try:
                arguments = get_argument_values(definition, node, executor.variable_values)
                wanted = field.source(executor.context_value, **field.convert(arguments, executor.schema))
                self.wanted = await wanted if isinstance(wanted, Awaitable) else wanted
            except Exception as error:
                raise located_error(error, [node], Path(None, key, root.name).as_list()) from error
            # What was asked with this context is not for the events to come.
            executor.context_value = None
            return
        raise GraphQLError("A subscription must ask for one of the fields of the subscription type.")

    async def execute(self, event: object, context: object) -> ExecutionResult:
        """Return the result for one event.

        Args:
            event: Parent of the root field.
            context: For resolvers; a new one for each event.
        """
        executor: Any = self._executor.build_per_event_executor(event)
        executor.context_value = context
        result: Any = executor.execute_operation()
        done: ExecutionResult = await result if isinstance(result, Awaitable) else result
        return done
