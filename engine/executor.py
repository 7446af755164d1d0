"""graphql-core's executor, with operations that are planned and compiled wherever that is possible.

``graphql.execute(..., executor_class=CompiledExecutor)`` executes like ``graphql.execute``, and so do ``subscribe`` and
``execute_sync``; Strawberry takes its own class as ``execution_context_class``.
"""

from typing import Any, TypeVar

from graphql import ExecutionResult, GraphQLSchema, OperationType
from graphql.execution import Executor
from graphql.execution.incremental import IncrementalExecutor
from graphql.pyutils import AwaitableOrValue
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from engine.cost import total
from engine.plan import Plan
from engine.planner import NotCompiledError, Planner
from engine.plans import Plans
from engine.run import Run

TContext = TypeVar("TContext")

# A schema carries its plans with it, so that they live as long as it does.
PLANS = "compiled-plans"


def plans_of(schema: GraphQLSchema) -> Plans:
    """Return the plans of a schema."""
    plans = schema.extensions.get(PLANS)
    if not isinstance(plans, Plans):
        plans = schema.extensions[PLANS] = Plans(schema)
    return plans


class Compiled(Executor[TContext]):
    """Executes compiled plans; mixed into an executor of graphql-core, which executes everything else."""

    def prepare(self) -> Plan | None:
        """Return the plan that will be executed; None: graphql-core executes the operation."""
        reason = self._reason()
        if reason is not None:
            plans_of(self.schema).fallbacks[reason] += 1
            return None
        return plans_of(self.schema).plan(self)

    def cost(self, plan: Plan | None) -> int:
        """Return the operation's cost, also where it has no plan to execute."""
        if plan is None:
            try:
                plan = Planner(self.schema, self.operation, self.fragments, self.variable_values).plan()
            except NotCompiledError:
                return 0
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
        return Run(self, plan, plans_of(self.schema).trust).execute(serially=serially)

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
