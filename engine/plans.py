"""The plans of a schema's operations, bounded in bytes; a flood of new documents does not push out those in use."""

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from graphql import GraphQLSchema, Node, OperationDefinitionNode
from graphql.execution import Executor

from engine import values
from engine.access import Access, HasAccess
from engine.code import compile_plan
from engine.plan import Plan
from engine.planner import NotCompiledError, Planner, condition_variables, why_not_compiled
from engine.trust import Trust

V = TypeVar("V")

MAX_BYTES = 64 * 1024 * 1024
# Share of the bytes for what was asked for more than once. What was asked for once has the rest to itself.
PROTECTED_SHARE = 0.8
# A plan is interpreted the first time and compiled when it comes again: most of a flood never comes again.
COMPILED_AT_USE = 2
# Measured with tracemalloc: a planned field with its place, and one character of a plan's Python once it is compiled.
BYTES_PER_FIELD = 1_000
BYTES_PER_CODE_CHARACTER = 2
BYTES_PER_OPERATION = 4_000
# Combinations of conditions that are planned for one operation; others are graphql-core's.
MAX_VARIANTS = 16


class Bounded(Generic[V]):
    """A segmented LRU: what is asked for again moves to a part that what is new cannot push out.

    Args:
        max_bytes: Of all values together.
        greatest: Share of these bytes that one value may take; a larger one is not kept, since it would push out many.
    """

    def __init__(self, max_bytes: int, *, greatest: float = 1.0) -> None:
        self._max_bytes = max_bytes
        self._greatest = max_bytes * greatest
        self._new: OrderedDict[object, tuple[V, int]] = OrderedDict()
        self._kept: OrderedDict[object, tuple[V, int]] = OrderedDict()
        self._new_bytes = 0
        self._kept_bytes = 0

    def __len__(self) -> int:
        """Return how many values there are."""
        return len(self._new) + len(self._kept)

    @property
    def bytes(self) -> int:
        """Size of all values."""
        return self._new_bytes + self._kept_bytes

    def get(self, key: object) -> V | None:
        """Return a value, and keep it longer."""
        entry = self._kept.get(key)
        if entry is not None:
            self._kept.move_to_end(key)
            return entry[0]
        entry = self._new.pop(key, None)
        if entry is None:
            return None
        self._kept[key] = entry
        self._new_bytes -= entry[1]
        self._kept_bytes += entry[1]
        while self._kept_bytes > self._max_bytes * PROTECTED_SHARE and len(self._kept) > 1:
            old, moved = self._kept.popitem(last=False)
            self._kept_bytes -= moved[1]
            self._add(old, moved)
        return entry[0]

    def look(self, key: object) -> V | None:
        """Return a value, which is not asked for with that."""
        entry = self._kept.get(key) or self._new.get(key)
        return None if entry is None else entry[0]

    def put(self, key: object, value: V, size: int) -> None:
        """Keep a value that is not kept yet, or whose size has changed."""
        if size > self._greatest:
            self._drop(key)
            return
        for part in (self._new, self._kept):
            known = part.get(key)
            if known is not None:
                part[key] = (value, size)
                if part is self._new:
                    self._new_bytes += size - known[1]
                else:
                    self._kept_bytes += size - known[1]
                self._shrink()
                return
        self._add(key, (value, size))

    def _drop(self, key: object) -> None:
        if (known := self._new.pop(key, None)) is not None:
            self._new_bytes -= known[1]
        elif (known := self._kept.pop(key, None)) is not None:
            self._kept_bytes -= known[1]

    def _add(self, key: object, entry: tuple[V, int]) -> None:
        self._new[key] = entry
        self._new_bytes += entry[1]
        self._shrink()

    def _shrink(self) -> None:
        while self.bytes > self._max_bytes:
            if self._new:
                self._new_bytes -= self._new.popitem(last=False)[1][1]
            else:
                self._kept_bytes -= self._kept.popitem(last=False)[1][1]


