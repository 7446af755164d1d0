"""graphql-core's executor, with operations that are planned and compiled wherever that is possible.

``graphql.execute(..., executor_class=CompiledExecutor)`` executes like ``graphql.execute``, and so do ``subscribe`` and
``execute_sync``; Strawberry takes its own class as ``execution_context_class``.
"""

from typing import Any, TypeVar, cast

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationType, default_type_resolver, visit
from graphql.execution import Executor, default_field_resolver
from graphql.execution.incremental import IncrementalExecutor
from graphql.execution.values import get_variable_values
from graphql.pyutils import AwaitableOrValue, is_awaitable
from graphql.type.definition import GraphQLResolveInfoHelpers
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from engine.cost import UNKNOWN_COST, total
from engine.documents import Document
from engine.plan import Plan
from engine.planner import NotCompiledError, Planner, Unconditional
from engine.plans import Plans
from engine.run import Run

TContext = TypeVar("TContext")

# A schema carries its plans with it, so that they live as long as it does.
PLANS = "compiled-plans"
# As graphql-core has it.
MAX_VARIABLE_ERRORS = 50


def plans_of(schema: GraphQLSchema) -> Plans:
    """Return the plans of a schema."""
    plans = schema.extensions.get(PLANS)
    if not isinstance(plans, Plans):
        plans = schema.extensions[PLANS] = Plans(schema)
    return plans


class Compiled(Executor[TContext]):
    """Executes compiled plans; mixed into an executor of graphql-core, which executes everything else.

    Attributes:
        keeps_objects: Whether results may have ``ResponseObject`` in the place of dicts, for somebody who encodes them.
    """

    keeps_objects = False

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """Return what resolvers' infos have of this executor.

        It keeps none: then it would hold its own methods, and it, the request and all that was loaded would stay until
        Python's collector finds them.
        """
        return GraphQLResolveInfoHelpers(gather=self.gather_async_work, track=self.track_async_work)

    @async_helpers.setter
    def async_helpers(self, helpers: GraphQLResolveInfoHelpers) -> None:
        """Take no notice of those that graphql-core makes for each executor."""

    def prepare(self) -> Plan | None:
        """Return the plan that will be executed; None: graphql-core executes the operation."""
        reason = self._reason()
        if reason is not None:
            plans_of(self.schema).fallbacks[reason] += 1
            return None
        return plans_of(self.schema).plan(self)

    def cost(self, plan: Plan | None) -> int:
        """Return the operation's cost, also where it has no plan to execute; ``UNKNOWN_COST`` where nobody can tell."""
        if plan is not None:
            return total(plan, self.variable_values)
        try:
            plan = Planner(self.schema, self.operation, self.fragments, self.variable_values).plan()
        except NotCompiledError:
            # A condition without a value fails its own selections, and graphql-core executes all the others.
            return self._greatest_cost()
        return total(plan, self.variable_values)

    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[ExecutionResult | Any]:  # noqa: FBT001  graphql-core's signature
        """Execute the operation, by its plan if it has one."""
        return self.execute_plan(self.prepare(), serially)

    def execute_plan(self, plan: Plan | None, serially: bool | None = None) -> AwaitableOrValue[ExecutionResult | Any]:  # noqa: FBT001  the same
        """Execute the operation by what ``prepare`` has returned."""
        if plan is None:
            return super().execute_operation(serially)
        if serially is None:
            serially = self.operation.operation is OperationType.MUTATION
        run = Run(self, plan, plans_of(self.schema).trust, keeps_objects=self.keeps_objects)
        return run.execute(serially=serially)

    def _greatest_cost(self) -> int:
        operation = visit(self.operation, Unconditional())
        fragments = {
            name: one._replace(definition=visit(one.definition, Unconditional()))
            for name, one in self.fragments.items()
        }
        try:
            return total(Planner(self.schema, operation, fragments, self.variable_values).plan(), self.variable_values)
        except NotCompiledError:
            return UNKNOWN_COST

    def _reason(self) -> str | None:
        """Return why graphql-core executes whatever this executor was given."""
        if self.middleware_manager is not None and self.middleware_manager.middlewares:
            return "middleware"
        if self.abort_signal is not None:
            return "abort signal"
        return "execution hooks" if self.hooks is not None else None


class CompiledExecutor(Compiled[Any], IncrementalExecutor):
    """For schemas of graphql-core."""


class StrawberryCompiledExecutor(Compiled[Any], StrawberryGraphQLCoreExecutionContext):
    """For schemas of Strawberry."""


def executor_of(
    schema: GraphQLSchema,
    document: Document,
    name: str | None,
    variables: dict[str, Any] | None,
    context: Any = None,  # noqa: ANN401  Strawberry's own
    root: Any = None,  # noqa: ANN401  the same
    operation_extensions: dict[str, Any] | None = None,
    *,
    hide_suggestions: bool,
    kind: type[StrawberryCompiledExecutor],
) -> StrawberryCompiledExecutor | list[GraphQLError]:
    """Return the executor of a document's operation, or why its variables cannot be used."""
    operation = document.operation(name)
    if operation is None or document.has_fragment_variables:
        built: Any = kind.build(
            schema,
            document.node,
            root,
            context,
            variables,
            name,
            operation_extensions=operation_extensions,
            hide_suggestions=hide_suggestions,
        )
        return cast("StrawberryCompiledExecutor | list[GraphQLError]", built)
    definitions = operation.variable_definitions or ()
    values = get_variable_values(
        schema, definitions, variables or {}, max_errors=MAX_VARIABLE_ERRORS, hide_suggestions=hide_suggestions
    )
    if isinstance(values, list):
        return values
    return kind(
        schema,
        document.definitions,
        document.fragments,
        root,
        context,
        operation,
        values,
        default_field_resolver,
        default_type_resolver,
        default_field_resolver,
        is_awaitable=is_awaitable,
        operation_extensions=operation_extensions,
        hide_suggestions=hide_suggestions,
    )
