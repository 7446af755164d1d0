"""Fields whose resolver receives all parents of one level and returns one value, or exception, per parent."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Any, Protocol, TypeAlias

from aiodataloader import DataLoader
from graphql import GraphQLSchema
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.info import Info
from strawberry.types.unset import UNSET

# (parents, context, **arguments) → one value or exception per parent, in the parents' order; at once or awaited.
BatchResolver: TypeAlias = Callable[..., Sequence[object] | Awaitable[Sequence[object]]]


class HasBatches(Protocol):
    """What a request's context must offer."""

    batches: "Batches"


class Batches:
    """The batches of one request that graphql-core executes; it asks object by object, and this collects them again."""

    def __init__(self) -> None:
        self._loaders: dict[tuple[int, int], DataLoader[tuple[object], object]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_over = False

    def resolve(
        self, field: "BatchField", parent: object, info: Info[HasBatches, None], arguments: dict[str, Any]
    ) -> Awaitable[object]:
        """Return the field's value for one parent, resolved together with those of its siblings."""
        # The same node of the document has the same arguments, wherever its fragment is spread.
        key = (id(field), id(info._raw_info.field_nodes[0]))  # noqa: SLF001  Info has no public way to its node
        loader = self._loaders.get(key)
        if loader is None:

            async def batch(parents: list[tuple[object]]) -> list[object]:
                return await self._batch(field, [parent for (parent,) in parents], info.context, arguments)

            loader = self._loaders[key] = DataLoader(batch, cache=False)
        # In a tuple, since aiodataloader refuses None, which is the parent of root fields.
        return loader.load((parent,))

    async def cancel(self) -> None:
        """End what is being resolved, which aiodataloader would let run on for nobody, and begin nothing more."""
        self._is_over = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _batch(
        self, field: "BatchField", parents: list[object], context: HasBatches, arguments: dict[str, Any]
    ) -> list[object]:
        if self._is_over:
            return [None] * len(parents)
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            values = field.resolver(parents, context, **arguments)
            return list(await values if isinstance(values, Awaitable) else values)
        except asyncio.CancelledError:
            # aiodataloader would leave whoever waits waiting for ever. Nobody reads this.
            return [None] * len(parents)


class Signature(StrawberryResolver[Any]):
    """Shows Strawberry the arguments that clients may give: all parameters but the parents and the context."""

    @cached_property
    def signature(self) -> inspect.Signature:
        """The resolver's signature from its third parameter on."""
        whole = inspect.signature(self._unbound_wrapped_func)
        # What is None unless given needs no default in the schema: `first: Int = null` says nothing, and composition
        # takes it for a page size.
        given = [
            one.replace(default=UNSET) if one.default is None else one for one in list(whole.parameters.values())[2:]
        ]
        return whole.replace(parameters=given)


class BatchField(StrawberryField):
    """A Strawberry field with a batch resolver.

    Attributes:
        resolver: Answers it.
        sized_by: Argument whose list is as long as the field's.
    """

    resolver: BatchResolver
    sized_by: str | None = None

    def __copy__(self) -> "BatchField":
        """Copy the field for another type, as Strawberry does for inherited fields."""
        copied = super().__copy__()
        copied.resolver = self.resolver
        copied.sized_by = self.sized_by
        return copied

    def convert(self, arguments: dict[str, Any], schema: GraphQLSchema) -> dict[str, Any]:
        """Return GraphQL arguments by the resolver's names for them, input objects as Strawberry makes them."""
        strawberry_schema = schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001  Strawberry's own link back
        registry = strawberry_schema.schema_converter.scalar_registry
        return convert_arguments(arguments, self.arguments, registry, strawberry_schema.config)

    @property
    def is_basic_field(self) -> bool:
        """It has a resolver, so it is not."""
        return False

    def get_result(self, source: Any, info: Info[Any, Any] | None, args: list[Any], kwargs: Any) -> Any:  # noqa: ANN401, ARG002  the signature is Strawberry's
        """Collect this parent with its siblings."""
        if info is None:
            raise TypeError("a batch field needs the request's info")
        return info.context.batches.resolve(self, source, info, kwargs)


def batch_field(
    resolver: BatchResolver,
    *,
    description: str,
    deprecation_reason: str | None = None,
    directives: Sequence[object] = (),
    sized_by: str | None = None,
) -> Any:  # noqa: ANN401  the attribute's annotation is the field's GraphQL type
    """Declare a field of a Strawberry type that ``resolver`` answers for all parents of a level at once.

    Args:
        resolver: ``(parents, context, **arguments)``; the arguments become the field's. It returns as many values as
            there are parents; an exception among them is the error of that parent alone, one it raises is everyone's.
            The parents are also other resolvers': it must not change their list.
        description: Shown in the schema.
        deprecation_reason: Marks the field as deprecated.
        directives: Schema directives, such as ``ListSize``.
        sized_by: Argument whose list is as long as the field's, which ``ListSize`` may say of numbers only.
    """
    field = BatchField(
        base_resolver=Signature(resolver),
        description=description,
        deprecation_reason=deprecation_reason,
        directives=directives,
    )
    field.resolver = resolver
    field.sized_by = sized_by
    return field