@dataclass(eq=False)
class Operation:
    """An operation with its plans.

    Attributes:
        node: The operation; held, so that its id names it.
        reason: Why graphql-core executes it; None: the engine does.
        conditions: Names of the variables that its plans depend on.
        plans: By the values of these variables, and by what the caller does not have, where that is anything.
    """

    node: OperationDefinitionNode
    reason: str | None
    conditions: tuple[str, ...]
    plans: dict[tuple[Any, ...], Plan | str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that it is taken to hold."""
        return BYTES_PER_OPERATION + sum(map(_size, self.plans.values()))


class Plans:
    """All plans of one schema.

    Args:
        schema: The schema.
        max_bytes: Greatest size of all plans together.
        compiled_at: At which use a plan is compiled: 1 compiles at once, 0 never.

    Attributes:
        fallbacks: How often graphql-core has executed an operation, by reason.
    """

    def __init__(
        self, schema: GraphQLSchema, *, max_bytes: int = MAX_BYTES, compiled_at: int = COMPILED_AT_USE
    ) -> None:
        self.fallbacks: Counter[str] = Counter()
        self.trust = Trust()
        self.schema = schema
        self._compiled_at = compiled_at
        self._operations: Bounded[Operation] = Bounded(max_bytes)

    def __len__(self) -> int:
        """Return how many operations are known."""
        return len(self._operations)

    @property
    def bytes(self) -> int:
        """Size of all plans."""
        return self._operations.bytes

    def of(self, node: Node) -> list[Plan]:
        """Return the plans that an operation has by now."""
        operation = self._operations.get(id(node))
        return [] if operation is None else [plan for plan in operation.plans.values() if isinstance(plan, Plan)]

    def plan(self, executor: Executor[Any]) -> Plan | None:
        """Return the plan of an executor's operation, compiled if it has come before; None: it is graphql-core's."""
        operation = self._operation(executor)
        plan = operation.reason or self._variant(operation, executor)
        if isinstance(plan, str):
            self.fallbacks[plan] += 1
            return None
        plan.used += 1
        if plan.used == self._compiled_at:
            compile_plan(plan, self.trust.classes)
            self._operations.put(id(operation.node), operation, operation.size)
        return plan

    def _operation(self, executor: Executor[Any]) -> Operation:
        node = executor.operation
        operation = self._operations.get(id(node))
        if operation is None:
            reason = why_not_compiled(node, executor.fragments)
            operation = Operation(node, reason, condition_variables(node, executor.fragments))
            self._operations.put(id(node), operation, operation.size)
        return operation

    def _variant(self, operation: Operation, executor: Executor[Any]) -> Plan | str:
        coerced = executor.variable_values.coerced
        key = tuple(coerced.get(name) for name in operation.conditions)
        plan = self._known(operation, key, executor, frozenset())
        if isinstance(plan, Plan) and (lacking := _lacking(plan, executor.context_value)):
            denied = frozenset(lacking)
            plan = self._known(operation, (*key, denied), executor, denied)
        return plan

    def _known(
        self, operation: Operation, key: tuple[Any, ...], executor: Executor[Any], denied: frozenset[Access]
    ) -> Plan | str:
        plan = operation.plans.get(key)
        if plan is None:
            if len(operation.plans) >= MAX_VARIANTS:
                return f"more than {MAX_VARIANTS} combinations of conditions"
            plan = self._planned(executor, denied)
            operation.plans[key] = plan
            self._operations.put(id(operation.node), operation, operation.size)
        return plan

    def _planned(self, executor: Executor[Any], denied: frozenset[Access]) -> Plan | str:
        planner = Planner(self.schema, executor.operation, executor.fragments, executor.variable_values, denied)
        try:
            plan = planner.plan()
        except NotCompiledError as error:
            return str(error)
        interpret(plan)
        return plan


def _lacking(plan: Plan, context: HasAccess) -> list[Access]:
    """Return what a plan needs and its caller does not have."""
    return [one for one in plan.access if context.denial(one) is not None]


def interpret(plan: Plan) -> None:
    """Give a plan's fields and selections the functions that complete one value after the other."""
    for one in plan.fields:
        one.complete = partial(values.complete_field, one)
    for selection in plan.selections:
        selection.build = partial(values.build, selection)


def _size(plan: Plan | str) -> int:
    if isinstance(plan, str):
        return len(plan)
    return BYTES_PER_FIELD * len(plan.fields) + BYTES_PER_CODE_CHARACTER * plan.code_size
